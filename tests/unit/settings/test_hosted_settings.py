"""What is said about the models of Replicate and fal is understood, or refused readably."""

import pytest

from mobart.providers.inputs import Inputs
from mobart.providers.registry import PROVIDERS
from mobart.providers.replicate.build import inputs_of
from mobart.providers.spec import BuildContext
from mobart.settings import BadSettings, Settings, load
from mobart.testing.storage import MemoryStore
from tests.support.clocks import LoopClock

SECRET = "whsec_" + "c2lnbmVk" * 4
PUBLIC = {"mobart_public_url": "https://game.example"}


def settings(**values: object) -> Settings:
    """Read settings in which both providers are chosen."""
    needed = {"s3_bucket_name": "bucket", "replicate_api_token": "key", "fal_key": "key"}
    return load(**{**needed, "mobart_providers": "replicate,fal", **values})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("replicate_model", "flux-schnell"),
        ("replicate_model", "owner/name:latest"),
        ("replicate_input", "[]"),
        ("replicate_input", "{"),
        ("replicate_prompt_field", "a b"),
        ("replicate_seed_field", ""),
        ("replicate_webhook_secret", "hush-hush"),
        ("replicate_api_token", None),
        ("fal_model", "flux"),
        ("fal_model", "fal-ai/../flux?x"),
        ("fal_input", "output_format=png"),
        ("fal_key", None),
    ],
)
def test_what_is_wrong_is_told_by_its_name(name: str, value: str | None) -> None:
    """And without its value."""
    with pytest.raises(BadSettings) as fault:
        settings(**{name: value})
    assert [line.partition(":")[0] for line in fault.value.problems] == [name.upper()]
    assert "hush-hush" not in str(fault.value)


def test_inputs_have_the_names_that_are_set() -> None:
    """`none` is no name."""
    names = settings(
        replicate_prompt_field="text", replicate_seed_field="none", replicate_input='{"steps": 4}'
    )
    assert inputs_of(names) == Inputs(
        prompt="text", aspect_ratio="aspect_ratio", defaults={"steps": 4}
    )


@pytest.mark.parametrize(
    ("values", "verifier", "signed"),
    [
        ({}, False, False),
        ({"replicate_webhook_secret": SECRET}, False, False),
        (PUBLIC, True, False),
        (PUBLIC | {"replicate_webhook_secret": SECRET}, True, True),
    ],
)
def test_calls_are_verified_where_there_is_a_secret(
    values: dict[str, str], verifier: bool, signed: bool
) -> None:
    """And taken only where there is a public address."""

    async def once(act: object) -> None:
        del act

    context = BuildContext(settings(**values), LoopClock(), MemoryStore(), once)
    opened = PROVIDERS["replicate"].build(context).verifier
    assert (opened is not None) is verifier
    assert (opened is not None and opened.verifies is not None) is signed
    assert (PROVIDERS["fal"].build(context).verifier is not None) is verifier


def test_an_unknown_provider_is_told_by_its_place() -> None:
    """What stands where a name belongs may be a key that was pasted there."""
    with pytest.raises(BadSettings) as bad:
        settings(mobart_providers=f"fal,{SECRET}")
    told = "\n".join(bad.value.problems)
    assert "MOBART_PROVIDERS: name 2 of 2 is none of: midjourney, " in told
    assert SECRET not in told

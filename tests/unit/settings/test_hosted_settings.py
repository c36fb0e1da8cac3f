"""What is said about the models of Replicate and fal is understood, or refused readably."""

import pytest

from mobart.app.problems import problems_of
from mobart.providers.inputs import Inputs, inputs_of
from mobart.providers.registry import PROVIDERS
from mobart.providers.replicate.settings import ReplicateSettings
from mobart.providers.spec import BuildContext
from mobart.settings import BadSettings, Settings, load
from mobart.testing.storage import MemoryPictures, MemoryStore
from tests.support.clocks import LoopClock
from tests.support.observers import Notes

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
        ("replicate_api_token", None),
        ("fal_model", "flux"),
        ("fal_model", "fal-ai/../flux?x"),
        ("fal_input", "output_format=png"),
        ("fal_key", None),
        ("fal_reference_field", "image url"),
        ("replicate_reference_field", "[]"),
        ("midjourney_reference", "zref"),
        ("mobart_reference_prefixes", "/etc"),
        ("mobart_reference_prefixes", "characters/,raw/"),
        ("mobart_reference_prefixes", "ra"),
        ("mobart_reference_origins", "ftp://assets.example"),
    ],
)
def test_what_is_wrong_is_told_by_its_name(name: str, value: str | None) -> None:
    """And without its value."""
    with pytest.raises(BadSettings) as fault:
        settings(**{name: value})
    assert [line.partition(":")[0] for line in fault.value.problems] == [name.upper()]


@pytest.mark.parametrize("secret", ["hush-hush", "whsec_hush-hush", "whsec_aGk="])
def test_a_signing_secret_that_cannot_be_one_is_a_problem(secret: str) -> None:
    """Malformed, or guessed at once; its value is not repeated."""
    found = problems_of(settings(replicate_webhook_secret=secret))
    assert [line.partition(":")[0] for line in found] == ["REPLICATE_WEBHOOK_SECRET"]
    assert secret.removeprefix("whsec_") not in found[0]


def test_inputs_have_the_names_that_are_set() -> None:
    """`none` is no name."""
    names = settings(
        replicate_prompt_field="text", replicate_seed_field="none", replicate_input='{"steps": 4}'
    )
    assert inputs_of(names.group(ReplicateSettings), "replicate", "key") == Inputs(
        key="key", prompt="text", aspect_ratio="aspect_ratio", defaults={"steps": 4}
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

    known = settings(**values)
    public = known.mobart_public_url
    context = BuildContext(
        known, LoopClock(), MemoryStore(), MemoryPictures(), once, Notes(), public
    )
    opened = PROVIDERS["replicate"].build(context).verifier
    assert (opened is not None) is verifier
    assert (opened is not None and opened.verifies is not None) is signed
    published = PROVIDERS["fal"].build(context).verifier
    assert (published is not None and published.verifies is not None) is verifier


def test_an_unknown_provider_is_told_by_its_place() -> None:
    """What stands where a name belongs may be a key that was pasted there."""
    with pytest.raises(BadSettings) as bad:
        settings(mobart_providers=f"fal,{SECRET}")
    told = "\n".join(bad.value.problems)
    assert "MOBART_PROVIDERS: name 2 of 2 is none of: midjourney, " in told
    assert SECRET not in told

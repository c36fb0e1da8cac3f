"""The channels that a deployment uses."""

import pytest

from mobart.settings import BadSettings, load

NEEDED = {"midjourney_api_key": "k", "s3_bucket_name": "bucket"}
CONTRACT = {
    "requests": "image_generation_requests",
    "complete": "image_generation_complete",
    "progress": "image_generation_progress",
    "cancel": "image_generation_cancel",
}


def channels(**given: str) -> dict[str, str]:
    """Return the names of the four channels under these settings."""
    settings = load(**NEEDED, **given)
    return {name: getattr(settings, f"mobart_{name}_channel") for name in CONTRACT}


@pytest.mark.parametrize("given", [{}, {"mobart_namespace": "mobart"}])
def test_the_default_namespace_keeps_the_names_of_the_contract(given: dict[str, str]) -> None:
    """Byte for byte."""
    assert channels(**given) == CONTRACT


def test_another_namespace_has_channels_of_its_own() -> None:
    """So that two deployments do not hear each other's requests."""
    own = {name: f"blue:{channel}" for name, channel in CONTRACT.items()}
    assert channels(mobart_namespace="blue") == own


def test_a_channel_that_is_named_is_kept() -> None:
    """Also under the name that is the default elsewhere."""
    found = channels(mobart_namespace="blue", mobart_requests_channel="image_generation_requests")
    assert found["requests"] == "image_generation_requests"
    assert found["complete"] == "blue:image_generation_complete"


@pytest.mark.parametrize("name", ["complete", "progress", "cancel"])
def test_no_two_channels_may_be_the_same(name: str) -> None:
    """A worker that hears its own completions as requests would answer each of them."""
    with pytest.raises(BadSettings) as bad:
        channels(**{f"mobart_{name}_channel": CONTRACT["requests"]})
    (line,) = bad.value.problems
    assert line.startswith("MOBART_..._CHANNEL: ")

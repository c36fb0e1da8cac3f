"""How the messages of fal's queue are read."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.domain import Picture
from mobart.core.errors import Code, MobartError, Rejected, Unavailable
from mobart.providers.fal.messages import (
    TYPES,
    app_of,
    failed_request,
    is_failure,
    judge,
    read_callback,
    read_result,
    read_status,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
ERRORS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(sorted(TYPES)) | JSON,
        "error_type": st.sampled_from(sorted(TYPES)) | JSON,
        "msg": JSON,
        "input": JSON,
    },
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["COMPLETED", "IN_QUEUE", "IN_PROGRESS"]) | JSON,
        "request_id": st.just("q-1") | JSON,
        "error": JSON,
        "error_type": st.sampled_from(sorted(TYPES)) | JSON,
        "detail": JSON | st.lists(ERRORS | JSON, max_size=3),
        "images": JSON | st.lists(st.fixed_dictionaries({"url": JSON}), max_size=2),
        "image": JSON,
        "has_nsfw_concepts": JSON | st.lists(st.booleans()),
    },
)
REFERENCE = "a/b/requests/q-1"


@given(BODIES)
def test_no_answer_breaks_a_reader(body: dict[str, Any]) -> None:
    """Whatever is where something else should be, only errors of ours come out."""
    with suppress(Rejected, Unavailable):
        read_status(body, reference=REFERENCE)
    with suppress(Rejected, Unavailable):
        assert isinstance(read_result(body), Picture)
    for no in (failed_request(body), failed_request(body, status=422), judge(body)):
        assert no is None or isinstance(no, MobartError)
    assert is_failure(500, {}, body) is False
    assert is_failure(200, {"X-Fal-Error-Type": "x"}, body) is False
    assert is_failure(500, {"x-fal-error-type": "x"}, body) is True


@given(JSON.filter(lambda value: not isinstance(value, dict)))
def test_what_is_no_object_is_asked_again(body: object) -> None:
    """Nothing fails a paid job but its own request."""
    with pytest.raises(Unavailable):
        read_status(body, reference=REFERENCE)
    with pytest.raises(Unavailable):
        read_result(body)


def test_an_odd_id_is_no_ticket() -> None:
    """It would lead to another address."""
    assert read_callback({"request_id": "../x"}, model="a/b") is None


@pytest.mark.parametrize(
    ("model", "app"),
    [
        ("fal-ai/flux/schnell", "fal-ai/flux"),
        ("fal-ai/fast-sdxl", "fal-ai/fast-sdxl"),
        ("fal-ai/flux-pro/v1.1/ultra", "fal-ai/flux-pro"),
        ("workflows/me/mine", "workflows/me/mine"),
        ("comfy/me/mine/run", "comfy/me/mine"),
    ],
)
def test_requests_are_found_under_their_app(model: str, app: str) -> None:
    """The path behind it belongs to the submit alone."""
    assert app_of(model) == app


@pytest.mark.parametrize("status", ["IN_QUEUE", "IN_PROGRESS", "whatever"])
def test_a_request_is_not_over_until_it_is_completed(status: str) -> None:
    """Even if it has an error already: fal tries again by itself."""
    body = {"status": status, "error": "The runner failed", "request_id": "q-1"}
    assert read_status(body, reference=REFERENCE) is False


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": "x", "error_type": "request_timeout"}, Code.PROVIDER_TIMEOUT),
        ({"error": "x", "error_type": "runner_disconnected"}, Code.GENERATION_FAILED),
        ({"error": "blocked", "error_type": "runner_disconnected"}, Code.GENERATION_FAILED),
        ({"error": "content was flagged"}, Code.MODERATION_BLOCKED),
        ({"error_type": "content_policy_violation"}, Code.MODERATION_BLOCKED),
        ({"error": "x"}, Code.GENERATION_FAILED),
    ],
)
def test_completed_may_be_a_failed_request(body: dict[str, Any], code: Code) -> None:
    """Its type decides; words count only where there is no type."""
    with pytest.raises(Rejected) as told:
        read_status({"status": "COMPLETED", **body}, reference=REFERENCE)
    assert told.value.code is code


def test_a_blackened_picture_is_no_picture() -> None:
    """It has an address all the same."""
    images = [{"url": "https://fal.media/x.png"}]
    with pytest.raises(Rejected) as told:
        read_result({"images": images, "has_nsfw_concepts": [True]})
    assert told.value.code is Code.MODERATION_BLOCKED
    picture = read_result({"images": images, "has_nsfw_concepts": [False]})
    assert picture == Picture(("https://fal.media/x.png",))


def test_an_error_that_repeats_the_prompt_does_not_tell_it() -> None:
    """The offending input stands beside the message."""
    detail = [{"type": "value_error", "msg": "a secret cat is odd", "input": "a secret cat"}]
    assert "secret cat" not in str(failed_request({"detail": detail}, status=422))

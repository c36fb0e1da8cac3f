"""How the messages of Replicate's API are read."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.domain import Pending, Picture
from mobart.core.errors import ADVICE, Code, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.providers.callback import CallbackAddress
from mobart.providers.inputs import Inputs
from mobart.providers.replicate.messages import (
    Model,
    Writer,
    cursor_in,
    is_older,
    judge,
    predictions_in,
    read_callback,
    read_prediction,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
PREDICTIONS = st.fixed_dictionaries(
    {"id": st.just("p")},
    optional={
        "status": st.sampled_from(["succeeded", "failed", "canceled", "Aborted", "odd"]) | JSON,
        "output": st.just("https://x.example/y.png") | JSON,
        "error": st.sampled_from(["NSFW content detected", "Queue full"]) | JSON,
        "input": JSON,
        "logs": st.sampled_from(["7%|", "777%|", "%|"]) | JSON,
        "data_removed": JSON,
    },
)
CAT = Order("r-1", "u-1", "a cat")
CALLBACK = CallbackAddress("https://game.example", "replicate", "key")
WRITER = Writer("a/b", Inputs(key="key", seed="seed"), CALLBACK)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@given(PREDICTIONS)
def test_whatever_a_prediction_says_is_understood_or_asked_again(body: dict[str, Any]) -> None:
    """A picture is one of the addresses, progress is a percentage, and errors are ours."""
    with suppress(Rejected, Unavailable):
        told = read_prediction(body, reference="p")
        if isinstance(told, Picture):
            output = body["output"]
            assert told.urls[0] in (output if isinstance(output, list) else [output])
        else:
            assert isinstance(told, Pending)
            assert told.progress is None or 0 <= told.progress <= 100


@given(JSON)
def test_what_is_no_prediction_is_asked_again(body: object) -> None:
    """Nothing fails a paid job but its own prediction."""
    with pytest.raises(Unavailable):
        read_prediction(body, reference="p-1")


@given(st.dictionaries(st.sampled_from(["id", "results", "next", "title", "created_at"]), JSON))
def test_no_answer_breaks_a_reader(body: dict[str, Any]) -> None:
    """Whatever is where something else should be."""
    for prediction in predictions_in(body):
        WRITER.recognises(CAT, prediction)
    cursor_in(body)
    judge(body)
    is_older(body, NOW)
    assert read_callback(body) in {
        None,
        str(body.get("id")),
    }


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("NSFW content detected. Try running it again.", Code.MODERATION_BLOCKED),
        ("The input or output was flagged as sensitive. (E005)", Code.MODERATION_BLOCKED),
        ("CUDA out of memory", Code.GENERATION_FAILED),
        ("Prediction interrupted; please retry (code: PA)", Code.GENERATION_FAILED),
        ("", Code.GENERATION_FAILED),
        (None, Code.GENERATION_FAILED),
    ],
)
def test_a_failure_is_sorted_by_its_words(error: object, code: Code) -> None:
    """And does not repeat the prompt."""
    said = f"{error} for a secret cat" if error else error
    body = {"id": "p", "status": "failed", "error": said, "input": {"prompt": "a secret cat"}}
    with pytest.raises(Rejected) as failure:
        read_prediction(body, reference="p")
    assert failure.value.code is code
    assert "secret cat" not in str(failure.value)


@pytest.mark.parametrize(
    ("output", "url"),
    [
        ("https://x.example/1.png", "https://x.example/1.png"),
        (["https://x.example/1.png", "https://x.example/2.png"], "https://x.example/1.png"),
        ([None, "https://x.example/2.png"], "https://x.example/2.png"),
        ("https://x.example/a cat.png#t=1", "https://x.example/a cat.png#t=1"),
        ("data:image/png;base64,iVBORw0KGgo=", "data:image/png;base64,iVBORw0KGgo="),
        ({"images": [{"url": "https://x.example/3.png"}]}, "https://x.example/3.png"),
        ("iVBORw0KGgoAAAAA", "data:;base64,iVBORw0KGgoAAAAA"),
    ],
)
def test_an_output_is_an_address_or_a_list_of_them(output: object, url: str) -> None:
    """As each model likes."""
    body = {"id": "p", "status": "succeeded", "output": output}
    assert read_prediction(body, reference="p") == Picture((url,))


@pytest.mark.parametrize("output", ["data:image/png;base64,*", "ftp://x/y", "", {}, 7, []])
def test_an_output_that_is_no_address_is_no_picture(output: object) -> None:
    """Text models have outputs, too; it stays what it is, so nobody waits, and nobody pays again."""
    with pytest.raises(Rejected) as no:
        read_prediction({"id": "p", "status": "succeeded", "output": output}, reference="p")
    assert no.value.code is Code.PROVIDER_BAD_RESPONSE
    assert not ADVICE[no.value.code].retryable


@pytest.mark.parametrize(
    ("following", "cursor"),
    [
        ("https://api.replicate.com/v1/predictions?cursor=cD0xMDA%3D", "cD0xMDA="),
        ("http://evil.example/?cursor=x", "x"),
        ("https://api.replicate.com/v1/predictions", None),
        ("http://[", None),
        ("?cursor=" + "x" * 2000, None),
        (None, None),
        (7, None),
    ],
)
def test_only_the_cursor_of_the_next_page_is_used(following: object, cursor: str | None) -> None:
    """Its host could be anybody's."""
    assert cursor_in({"next": following}) == cursor


@pytest.mark.parametrize(
    ("created", "older"),
    [
        ("2025-12-31T23:59:59.000000Z", True),
        ("2025-12-31T23:59:59", True),
        ("2026-01-01T00:00:01Z", False),
        ("yesterday", False),
        (None, False),
    ],
)
def test_only_a_time_that_is_understood_is_the_past(created: object, older: bool) -> None:
    """What cannot be read may be new."""
    assert is_older({"created_at": created}, NOW) is older


class TestRecognition:
    """Whose prediction it is."""

    def test_the_webhook_is_a_mark(self) -> None:
        """Of one request alone."""
        listed = {"webhook": CALLBACK.proving_url("r-1")}
        assert WRITER.recognises(CAT, listed)
        assert not WRITER.recognises(replace(CAT, request_id="r-2"), listed)

    def test_the_seed_is_a_mark_together_with_the_prompt(self) -> None:
        """Of one request alone, as far as its input is still there."""
        listed = {"input": WRITER.inputs.message(CAT)}
        assert WRITER.recognises(CAT, listed)
        assert not WRITER.recognises(replace(CAT, request_id="r-2"), listed)
        assert not WRITER.recognises(replace(CAT, prompt="a dog"), listed)
        assert not WRITER.recognises(CAT, {"input": {}})

    def test_a_seed_that_somebody_chose_is_none(self) -> None:
        """Everybody with this preset has it."""
        order = replace(CAT, parameters={"seed": 7})
        assert WRITER.inputs.message(order)["seed"] == 7
        assert not WRITER.recognises(order, {"input": WRITER.inputs.message(order)})


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a/b", "/models/a/b/predictions"),
        ("black-forest-labs/flux-1.1-pro", "/models/black-forest-labs/flux-1.1-pro/predictions"),
        (f"a/b:{'0' * 64}", "/predictions"),
    ],
)
def test_a_model_is_bought_where_it_is_sold(text: str, path: str) -> None:
    """By name, or by version."""
    assert Model.parse(text).predictions == path

"""How the messages of AUTOMATIC1111's web UI are written and read."""

import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.errors import InDoubt, Rejected
from mobart.core.orders import Order
from mobart.providers.automatic1111.messages import (
    generation,
    has_checkpoint,
    judge,
    judge_failure,
    read_picture,
    was_interrupted,
)
from mobart.providers.automatic1111.settings import Automatic1111Settings

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
INFO = st.builds(lambda place: json.dumps({"index_of_first_image": place}), JSON)
ANSWERS = st.fixed_dictionaries({}, optional={"images": JSON, "info": JSON | INFO})
PICTURES = st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=5)
SENTENCES = st.sampled_from(["Not Found", "Sampler not found", "oops"])
ERRORS = st.fixed_dictionaries(
    {},
    optional={
        "detail": SENTENCES | JSON,
        "error": st.sampled_from(["HTTPException", "OutOfMemoryError"]) | JSON,
        "errors": JSON,
    },
)


def encoded(raw: bytes) -> str:
    """Write bytes as the web UI does."""
    return base64.b64encode(raw).decode()


@given(ANSWERS)
def test_no_answer_is_anything_but_a_picture_or_a_doubt(body: dict[str, object]) -> None:
    """Whatever JSON comes."""
    with suppress(InDoubt):
        assert read_picture(body)


@given(PICTURES, st.integers(-2, 7))
def test_the_first_picture_behind_the_sheet_is_taken(pictures: list[bytes], place: int) -> None:
    """A place that makes no sense counts as the first one."""
    info = json.dumps({"index_of_first_image": place})
    body = {"images": list(map(encoded, pictures)), "info": info}
    expected = pictures[place] if 0 <= place < len(pictures) else pictures[0]
    assert read_picture(body) == expected


@given(ERRORS)
def test_no_error_makes_the_judges_raise(body: dict[str, object]) -> None:
    """They return their verdicts."""
    judge(body)
    judge_failure(body)


@given(JSON)
def test_no_json_makes_the_readers_raise(body: object) -> None:
    """Nothing of it is a yes by chance."""
    assert was_interrupted({"state": body}) in {True, False}
    assert not has_checkpoint(body, "no such model, anywhere at all")


def test_words_that_are_no_exception_prove_nothing() -> None:
    """A proxy's 500 may stand for a picture that is being painted."""
    assert judge_failure({"detail": "Internal Server Error"}) is None
    assert judge_failure({"error": "something went wrong", "errors": ""}) is None


def test_a_sampler_that_is_not_there_is_no_missing_address() -> None:
    """Both are 404."""
    sampler = judge({"error": "HTTPException", "detail": "Sampler not found", "errors": ""})
    address = judge({"detail": "Not Found"})
    assert isinstance(sampler, Rejected)
    assert isinstance(address, Rejected)
    assert sampler.sentence != address.sentence
    assert "--api" in str(address)


def usual(width: int, height: int) -> Automatic1111Settings:
    """Return settings with this size."""
    return Automatic1111Settings.model_construct(
        automatic1111_width=width, automatic1111_height=height
    )


@pytest.mark.parametrize(
    ("ratio", "width", "height"),
    [("", 1000, 900), ("1:1", 960, 960), ("3:2", 1152, 768), ("9:16", 704, 1280)],
)
def test_a_ratio_keeps_the_number_of_pixels(ratio: str, width: int, height: int) -> None:
    """About, in steps that models can paint."""
    order = Order("r", "u", "a cat", aspect_ratio=ratio)
    message = generation(order, usual(1000, 900))
    assert (message["width"], message["height"]) == (width, height)


@given(st.integers(0, 999), st.integers(0, 999))
def test_no_ratio_asks_for_a_huge_picture(across: int, down: int) -> None:
    """The card's memory is small."""
    order = Order("r", "u", "a cat", aspect_ratio=f"{across}:{down}")
    message = generation(order, usual(512, 512))
    for side in (message["width"], message["height"]):
        assert isinstance(side, int)
        assert 64 <= side <= 1024
        assert side % 64 == 0

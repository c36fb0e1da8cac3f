"""How the messages of PixelLab's API are read, whatever they say."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.domain import Pending, Picture
from mobart.core.errors import InDoubt, Rejected, Unavailable
from mobart.providers.pixellab.client import problems
from mobart.providers.pixellab.messages import (
    MODELS,
    is_empty,
    read_cost,
    read_job,
    read_picture,
    read_ticket,
)
from mobart.providers.pixellab.settings import PixelLabSettings

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
IMAGES = JSON | st.fixed_dictionaries(
    {}, optional={"type": st.just("rgba_bytes") | JSON, "base64": JSON, "width": JSON}
)
JOBS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.just("j") | JSON,
        "status": st.sampled_from(["completed", "failed", "processing", "Queued"]) | JSON,
        "last_response": JSON
        | st.fixed_dictionaries({}, optional={"image": IMAGES, "images": st.lists(IMAGES)}),
        "usage": JSON,
    },
)


@given(JOBS)
def test_whatever_a_job_says_is_understood_or_asked_again(body: dict[str, Any]) -> None:
    """A picture, patience, or an error of ours."""
    with suppress(Rejected, Unavailable):
        assert isinstance(read_job(body, reference="j"), Pending | Picture)


@given(JOBS | st.dictionaries(st.sampled_from(["image", "usage", "credits", "usd"]), JSON))
def test_whatever_else_is_answered_does_no_harm(body: dict[str, Any]) -> None:
    """A file, an id, a number, or an error of ours."""
    with suppress(InDoubt):
        found = read_picture(body)
        assert found.urls if isinstance(found, Picture) else found.raw
    assert read_ticket(body) != ""
    assert isinstance(is_empty(body), bool)
    cost = read_cost(body)
    assert cost is None or cost >= 0


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        ({"type": "usd", "usd": 0.00793}, 0.00793),
        ({"type": "generations", "generations": 1}, None),
        ({"type": "usd", "usd": "much"}, None),
        (None, None),
    ],
)
def test_what_it_cost_is_told_in_money_or_not_at_all(usage: object, cost: float | None) -> None:
    """A subscription's generations have no price of their own."""
    assert read_cost({"usage": usage}) == cost


@pytest.mark.parametrize("model", MODELS)
def test_a_usual_size_that_the_model_cannot_paint_stops_the_start(model: str) -> None:
    """In one line, which names the setting."""
    fits, too_large = (
        PixelLabSettings.model_construct(pixellab_model=model, pixellab_size=size)
        for size in ("64x64", "999x64")
    )
    assert not problems(fits)
    (line,) = problems(too_large)
    assert line.startswith("PIXELLAB_SIZE: ")

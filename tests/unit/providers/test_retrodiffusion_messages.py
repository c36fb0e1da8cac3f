"""How the messages of Retro Diffusion's API are written and read, and what its styles can paint."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.domain import Pending, Picture
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.core.orders import Order, Wishes
from mobart.providers.retrodiffusion.client import problems
from mobart.providers.retrodiffusion.messages import (
    generation,
    is_affordable,
    judge,
    read_cursor,
    read_requests,
    read_task,
)
from mobart.providers.retrodiffusion.settings import RetroDiffusionSettings
from mobart.providers.retrodiffusion.styles import STYLES, style_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
TASKS = st.fixed_dictionaries(
    {"task_id": st.just("t")},
    optional={
        "status": st.sampled_from(["succeeded", "failed", "pending", "Running", "odd"]) | JSON,
        "result": JSON
        | st.fixed_dictionaries({}, optional={"base64_images": JSON, "output_urls": JSON}),
        "error": JSON | st.fixed_dictionaries({}, optional={"code": JSON, "message": JSON}),
    },
)


def order(**fields: Any) -> Order:
    """Ask for a cat."""
    return Order("r", "u", "a cat", **fields)


def written(**fields: Any) -> dict[str, object]:
    """Write the submit of an order."""
    return generation(order(**fields), key="key", style="rd_pro__default", size=(128, 128))


@given(TASKS)
def test_whatever_a_task_says_is_understood_or_asked_again(body: dict[str, Any]) -> None:
    """A picture, patience, or an error of ours."""
    with suppress(Rejected, Unavailable):
        assert isinstance(read_task(body, reference="t"), Pending | Picture)


@given(JSON)
def test_whatever_else_is_answered_does_no_harm(body: Any) -> None:
    """No request, no price."""
    body = body if isinstance(body, dict) else {}
    assert judge(body) is None
    assert read_requests(body) == []
    assert read_cursor(body) is None
    assert is_affordable(body)


@pytest.mark.parametrize(
    ("wishes", "ratio", "size"),
    [
        (Wishes(), "", (128, 128)),
        (Wishes(), "2:1", (181, 91)),
        (Wishes(longest=64), "", (64, 64)),
        (Wishes(longest=64), "2:1", (64, 32)),
        (Wishes(longest=64), "1:2", (32, 64)),
        (Wishes(native=(48, 20), longest=64), "2:1", (48, 20)),
    ],
)
def test_the_size_is_the_one_that_is_known_best(
    wishes: Wishes, ratio: str, size: tuple[int, int]
) -> None:
    """Both sides, else the longest, else the usual area in the order's shape."""
    body = written(wishes=wishes, aspect_ratio=ratio)
    assert (body["width"], body["height"]) == size


def test_a_preset_has_the_last_word() -> None:
    """Of the words that the API has, and of no others."""
    body = written(
        wishes=Wishes(cutout=True),
        parameters={"seed": 7, "width": 64, "remove_bg": False, "tile_x": True, "prompt": "no"},
    )
    assert (body["seed"], body["width"], body["height"]) == (7, 64, 128)
    assert (body["remove_bg"], body["tile_x"], body["tile_y"]) == (False, True, False)
    assert body["prompt"] == "a cat"


def test_a_refused_prompt_is_told_as_such() -> None:
    """Its words are all that says so; what was paid comes back."""
    body = {
        "task_id": "t",
        "status": "failed",
        "error": {"code": "bad_request", "message": "The prompt was flagged by moderation."},
    }
    with pytest.raises(Rejected) as no:
        read_task(body, reference="t")
    assert (no.value.code, no.value.refunded) == (Code.MODERATION_BLOCKED, True)


@pytest.mark.parametrize(
    ("style", "size", "price"),
    [
        ("rd_fast__default", (128, 128), 0.019397),
        ("rd_plus__default", (256, 256), 0.057768),
        ("rd_plus__low_res", (32, 32), 0.024540),
        ("rd_mini__classic", (32, 32), 0.024540),
        ("rd_pro__default", (256, 256), 0.18),
        ("user__my_style", (64, 64), 0.18),
    ],
)
def test_a_picture_costs_what_the_vendor_says(
    style: str, size: tuple[int, int], price: float
) -> None:
    """By its pixels, or each the same; an account's own styles are of the dearest model."""
    assert style_of(style).price.of(*size) == pytest.approx(price, abs=1e-6)


def test_each_style_paints_a_range_of_sides() -> None:
    """Within those that the API takes."""
    for style in STYLES.values():
        assert 12 <= style.smallest <= style.largest <= 512
        assert style.fits(style.largest, style.smallest)
        assert not style.fits(style.largest, style.largest + 1)


def test_a_usual_size_that_the_style_cannot_paint_stops_the_start() -> None:
    """In one line, which names the setting and the sides."""
    fits, too_large = (
        RetroDiffusionSettings.model_construct(
            retrodiffusion_style="rd_fast__default", retrodiffusion_size=size
        )
        for size in ("64x64", "500x64")
    )
    assert not problems(fits)
    (line,) = problems(too_large)
    assert line.startswith("RETRODIFFUSION_SIZE: ")
    assert "64 to 384" in line


def test_moderation_is_seen_by_the_name_of_an_error_alone() -> None:
    """A failure without words is not told as one that may pass."""
    body = {"task_id": "t", "status": "failed", "error": {"code": "content_policy_violation"}}
    with pytest.raises(Rejected) as failed:
        read_task(body, reference="t")
    assert failed.value.code is Code.MODERATION_BLOCKED

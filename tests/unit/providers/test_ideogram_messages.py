"""How Ideogram's messages are written and read."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.domain import Picture
from mobart.core.errors import Rejected, Unavailable
from mobart.core.orders import Order, Wishes
from mobart.providers.fields import task_id_of
from mobart.providers.http import Answer
from mobart.providers.ideogram.messages import (
    REASONS,
    SIZES,
    generation,
    judge,
    read_callback,
    read_generation,
    unsafe_prompt,
)

DEFAULTS = {
    "model": "ideogram-4-5",
    "transparent_model": "ideogram-4-transparent",
    "size": "1024x1024",
    "quality": "auto",
    "magic_prompt": "off",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def message(order: Order, **settings: str) -> dict[str, Any]:
    """Return the body of a submit."""
    return generation(order, DEFAULTS | settings)[1]


class TestGeneration:
    """The body of a submit."""

    @pytest.mark.parametrize(
        ("size", "wanted", "sold"),
        [
            ("1024x1024", "", "1024x1024"),
            ("1024x1024", "16:9", "1280x720"),
            ("2048x2048", "16:9", "2560x1440"),
            ("auto", "", "auto"),
            ("auto", "2:3", "1664x2496"),
            ("1280x720", "1:1", "1024x1024"),
        ],
    )
    def test_asks_for_the_nearest_size_of_the_same_price(
        self, size: str, wanted: str, sold: str
    ) -> None:
        """More than a megapixel costs twice as much."""
        assert message(Order("r", "u", "a cat", aspect_ratio=wanted), size=size)["size"] == sold

    @pytest.mark.parametrize(("wanted", "sold"), [("16:9", "16x9"), ("7:4", "16x9"), ("", "1x1")])
    def test_asks_other_models_for_a_shape(self, wanted: str, sold: str) -> None:
        """They take neither a size in pixels nor a quality."""
        order = Order("r", "u", "a cat", aspect_ratio=wanted)
        assert message(order, model="ideogram-4-transparent", quality="high") == {
            "prompt": "a cat",
            "aspect_ratio": sold,
            "magic_prompt": "off",
            "async": True,
        }

    @pytest.mark.parametrize(
        ("cutout", "own", "transparent", "model"),
        [
            (False, {}, "t", "ideogram-4-5"),
            (True, {}, "t", "t"),
            (True, {}, "none", "ideogram-4-5"),
            (True, {"model": "m"}, "t", "m"),
        ],
    )
    def test_asks_for_a_transparent_picture_where_its_ground_is_cut_out(
        self, cutout: bool, own: dict[str, str], transparent: str, model: str
    ) -> None:
        """Of a model of its own, unless the preset chooses one."""
        order = Order("r", "u", "a cat", parameters=own, wishes=Wishes(cutout=cutout))
        assert generation(order, DEFAULTS | {"transparent_model": transparent})[0] == model

    def test_takes_a_presets_fields_as_they_are(self) -> None:
        """All but those that are Mobart's own."""
        own = {"model": "ideogram-3", "rendering_speed": "turbo", "prompt": "x", "async": False}
        model, body = generation(Order("r", "u", "a cat", parameters=own), DEFAULTS)
        assert model == "ideogram-3"
        assert body["rendering_speed"] == "turbo"
        assert (body["prompt"], body["async"]) == ("a cat", True)
        assert "model" not in body

    @pytest.mark.parametrize("model", ["../x", "a/b", "", 7, None, "x?y"])
    def test_refuses_a_model_that_is_no_name(self, model: object) -> None:
        """It stands in the address."""
        with pytest.raises(Rejected):
            generation(Order("r", "u", "a cat", parameters={"model": model}), DEFAULTS)

    def test_every_size_of_the_lower_price_is_at_most_a_megapixel(self) -> None:
        """Both sides, in pixels."""
        for size in SIZES:
            wide, high = map(int, size.split("x"))
            assert wide * high <= 1248 * 864


class TestRefusals:
    """What a submit is refused with."""

    @pytest.mark.parametrize("reason", REASONS)
    def test_have_the_code_of_their_reason(self, reason: str) -> None:
        """Whatever their words."""
        told = judge({"error": "flagged", "reject_reason": reason})
        assert isinstance(told, Rejected)
        assert told.code is REASONS[reason][0]

    def test_for_too_many_pictures_at_once_are_patience(self) -> None:
        """Also where the status says that money is missing."""
        assert isinstance(judge({"reject_reason": "inflight_limit"}), Unavailable)

    def test_of_422_are_the_safety_check(self) -> None:
        """Where the API says so, and no page in between."""
        assert unsafe_prompt(Answer(422, {}, b'{"error": "no"}')) is not None
        assert unsafe_prompt(Answer(422, {}, b"<html>")) is None
        assert unsafe_prompt(Answer(400, {}, b'{"error": "no"}')) is None

    @given(JSON)
    def test_are_judged_whatever_their_shape(self, odd: Any) -> None:
        """Nothing is raised."""
        judge({"reject_reason": odd, "error": odd})


@given(JSON)
def test_an_id_is_fit_for_an_address(odd: Any) -> None:
    """Or it is none."""
    assert task_id_of(odd) == read_callback({"generation_id": odd})
    assert read_callback(odd) is None or isinstance(odd, dict)


@given(JSON, st.sampled_from(["completed", "failed", "pending", "odd", ""]), JSON)
def test_a_state_is_read_whatever_its_shape(odd: Any, status: str, other: Any) -> None:
    """It is pending, a picture, a failure, or to be asked again; only the words of the API fail it."""
    body = {"generation_id": "g-1", "status": status, "data": odd, "failure_reason": other}
    for shown in (body, {**body, "data": [odd]}, {**body, "generation_id": odd}, odd):
        with suppress(Unavailable):
            try:
                read_generation(shown, reference="g-1")
            except Rejected:
                assert status in {"completed", "failed"}


@pytest.mark.parametrize(("told", "cost"), [({"usage_cost_usd_micros": 60_000}, 0.06), ({}, None)])
def test_a_picture_tells_what_it_was_billed_with(told: dict[str, Any], cost: float | None) -> None:
    """Where the API tells it."""
    done = {
        "generation_id": "g-1",
        "status": "completed",
        "data": [{"url": "https://x.example/1.png"}],
    }
    picture = read_generation(done | told, reference="g-1")
    assert isinstance(picture, Picture)
    assert picture.cost == cost

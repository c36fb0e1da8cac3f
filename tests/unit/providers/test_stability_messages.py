"""How the messages of Stability AI's stable image API are written and read."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.errors import Code, InDoubt, Rejected
from mobart.core.orders import Order
from mobart.providers.stability.messages import (
    FIELDS,
    MODELS,
    NAMES,
    PARAMETERS,
    RATIOS,
    generation,
    judge,
    read_balance,
    read_body,
    read_picture,
)

DEFAULTS = {"model": "core", "aspect_ratio": "1:1", "style_preset": "pixel-art"}
PNG = b"\x89PNG\r\n\x1a\n..."
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def order(**fields: Any) -> Order:
    """Ask for a cat."""
    return Order("r", "u", "a cat", **fields)


class TestGeneration:
    """The address and the form of a submit."""

    @pytest.mark.parametrize(
        ("model", "address", "told"),
        [
            ("core", "core", None),
            ("ultra", "ultra", None),
            ("sd3", "sd3", None),
            ("sd3.5-large-turbo", "sd3", "sd3.5-large-turbo"),
        ],
    )
    def test_goes_where_the_model_is_sold(self, model: str, address: str, told: str | None) -> None:
        """One address sells several."""
        at, fields = generation(order(), DEFAULTS | {"model": model})
        assert at == address
        assert fields.get("model") == told

    def test_holds_what_the_model_understands(self) -> None:
        """A style is a word of one model only."""
        assert generation(order(), DEFAULTS)[1] == {
            "prompt": "a cat",
            "output_format": "png",
            "aspect_ratio": "1:1",
            "style_preset": "pixel-art",
        }
        assert "style_preset" not in generation(order(), DEFAULTS | {"model": "ultra"})[1]

    def test_takes_a_presets_words_over_the_settings(self) -> None:
        """Text, numbers, and the model itself."""
        words = {"model": "sd3.5-medium", "seed": 7, "cfg_scale": 4.5, "negative_prompt": "text"}
        at, fields = generation(order(negative="blur", parameters=words), DEFAULTS)
        assert at == "sd3"
        assert {name: fields[name] for name in words} == {
            "model": "sd3.5-medium",
            "seed": "7",
            "cfg_scale": "4.5",
            "negative_prompt": "text",
        }

    @pytest.mark.parametrize(
        ("wanted", "sold"), [("16:9", "16:9"), ("7:4", "16:9"), ("1:3", "9:21"), ("1:1", "1:1")]
    )
    def test_asks_for_the_nearest_shape_that_is_sold(self, wanted: str, sold: str) -> None:
        """Nine are."""
        assert generation(order(aspect_ratio=wanted), DEFAULTS)[1]["aspect_ratio"] == sold

    @given(
        st.dictionaries(
            st.sampled_from([*PARAMETERS, "n", "image"]), JSON | st.sampled_from([*MODELS])
        ),
        st.text(max_size=9),
    )
    def test_sends_texts_that_the_address_understands(
        self, parameters: dict[str, Any], aspect: str
    ) -> None:
        """Whatever stands in a preset."""
        wanted = order(parameters=parameters, aspect_ratio=aspect)
        address, fields = generation(wanted, DEFAULTS)
        assert fields.keys() <= FIELDS[address] | {"prompt", "output_format"}
        assert all(isinstance(value, str) for value in fields.values())
        assert fields.get("aspect_ratio", "1:1") in RATIOS


class TestReadPicture:
    """The answer to a submit."""

    @pytest.mark.parametrize("reason", [None, "SUCCESS"])
    def test_is_the_body_itself(self, reason: str | None) -> None:
        """With the reason in a header."""
        assert read_picture(PNG, finish_reason=reason) == PNG

    @pytest.mark.parametrize(
        "read",
        [
            lambda: read_picture(PNG, finish_reason="CONTENT_FILTERED"),
            lambda: read_body({"image": "iVBORw0KGgo=", "finish_reason": "CONTENT_FILTERED"}),
        ],
    )
    def test_is_no_picture_where_it_was_blurred(self, read: Callable[[], bytes]) -> None:
        """HTTP 200, and all the same a refusal."""
        with pytest.raises(Rejected) as refusal:
            read()
        assert refusal.value.code is Code.MODERATION_BLOCKED
        assert refusal.value.sentence == "The image provider's moderation blocked the picture."

    def test_is_in_the_body_with_its_reason(self) -> None:
        """As base64."""
        body = {"image": "iVBORw0KGgo=", "finish_reason": "SUCCESS"}
        assert read_body(body) == b"\x89PNG\r\n\x1a\n"

    @given(
        st.binary(max_size=20) | st.just(PNG),
        st.none() | st.text(max_size=9) | st.just("SUCCESS"),
        st.none()
        | st.fixed_dictionaries({}, optional={"image": JSON, "finish_reason": JSON, "seed": JSON}),
    )
    def test_is_a_file_or_an_error_of_mobart(
        self, content: bytes, reason: str | None, body: dict[str, Any] | None
    ) -> None:
        """Nothing else is a no than the one that was documented."""
        with suppress(InDoubt):
            try:
                assert (
                    read_picture(content, finish_reason=reason) if body is None else read_body(body)
                )
            except Rejected:
                told = reason if body is None else body.get("finish_reason")
                assert told == "CONTENT_FILTERED"


class TestJudge:
    """The names of errors."""

    @pytest.mark.parametrize("name", NAMES)
    def test_knows_what_they_mean(self, name: str) -> None:
        """The same status has several."""
        no = judge({"id": "1", "name": name, "errors": ["x"]})
        assert isinstance(no, Rejected)
        assert no.code is NAMES[name][0]

    @given(st.dictionaries(st.text(max_size=6) | st.just("name"), JSON, max_size=3))
    def test_makes_nothing_of_the_rest(self, body: dict[str, Any]) -> None:
        """Nothing that JSON can hold brings it down."""
        assert judge(body) is None or body["name"] in NAMES


@pytest.mark.parametrize(
    ("body", "balance"),
    [({"credits": 3}, 3), ({"credits": 0.5}, 0.5), ({"credits": True}, None), ({}, None)],
)
def test_the_balance_is_a_number(body: dict[str, Any], balance: float | None) -> None:
    """Anything else is another API."""
    assert read_balance(body) == balance

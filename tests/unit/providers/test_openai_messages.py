"""How the messages of OpenAI's Images API are written and read."""

import base64
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.domain import Picture
from mobart.core.errors import Code, InDoubt, Rejected
from mobart.core.orders import Order
from mobart.providers.openai.messages import (
    CODES,
    PARAMETERS,
    SIZES,
    generation,
    judge,
    read_picture,
)
from mobart.providers.registry import PROVIDERS
from mobart.settings import load

DEFAULTS = {"model": "m", "size": "16x16", "quality": "low", "background": "opaque"}
CHOSEN_THERE = {"model": "m", "size": "auto", "quality": "auto", "background": "auto"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(max_size=8), JSON, max_size=4)
ANSWERS = OBJECTS | st.fixed_dictionaries(
    {"data": st.lists(JSON | st.fixed_dictionaries({"b64_json": JSON}), max_size=2)}
)
ERRORS = OBJECTS | st.fixed_dictionaries(
    {"error": JSON | st.fixed_dictionaries({}, optional={"code": JSON, "type": JSON})}
)


def order(**fields: Any) -> Order:
    """Ask for a cat."""
    return Order("r", "u", "a cat", **fields)


class TestGeneration:
    """The body of a submit."""

    def test_holds_the_settings(self) -> None:
        """One PNG of one model."""
        assert generation(order(), DEFAULTS) == {
            **DEFAULTS,
            "prompt": "a cat",
            "n": 1,
            "output_format": "png",
        }

    def test_leaves_out_what_the_model_shall_choose(self) -> None:
        """That is what it does without: other servers of this API refuse fields that they lack."""
        assert generation(order(), CHOSEN_THERE) == {
            "model": "m",
            "prompt": "a cat",
            "n": 1,
            "output_format": "png",
        }
        wanted = replace(order(parameters={"size": "auto"}), prompt="auto")
        assert generation(wanted, DEFAULTS)["prompt"] == "auto"
        assert "size" not in generation(wanted, DEFAULTS)

    @pytest.mark.parametrize("name", PARAMETERS)
    def test_takes_a_presets_word_over_the_settings(self, name: str) -> None:
        """Also over the size that an aspect ratio asks for."""
        wanted = order(aspect_ratio="16:9", parameters={name: "other"})
        assert generation(wanted, DEFAULTS)[name] == "other"

    def test_ignores_words_it_does_not_know(self) -> None:
        """Ten pictures would cost ten times as much."""
        assert generation(order(parameters={"n": 10, "stream": True}), DEFAULTS)["n"] == 1

    @pytest.mark.parametrize(
        ("aspect", "size"),
        [("16:9", "1536x1024"), ("9:16", "1024x1536"), ("1:1", "1024x1024"), ("odd", "16x16")],
    )
    def test_turns_an_aspect_ratio_into_a_size(self, aspect: str, size: str) -> None:
        """One that every model has."""
        assert generation(order(aspect_ratio=aspect), DEFAULTS)["size"] == size

    @given(st.text(max_size=20))
    def test_knows_every_aspect_ratio(self, aspect: str) -> None:
        """Whatever stands in a preset."""
        assert generation(order(aspect_ratio=aspect), DEFAULTS)["size"] in {*SIZES, "16x16"}

    def test_says_what_must_not_be_seen(self) -> None:
        """In words, since there is no field for it."""
        prompt = generation(order(negative="text, blur"), DEFAULTS)["prompt"]
        assert prompt == "a cat\n\nAvoid: text, blur"


class TestReadPicture:
    """The answer to a submit."""

    def test_finds_the_file(self) -> None:
        """The first of one."""
        data = [{"b64_json": base64.b64encode(b"a file").decode()}]
        assert read_picture({"data": data}) == b"a file"

    @pytest.mark.parametrize(
        ("picture", "expected"),
        [
            ({"b64_json": "data:image/png;base64,YSBmaWxl"}, b"a file"),
            ({"b64_json": None, "url": "data:image/png;base64,YSBmaWxl"}, b"a file"),
            ({"url": "https://x.example/1.png"}, Picture(("https://x.example/1.png",))),
            ({"url": "http://127.0.0.1/1.png"}, Picture(("http://127.0.0.1/1.png",))),
        ],
    )
    def test_finds_it_in_every_shape(self, picture: object, expected: object) -> None:
        """Servers that speak the API answer with data URIs, or with addresses."""
        assert read_picture({"data": [picture]}) == expected

    @pytest.mark.parametrize(
        "body",
        [
            {"data": [{"url": None, "respect_moderation": False}]},
            {"data": [{"url": "https://x.example/1.png", "respect_moderation": False}]},
            {"data": [], "respect_moderation": False},
        ],
    )
    def test_is_refused_where_moderation_holds_it_back(self, body: dict[str, Any]) -> None:
        """As xAI says it, whose own client takes no such picture either."""
        with pytest.raises(Rejected) as no:
            read_picture(body)
        assert no.value.code is Code.MODERATION_BLOCKED
        assert read_picture({"data": [{"b64_json": "aGk=", "respect_moderation": True}]}) == b"hi"

    @given(ANSWERS)
    def test_is_a_file_or_a_doubt(self, body: dict[str, Any]) -> None:
        """A yes without a picture is never a no."""
        with suppress(InDoubt):
            assert read_picture(body)

    @pytest.mark.parametrize("text", ["iVBORw0KGgo*", "ä", "", None, 7, ["aGk="]])
    def test_is_in_doubt_where_it_cannot_be_decoded(self, text: object) -> None:
        """Something was paid for, perhaps."""
        with pytest.raises(InDoubt) as doubt:
            read_picture({"data": [{"b64_json": text}]})
        assert doubt.value.code is Code.PROVIDER_BAD_RESPONSE


class TestJudge:
    """The codes of errors."""

    @pytest.mark.parametrize("code", CODES)
    @pytest.mark.parametrize("field", ["code", "type"])
    def test_knows_what_is_final(self, code: str, field: str) -> None:
        """In either of two places."""
        no = judge({"error": {"message": "x", "code": None, "type": "x", field: code}})
        assert isinstance(no, Rejected)
        assert no.code is CODES[code][0]
        assert no.sentence.endswith(".")

    @pytest.mark.parametrize(
        "message",
        [
            "400: {'error': '/image/generations: Invalid model name passed in model=m.'}",
            "litellm.UnsupportedParamsError: Setting `quality` is not supported by gemini, m.",
        ],
    )
    def test_knows_what_the_operator_chose_wrongly_at_a_gateway(self, message: str) -> None:
        """LiteLLM's proxy answers 400, which is about the prompt elsewhere."""
        error = {"message": message, "type": "invalid_request_error", "code": "400"}
        no = judge({"error": error})
        assert isinstance(no, Rejected)
        assert no.code is Code.PROVIDER_UNAVAILABLE

    def test_leaves_a_busy_hour_to_the_status(self) -> None:
        """It may pass."""
        error = {"code": "rate_limit_exceeded", "type": "requests"}
        assert judge({"error": error}) is None

    @given(ERRORS)
    def test_makes_nothing_of_the_rest(self, body: dict[str, Any]) -> None:
        """Nothing that JSON can hold brings it down."""
        assert judge(body) is None or isinstance(judge(body), Rejected)


@pytest.mark.parametrize(
    ("url", "warned"), [("https://api.openai.com/v1", False), ("http://litellm:4000/v1", True)]
)
def test_a_gateway_is_warned_of(url: str, warned: bool) -> None:
    """It may buy one order several times by its own retries."""
    settings = load(s3_bucket_name="bucket", midjourney_api_key="k", openai_base_url=url)
    assert bool(PROVIDERS["openai"].warnings(settings)) is warned

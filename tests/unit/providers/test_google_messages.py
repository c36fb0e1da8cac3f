"""How the messages of Google's image models are written and read."""

import base64
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.core.policy import LONGEST_RETRY_AFTER
from mobart.providers.google.messages import (
    FINISH_REASONS,
    RATIOS,
    generation,
    judge,
    overload,
    read_picture,
)
from mobart.providers.http import Answer

DEFAULTS = {"model": "m-1", "aspect_ratio": "1:1", "image_size": "auto"}
PNG = b"\x89PNG\r\n\x1a\n..."
BLOB = {"mimeType": "image/png", "data": base64.b64encode(PNG).decode()}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def answered(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Write an answer with one candidate."""
    return {"candidates": [{"content": {"parts": list(parts)}, **more}]}


def shape(order: Order, **settings: str) -> dict[str, Any]:
    """Return the shape that is asked for."""
    body: Any = generation(order, DEFAULTS | settings)[1]
    found: dict[str, Any] = body["generationConfig"]["imageConfig"]
    return found


class TestGeneration:
    """The body of a submit."""

    def test_takes_a_presets_words_over_the_order_and_the_settings(self) -> None:
        """The shape, the size and the model."""
        own = {"model": "m-2", "aspect_ratio": "21:9", "image_size": "4K"}
        order = Order("r", "u", "a cat", aspect_ratio="3:2", parameters=own)
        assert generation(order, DEFAULTS)[0] == "m-2"
        assert shape(order) == {"aspectRatio": "21:9", "imageSize": "4K"}

    @pytest.mark.parametrize(("wanted", "sold"), [("16:9", "16:9"), ("7:4", "16:9"), ("", "1:1")])
    def test_asks_for_the_nearest_shape_that_is_sold(self, wanted: str, sold: str) -> None:
        """Ten are; the size is left to the model unless it is set."""
        assert shape(Order("r", "u", "a cat", aspect_ratio=wanted)) == {"aspectRatio": sold}

    @given(JSON, JSON)
    def test_goes_to_a_name_and_a_shape_whatever_stands_in_a_preset(
        self, model: Any, aspect: Any
    ) -> None:
        """An odd model is refused, an odd shape is left out."""
        order = Order("r", "u", "a cat", parameters={"model": model, "aspect_ratio": aspect})
        with suppress(Rejected):
            name, _ = generation(order, DEFAULTS)
            assert set("/?#:%").isdisjoint(name)
        assert shape(Order("r", "u", "", parameters={"aspect_ratio": aspect})).keys() <= {
            "aspectRatio"
        }


class TestReadPicture:
    """The answer to a submit."""

    @pytest.mark.parametrize("name", ["inlineData", "inline_data"])
    def test_is_the_last_picture_that_is_no_draft(self, name: str) -> None:
        """As Google spells it, and as gateways do."""
        draft = {name: {**BLOB, "data": "iVBORw0KGgp4"}, "thought": True}
        assert read_picture(answered({"text": "Here"}, draft, {name: BLOB})) == PNG

    @pytest.mark.parametrize("reason", FINISH_REASONS)
    def test_without_a_picture_is_refused_for_the_reason_it_names(self, reason: str) -> None:
        """Moderation is one of them, and a picture that was not made is another."""
        with pytest.raises(Rejected, match=reason) as refusal:
            read_picture(answered({"text": "No."}, finishReason=reason))
        assert refusal.value.code is FINISH_REASONS[reason][0]

    def test_with_a_blocked_prompt_is_moderation(self) -> None:
        """There is no candidate then."""
        with pytest.raises(Rejected, match="JAILBREAK") as refusal:
            read_picture({"promptFeedback": {"blockReason": "JAILBREAK"}})
        assert refusal.value.code is Code.MODERATION_BLOCKED

    def test_never_repeats_a_reason_that_is_no_name(self) -> None:
        """It may be anything, a prompt among it."""
        with pytest.raises(InDoubt) as doubt:
            read_picture(answered(finishReason="a secret prompt"))
        assert "secret" not in str(doubt.value)

    @given(JSON, JSON)
    def test_is_a_picture_a_refusal_or_a_doubt_whatever_comes(self, odd: Any, other: Any) -> None:
        """Nothing else is raised."""
        for body in ({"candidates": odd}, {"candidates": [odd, other]}, {"promptFeedback": odd}):
            with suppress(Rejected, InDoubt):
                read_picture(body)
        with suppress(Rejected, InDoubt):
            read_picture(answered({"inlineData": odd}, {"x": other}, finishReason=other))


def refused(status: str, *details: dict[str, Any], code: int = 429) -> dict[str, Any]:
    """Write the body of an error."""
    return {"error": {"code": code, "status": status, "details": list(details)}}


class TestErrors:
    """A `google.rpc.Status`."""

    def test_that_asks_for_patience_is_no_refusal(self) -> None:
        """For as long as it says, two minutes at most."""
        for delay, wait in (("37.5s", 37.5), ("86400s", LONGEST_RETRY_AFTER)):
            told = judge(refused("RESOURCE_EXHAUSTED", {"retryDelay": delay}))
            assert isinstance(told, Unavailable)
            assert told.retry_after == wait

    def test_without_a_delay_is_left_to_the_headers(self) -> None:
        """Which may have one; and an empty account is told by its status."""
        assert judge(refused("RESOURCE_EXHAUSTED")) is None
        assert judge(refused("RESOURCE_EXHAUSTED", {"retryDelay": "1s"}, code=402)) is None

    @pytest.mark.parametrize(
        "words",
        [
            "Your prepayment credits are depleted. Please go to AI Studio to manage your billing.",
            "Your project has exceeded its monthly spending cap.",
        ],
    )
    def test_about_money_is_final(self, words: str) -> None:
        """It has the status of haste, and may name a delay."""
        body = refused("RESOURCE_EXHAUSTED", {"retryDelay": "5s"})
        body["error"]["message"] = words
        told = judge(body)
        assert isinstance(told, Rejected)
        assert told.code is Code.PROVIDER_CREDIT

    def test_about_money_by_its_reason_is_final(self) -> None:
        """Whatever the words beside it."""
        told = judge(refused("RESOURCE_EXHAUSTED", {"reason": "BILLING_DISABLED"}))
        assert isinstance(told, Rejected)
        assert told.code is Code.PROVIDER_CREDIT

    def test_about_a_rate_that_speaks_of_billing_asks_for_patience(self) -> None:
        """As Google words every rate that is exceeded."""
        body = refused("RESOURCE_EXHAUSTED", {"retryDelay": "5s"})
        body["error"]["message"] = (
            "You exceeded your current quota, please check your plan and billing details."
        )
        assert isinstance(judge(body), Unavailable)

    def test_of_an_account_without_pictures_is_final(self) -> None:
        """Waiting would not help."""
        told = judge(refused("RESOURCE_EXHAUSTED", {"violations": [{"quotaValue": "0"}]}))
        assert isinstance(told, Rejected)
        assert told.code is Code.PROVIDER_CREDIT

    def test_that_says_overloaded_proves_that_nothing_was_bought(self) -> None:
        """In Google's own shape alone."""
        own = b'{"error": {"code": 503, "status": "UNAVAILABLE", "message": "overloaded"}}'
        assert overload(Answer(503, {}, own)) is not None
        assert overload(Answer(500, {}, own)) is None
        assert overload(Answer(503, {}, b'{"error": {"status": "UNAVAILABLE"}}')) is None
        assert overload(Answer(503, {}, b"<html>")) is None
        assert overload(Answer(503, {}, own, whole=False)) is None

    @given(JSON)
    def test_is_judged_whatever_its_shape(self, odd: Any) -> None:
        """Nothing is raised."""
        for body in (
            {"error": odd},
            refused("RESOURCE_EXHAUSTED", odd),
            {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": odd}},
            refused("RESOURCE_EXHAUSTED", {"violations": odd}),
        ):
            judge(body)


def test_every_shape_is_one_that_can_be_read() -> None:
    """Width over height."""
    assert all(len(ratio.split(":")) == 2 for ratio in RATIOS)


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        ("gemini-nano-banana-2.1", "4:1"),
        ("gemini-3.1-flash-lite-image", "4:1"),
        ("gemini-3-pro-image", "21:9"),
    ],
)
def test_only_newer_models_have_extreme_shapes(model: str, shape: str) -> None:
    """Others get the nearest that they have."""
    defaults = {"model": model, "aspect_ratio": "", "image_size": "auto"}
    _, body = generation(Order("r", "u", "a cat", aspect_ratio="4:1"), defaults)
    assert body["generationConfig"]["imageConfig"]["aspectRatio"] == shape  # type: ignore[index]

"""Answers that hold a picture in base64 and break off."""

import base64
import json

import pytest

from mobart.core.domain import Purchase
from mobart.providers.fields import LEAST
from mobart.providers.google.messages import read_picture as of_google
from mobart.providers.http import Answer
from mobart.providers.openai.messages import read_picture as of_openai
from mobart.providers.parts import part_of
from mobart.providers.pixellab.messages import read_picture as of_pixellab
from mobart.providers.stability.messages import read_body as of_stability

RAW = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
TEXT = base64.b64encode(RAW).decode()
OPENAI = json.dumps({"created": 1, "data": [{"b64_json": TEXT}], "usage": {"total_tokens": 9}})


def answer(text: str, *, status: int = 200) -> Answer:
    """Return an answer whose line broke."""
    return Answer(status, {}, text.encode(), whole=False)


@pytest.mark.parametrize("length", [LEAST * 2, 1000, 1001, 1002, 1003, len(OPENAI) - 1])
def test_what_came_of_the_picture_is_taken(length: int) -> None:
    """To the last whole byte, and all of it where only the end of the JSON is missing."""
    part = part_of(answer(OPENAI[:length]), of_openai)
    assert isinstance(part, bytes)
    assert RAW.startswith(part)
    came = min(len(TEXT), length - OPENAI.index(TEXT))
    assert len(part) >= min(len(RAW), came * 3 // 4 - 1)


def test_every_dialect_is_read() -> None:
    """With the price where that came before the picture."""
    google = {"candidates": [{"content": {"parts": [{"inlineData": {"data": TEXT}}]}}]}
    assert part_of(answer(json.dumps(google)[:-9]), of_google) == RAW
    pixellab = {"usage": {"type": "usd", "usd": 0.01}, "image": {"base64": TEXT}}
    assert part_of(answer(json.dumps(pixellab)[:-2]), of_pixellab) == Purchase(RAW, 0.01)
    stability = {"image": TEXT, "finish_reason": "SUCCESS", "seed": 7}
    assert part_of(answer(json.dumps(stability)[:-30]), of_stability) == RAW


ADDRESS = '{"data": [{"url": "https://pictures.example/a-dra'


@pytest.mark.parametrize("text", ["", "<html>", "[]", "null", OPENAI[:60], ADDRESS])
def test_what_is_no_begin_of_a_picture_stays_a_doubt(text: str) -> None:
    """Half an address leads elsewhere."""
    assert part_of(answer(text), of_openai) is None


def test_a_reason_that_is_cut_off_is_no_proof() -> None:
    """What follows might have been the picture."""
    blocked = '{"promptFeedback": {"blockReason": "SAFETY"}, "candid'
    assert part_of(answer(blocked), of_google) is None


def test_an_answer_that_says_no_holds_no_picture() -> None:
    """Whatever is in it."""
    assert part_of(answer(OPENAI[:-9], status=500), of_openai) is None

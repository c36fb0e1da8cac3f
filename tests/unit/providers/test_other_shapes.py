"""Answers with a picture, and refusals, in another shape than their API documents."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from mobart.providers.google.messages import read_picture as of_google
from mobart.providers.http import Answer
from mobart.providers.openai.messages import read_picture as of_openai
from mobart.providers.other_shapes import found_anyway

RAW = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 2
TEXT = base64.b64encode(RAW).decode()
OPENAI = json.dumps({"data": [{"b64_json": TEXT}]})
GOOGLE = json.dumps({"candidates": [{"content": {"parts": [{"inlineData": {"data": TEXT}}]}}]})
EVENT = json.dumps({"type": "image_generation.completed", "b64_json": TEXT})
DRAFT = json.dumps({"type": "image_generation.partial_image", "progress": 50})


def found(text: str | bytes, read: Callable[..., Any] = of_openai, *, status: int = 200) -> object:
    """Look through an answer."""
    return found_anyway(Answer(status, {}, text.encode() if isinstance(text, str) else text), read)


@pytest.mark.parametrize("name", ["data", "result", "response", "output", "body"])
@pytest.mark.parametrize(("text", "read"), [(OPENAI, of_openai), (GOOGLE, of_google)])
def test_a_picture_in_an_envelope_is_found(name: str, text: str, read: Callable[..., Any]) -> None:
    """As an object, and as a text."""
    assert found(json.dumps({"code": 0, name: json.loads(text)}), read) == RAW
    assert found(json.dumps({"code": 0, name: text}), read) == RAW


@pytest.mark.parametrize(
    "text",
    [
        f"event: image_generation.completed\ndata: {EVENT}\n\ndata: [DONE]\n\n",
        f"data: {DRAFT}\r\n\r\ndata:{EVENT}\r\n\r\n",
        f"{DRAFT}\n{OPENAI}\n",
        f"[{DRAFT}, {OPENAI}]",
        f")]}}',\n{OPENAI}",
        TEXT,
        f"data:image/png;base64,{TEXT}\n",
        RAW,
    ],
    ids=["events", "tight events", "lines", "list", "guard", "base64", "data URI", "file"],
)
def test_a_picture_in_a_stream_or_bare_is_found(text: str | bytes) -> None:
    """The last one, since those before it are drafts."""
    assert found(text) == RAW


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "null",
            "[]",
            "{}",
            "<html>{}</html>",
            "https://login.example/",
            "data: [DONE]",
            "x" * 99,
        ),
        *('{"data": {"error": "x"}}', RAW[:20], DRAFT),
    ],
)
def test_what_holds_no_picture_stays_a_doubt(text: str | bytes) -> None:
    """Nothing else counts as one."""
    assert found(text) is None


def test_only_a_success_may_hold_a_picture() -> None:
    """Pages of errors show pictures as well."""
    assert found(RAW, status=500) is None

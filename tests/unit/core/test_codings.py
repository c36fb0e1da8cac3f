"""Whole bodies, decoded whatever they are called."""

import gzip
import zlib

import brotli
import pytest

from mobart.core.codings import decoded

TEXT = b'{"task_id": "t-1"}' * 9
ROOM = 1000
CODED = {"gzip": gzip.compress(TEXT), "deflate": zlib.compress(TEXT), "br": brotli.compress(TEXT)}


@pytest.mark.parametrize("coding", CODED)
def test_a_body_is_whole_if_its_end_is_there(coding: str) -> None:
    """Half of it may be half a picture, and is told apart."""
    assert decoded(CODED[coding], coding, ROOM) == (TEXT, True)
    part, whole = decoded(CODED[coding][:-9], coding, ROOM)
    assert TEXT.startswith(part)
    assert not whole


@pytest.mark.parametrize("coding", CODED)
def test_a_body_that_is_damaged_is_not_whole(coding: str) -> None:
    """Its first bytes were good."""
    _, whole = decoded(CODED[coding][:6] + b"\xff" * 99, coding, ROOM)
    assert not whole


@pytest.mark.parametrize("text", [TEXT, b"\xef\xbb\xbf" + TEXT, b"data: {}\n\n", b"<html>", b""])
@pytest.mark.parametrize("label", ["", *CODED, "zstd", "identity"])
def test_text_is_text_whatever_its_label(label: str, text: bytes) -> None:
    """No coding begins like it."""
    assert decoded(text, label, ROOM) == (text, True)


@pytest.mark.parametrize("codings", [1, 2, 3])
def test_what_inflates_beyond_the_room_is_cut(codings: int) -> None:
    """However often it is coded, and in little memory."""
    bomb = bytes(2**24)
    for _ in range(codings):
        bomb = gzip.compress(bomb)
    assert decoded(bomb, ", ".join(["gzip"] * codings), ROOM) == (bytes(ROOM), False)

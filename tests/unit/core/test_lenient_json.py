"""JSON as careless servers write it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.lenient_json import read_lenient_json

TASK = {"task_id": "t-1", "status": "finished", "prompt": "a dragon"}
PLAIN = json.dumps(TASK).encode()


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN,
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN.decode().encode("utf-16"),
        PLAIN.decode().encode("utf-16-le"),
        PLAIN + b"\n\0",
        PLAIN + PLAIN,
        b"\r\n " + PLAIN,
    ],
    ids=["plain", "mark", "utf-16", "utf-16 without mark", "zero", "twice", "blank"],
)
def test_an_object_is_read_in_any_encoding_and_whatever_follows_it(raw: bytes) -> None:
    """As its own clients read it."""
    assert read_lenient_json(raw) == TASK


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN[:-1] + b",}",
        PLAIN[:-1] + b" , \n}",
        json.dumps(PLAIN.decode()).encode(),
        json.dumps(PLAIN.decode()[:-1] + ",}").encode(),
    ],
    ids=["comma", "comma and blanks", "in a string", "comma in a string"],
)
def test_an_object_is_read_though_something_wrote_it_that_is_no_json_library(raw: bytes) -> None:
    """A template, or one that wrote it twice."""
    assert read_lenient_json(raw) == TASK


def test_commas_in_texts_stay() -> None:
    """As do quotes, and texts that begin like JSON and are none."""
    written = b'{"a": ",]", "b": "\\",}", "c": [1, [2,],], "d": "[cat",}'
    assert read_lenient_json(written) == {"a": ",]", "b": '",}', "c": [1, [2]], "d": "[cat"}
    assert read_lenient_json(b'"[cat"') == "[cat"


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "9" * 5000])
def test_a_number_that_is_none_costs_no_more_than_itself(number: str) -> None:
    """Python's own servers write the first two."""
    assert read_lenient_json(PLAIN[:-1] + f', "eta": {number}}}'.encode()) == TASK | {"eta": None}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb"drag\ud83d", "drag\ufffd"),
        (rb"drag\udc00on", "drag\ufffdon"),
        (rb"\ud83d\udc09", "\U0001f409"),
        (b"drag\xe2\x80", "drag\ufffd"),
        (b"drag\xfcn", "drag\ufffdn"),
        (b"a\nb\tc\x01", "a\nb\tc\x01"),
    ],
)
def test_a_text_cut_off_inside_a_character_can_be_read_and_written(
    written: bytes, read: str
) -> None:
    """Servers cut prompts that they repeat, by bytes or by halves of pairs."""
    value = read_lenient_json(b'{"prompt": "' + written + b'", "n": NaN}')
    assert value["prompt"] == read
    value["prompt"].encode()


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"<html>", b'{"a": ', b"\xff\xfe"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"a": "' + b'\\"' * 400_000, id="quotes without end"),
    ],
)
def test_what_is_no_json_is_told_so(raw: bytes) -> None:
    """A part of an object is none, either."""
    with pytest.raises(ValueError, match=r"."):
        read_lenient_json(raw)


@given(st.binary(max_size=200))
def test_no_bytes_can_do_more_than_be_refused(raw: bytes) -> None:
    """Whatever is read can be written."""
    try:
        value = read_lenient_json(raw)
    except ValueError:
        return
    json.dumps(value, ensure_ascii=False).encode()

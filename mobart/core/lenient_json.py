"""JSON as careless servers write it: what is paid for is read by every means that is safe.

Byte order marks and UTF-16, `NaN`, text cut off inside a character, halves of surrogate pairs, control
characters in strings, numbers beyond all bounds, commas behind the last value, JSON in a string, and anything
behind the end.
"""

import json
import math
import re
from typing import Any

from pydantic_core import from_json

LONGEST_NUMBER = 300
"""Digits; more are no number that anybody can use."""
HALF_PAIR = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


LAST_COMMA = re.compile(r'("(?:[^"\\]++|\\.)*+(?:"|\\?\Z))|,(?=\s*[\]}])', re.DOTALL)
"""A string, or a comma behind which no value comes."""
ENDING_COMMA = re.compile(r",\s*[\]}]")
"""Such a comma, or what looks like one in a string: without it there is no need to tell strings apart."""


def read_lenient_json(raw: bytes) -> Any:
    """Return what *raw* holds; numbers that are none are None.  Raises ValueError if it is no JSON."""
    value = _read(raw)
    return inner if (inner := nested_json(value)) is not None else value


def nested_json(value: object) -> Any:
    """Return what a text that is JSON itself holds; None if it is no object and no list."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return None
    try:
        return _read(value.encode("utf-8", "replace"))
    except ValueError:
        return None


def _read(raw: bytes) -> Any:
    try:
        return from_json(raw, allow_inf_nan=False)
    except ValueError:
        text = raw.decode(json.detect_encoding(raw), "replace").strip("\ufeff \t\r\n\0")
    if "\\u" in text:  # looking through a picture in base64 would take a second
        text = HALF_PAIR.sub(r"\\ufffd", text)
    try:
        return _decoded(text)
    except ValueError:
        if not ENDING_COMMA.search(text):
            raise
        return _decoded(LAST_COMMA.sub(r"\1", text))


def _decoded(text: str) -> Any:
    try:
        value, _ = DECODER.raw_decode(text)
    except RecursionError as error:
        raise ValueError("too deep") from error
    return value


def _whole_number(text: str) -> int | None:
    return int(text) if len(text) <= LONGEST_NUMBER else None


def _number(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _no_number(_: str) -> None:
    """`NaN` and `Infinity`, which Python's own servers write."""


DECODER = json.JSONDecoder(
    strict=False, parse_int=_whole_number, parse_float=_number, parse_constant=_no_number
)

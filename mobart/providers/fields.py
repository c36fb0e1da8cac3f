"""Reading fields of JSON answers, leniently: what has the wrong type counts as absent."""

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any

LONGEST_URL = 4096
WHOLE = 100
"""Per cent."""
_PERCENT = re.compile(r"(\d{1,3})\s*%?")


def distinct(urls: Iterable[object]) -> tuple[str, ...]:
    """Return what may be an address, each once, in order."""
    fit = (url for url in urls if isinstance(url, str) and 0 < len(url) <= LONGEST_URL)
    return tuple(dict.fromkeys(fit))


def percent(value: object) -> int | None:
    """Read a percentage; whatever is none is no progress, and no error."""
    if isinstance(value, str) and (match := _PERCENT.fullmatch(value.strip())):
        value = int(match[1])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= WHOLE else None


def file_in(text: object) -> bytes:
    """Decode a file in base64, with or without `data:...;base64,` before it; anything else is empty.

    White space in it is skipped, and missing `=` at its end are added, as browsers do.
    """
    if not isinstance(text, str):
        return b""
    data = "".join(text.rpartition(",")[2].split())
    try:
        return base64.b64decode(data + "=" * (-len(data) % 4), validate=True)
    except ValueError:  # not ASCII, or not base64
        return b""


def text_of(values: object, name: str) -> str:
    """Return a text field of a JSON object; "" if it is none."""
    value = values.get(name) if isinstance(values, Mapping) else None
    return value if isinstance(value, str) else ""


def object_of(values: object, name: str) -> Mapping[str, Any]:
    """Return a field that is an object itself; an empty one if it is none."""
    value = values.get(name) if isinstance(values, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def list_of(values: object, name: str) -> list[Any]:
    """Return a field that is a list; an empty one if it is none."""
    value = values.get(name) if isinstance(values, Mapping) else None
    return value if isinstance(value, list) else []

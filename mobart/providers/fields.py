"""Reading fields that every API has, as leniently as nothing can be lost by it."""

import base64
import re
from collections.abc import Iterable

LONGEST_URL = 4096
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
    return int(value) if 0 <= value <= 100 else None  # noqa: PLR2004 - per cent


def file_in(text: object) -> bytes:
    """Decode a file in base64; whatever is none is empty."""
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:  # not ASCII, or not base64
        return b""

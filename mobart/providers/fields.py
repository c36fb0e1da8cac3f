"""Reading fields of JSON answers, leniently: what has the wrong type counts as absent."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from mobart.core.data_uri import data_uri, file_in, is_data_uri
from mobart.core.domain import Picture
from mobart.core.lenient_json import nested_json
from mobart.core.picture_kinds import kind_of

SPEAKING = ("message", "raw_message", "description", "error_messages", "errors", "detail")
"""Fields that hold words, or lists of them."""
NAMING = ("code", "type", "name", "error_code", "error_type", "reason")
"""Fields that hold the name of an error."""

LONGEST_URL = 16 * 1024
"""Characters; signed addresses are long."""
WHOLE = 100
"""Per cent."""
TASK_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.:~=@+-]{0,127}")
"""What may be a part of a path as it is."""
_PERCENT = re.compile(r"(\d{1,3})\s*%?")


def distinct(urls: Iterable[object]) -> tuple[str, ...]:
    """Return what may be an address, each once, in order."""
    fit = (url for url in urls if isinstance(url, str) and 0 < len(url) <= LONGEST_URL)
    return tuple(dict.fromkeys(fit))


def percent(value: object) -> int | None:
    """Return a percentage, or None if the value is not one."""
    if isinstance(value, str) and (match := _PERCENT.fullmatch(value.strip())):
        value = int(match[1])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= WHOLE else None


def task_id_of(value: object) -> str | None:
    """Return *value* if it can be a task's id, whatever an API calls its tasks; some count them."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        value = str(value)
    return value if isinstance(value, str) and TASK_ID.fullmatch(value) else None


def text_of(values: object, name: str) -> str:
    """Return a text field of a JSON object; "" if it is none."""
    value = values.get(name) if isinstance(values, Mapping) else None
    return value if isinstance(value, str) else ""


def number_of(values: object, name: str) -> float | None:
    """Return a field that is a number, at least 0; None if it is none, or beyond all bounds."""
    value = values.get(name) if isinstance(values, Mapping) else None
    fit = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
    return float(value) if value is not None and fit else None


def object_of(values: object, name: str) -> Mapping[str, Any]:
    """Return a field that is an object itself, maybe alone in a list or as text; an empty one if it is none."""
    value = values.get(name) if isinstance(values, Mapping) else None
    value = nested_json(value) or value
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, Mapping) else {}


def list_of(values: object, name: str) -> list[Any]:
    """Return a field that is a list; an empty one if it is none."""
    value = values.get(name) if isinstance(values, Mapping) else None
    value = nested_json(value) or value
    return value if isinstance(value, list) else []


IMAGE_NAMES = (
    *("image", "images", "image_url", "image_urls", "url", "uri", "urls", "output", "outputs"),
    *("file", "files", "path", "data", "b64_json", "base64", "image_base64", "content"),
)
"""Fields of objects that hold pictures, or lists or objects with pictures."""
LEAST = 64
"""Bytes with less than which nothing but the header of a picture is there."""
RELATIVE = re.compile(
    r"//?[\w.~%-][^\s<>\"']*\.(?:png|jpe?g|webp|gif|avif)(?:[?#]\S*)?", re.IGNORECASE
)
"""An address that lacks its host, or its scheme: of a file by its ending, for other texts begin so too."""
MARKED = re.compile(
    r"(?:!?\[[^\]]*\]\(<?|<(?:(?:img|a)\s[^>]*?(?:src|href)=)?[\"']?|[\"'`(])\s*"
    r"(https?://[^\s<>\"'`]+?)(?=[>\"'`)\s]|\Z)",
    re.IGNORECASE,
)
"""An address in Markdown, in HTML, or in brackets or quotes, as models for texts write one."""
DEEPEST = 8


def addresses_in(output: object, depth: int = DEEPEST) -> tuple[str, ...]:
    """Return the addresses of all pictures in an output, whatever its shape: texts, lists, objects.

    A picture in base64 becomes a `data:` URI.
    """
    output = nested_json(output) or output
    if isinstance(output, str):
        return tuple(filter(None, [_address(output)]))
    inner: list[Any] = []
    if isinstance(output, Mapping):
        inner = [output[name] for name in IMAGE_NAMES if name in output]
    elif isinstance(output, list):
        inner = output
    found = [address for one in inner if depth for address in addresses_in(one, depth - 1)]
    return tuple(dict.fromkeys(found))


def picture_in(output: object) -> bytes | Picture | None:
    """Return the first picture of an output: the file if it is there itself, or else its address."""
    found = addresses_in(output)
    if not found:
        return None
    return file_in(found[0]) if is_data_uri(found[0]) else Picture(found[:1])


def addresses_of(output: object) -> tuple[str, ...]:
    """As `addresses_in`; a text that is none counts as one, since it stands where an address has to be."""
    return addresses_in(output) or distinct([output])


def _address(text: str) -> str | None:
    text = text.strip()
    if text[:8].lower().startswith(("https://", "http://")) or RELATIVE.fullmatch(text):
        return text if len(text) <= LONGEST_URL else None
    if marked := MARKED.match(text[: 2 * LONGEST_URL]):
        return marked[1] if len(marked[1]) <= LONGEST_URL else None
    if is_data_uri(text):
        return text if file_in(text) else None
    raw = file_in(text)
    return data_uri(raw) if kind_of(raw) else None


def error_text(body: Mapping[str, Any]) -> str:
    """Gather what a body says in words, wherever APIs are used to putting it."""
    error = body.get("error")
    nested = error if isinstance(error, Mapping) else {"message": error}
    places = [body.get(name) for name in SPEAKING]
    places += [nested.get(name) for name in ("message", "raw_message", "detail")]
    texts = [text for place in places for text in (place if isinstance(place, list) else [place])]
    return "; ".join(dict.fromkeys(text for text in texts if isinstance(text, str) and text))


def error_names(body: Mapping[str, Any]) -> list[str]:
    """List what a body calls its error for programs, wherever APIs are used to putting it."""
    layers = (body, body.get("error"), body.get("data"))
    values = [layer.get(n) for layer in layers if isinstance(layer, Mapping) for n in NAMING]
    return [value for value in values if isinstance(value, str)]


def wrapped_error_text(body: Mapping[str, Any]) -> str:
    """Gather what a body says, and what the `data` in it says, which some APIs wrap everything in."""
    data = body.get("data")
    inner = error_text(data) if isinstance(data, Mapping) else ""
    return "; ".join(dict.fromkeys(filter(None, (error_text(body), inner))))

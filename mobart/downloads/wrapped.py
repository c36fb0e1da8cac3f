"""A picture inside a body that is none itself: behind other bytes, as base64, or in JSON.

Servers write warnings, blank lines and a byte order mark before a file, send it as one part of several, or
hand on what their own API answered.  Asking again brings the same, so what is paid for is looked for.
"""

import re
from collections.abc import Iterable, Iterator

from mobart.core.data_uri import file_in
from mobart.core.lenient_json import read_lenient_json
from mobart.core.picture_kinds import kind_of

LONGEST_LEAD = 4096
"""Bytes before a picture."""
MAGIC = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF....WEBP", re.DOTALL)
"""What no text holds by chance."""
CODED = re.compile(rb"\s*\"?(?:data:|[\w+/-]{64})", re.ASCII)
LEAST = 64
DEEPEST = 8
MOST_VALUES = 10_000
"""Values, about, of JSON that is worth reading: of such with a picture nearly all is the picture."""
NOT_MADE = re.compile(
    r"init|input|source|reference|mask|control|thumb|preview|param|request", re.IGNORECASE
)
"""What fields are called that hold what a picture was made from, or a small copy."""
ERRORS = ("error", "errors", "error_message", "error_code")
"""What says that there is no picture, whatever else is there."""


def picture_within(data: bytes) -> bytes:
    """Return the picture file in *data*; *data* itself without one."""
    head = data[:LONGEST_LEAD]
    if magic := MAGIC.search(head):
        return data[magic.start() :]
    if CODED.match(head):
        return next(_decoded(data.decode("ascii", "replace").strip().strip('"')), data)
    if (
        head.lstrip()[:1] not in {b"{", b"["}
        or sum(map(data.count, (b",", b"{", b"["))) > MOST_VALUES
    ):
        return data
    try:
        value = read_lenient_json(data)
    except ValueError:
        return data
    if isinstance(value, dict) and any(map(value.get, ERRORS)):
        return data
    return next(_in_json(value, DEEPEST), data)


def _in_json(value: object, depth: int) -> Iterator[bytes]:
    if isinstance(value, str):
        yield from _decoded(value)
    inner: Iterable[object] = value if isinstance(value, list) else ()
    if isinstance(value, dict):
        inner = [one for name, one in value.items() if not NOT_MADE.search(name)]
    if depth:
        for one in inner:
            yield from _in_json(one, depth - 1)


def _decoded(text: str) -> Iterator[bytes]:
    file = file_in(text) if len(text) >= LEAST else b""
    if kind_of(file):
        yield file

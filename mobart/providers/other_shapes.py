"""Pictures, and tasks, in answers of another shape than is documented: gateways wrap them, stream them, or send the file."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from mobart.core.domain import Picture, Purchase
from mobart.core.errors import InDoubt, Rejected
from mobart.core.lenient_json import read_lenient_json
from mobart.core.picture_kinds import kind_of
from mobart.providers.fields import LEAST, object_of, picture_in, task_id_of
from mobart.providers.http import Answer
from mobart.providers.outcomes import is_success, json_object, json_value

Found = TypeVar("Found", Purchase | Picture, bytes | Picture)
ENVELOPES = ("data", "result", "response", "task", "output", "body")
MOST = 64
"""Objects of a list or a stream that are looked at, the last ones: those before the end tell of progress."""
LINE = re.compile(rb"(?:data:)?[ \t]*\{")
"""How a line begins that may hold an object, in a stream of events (SSE) too."""
GUARD = re.compile(rb"\)\]\}'?,?\s*\n")
BASE64 = re.compile(rb"\s*(?:data:|[\w+/-]{64})", re.ASCII)


def found_anyway(
    answer: Answer, read: Callable[[Mapping[str, Any]], Found]
) -> Found | bytes | Picture | None:
    """Return the picture that *read*, or a look at the bare file, finds in an answer; None without one."""
    if not is_success(answer):
        return None
    if kind_of(answer.body) and len(answer.body) >= LEAST:
        return answer.body
    for body in _objects(answer):
        try:
            return read(body)
        except (InDoubt, Rejected):
            continue
    return picture_in(answer.body.decode(errors="replace")) if BASE64.match(answer.body) else None


def object_with(answer: Answer, *names: str, of: str = "") -> Mapping[str, Any] | None:
    """Return the object of an answer that has one of *names*: itself, or one in its envelope, list or lines.

    One in which it is the id of the task *of* comes before all others: envelopes have ids of their own.
    """
    own = json_object(answer)
    there = [*([own] if own else []), *_objects(answer)]
    having = [one for one in there if one.keys() & set(names)]
    right = (one for one in having if any(task_id_of(one.get(name)) == of for name in names))
    return next(right if of else iter(()), having[0] if having else own)


def list_in(answer: Answer) -> list[Any]:
    """Return the list that an answer is, or that is in its envelope; an empty one where there is none."""
    value = json_value(answer)
    inside = [value.get(name) for name in ENVELOPES] if isinstance(value, Mapping) else [value]
    return next((one for one in inside if isinstance(one, list)), [])


def _objects(answer: Answer) -> Iterator[Mapping[str, Any]]:
    """List the objects in an answer, but for itself: in its envelope, its list, or its lines."""
    value = json_value(answer)
    if isinstance(value, Mapping):
        inside = [inner for name in ENVELOPES if (inner := object_of(value, name))]
        yield from inside
        yield from (
            inner for one in inside for name in ENVELOPES if (inner := object_of(one, name))
        )
    if isinstance(value, list):
        yield from (one for one in value[: -MOST - 1 : -1] if isinstance(one, Mapping))
        return
    for text in _texts(answer.body):
        with suppress(ValueError):
            value = read_lenient_json(text)
            if isinstance(value, Mapping):
                yield value


def _texts(body: bytes) -> Iterator[bytes]:
    """List what may be JSON: the lines of a stream, the last first, and what follows a guard as `)]}',`."""
    lines = [line for line in body.splitlines() if LINE.match(line)]
    yield from (line.removeprefix(b"data:") for line in lines[: -MOST - 1 : -1])
    if GUARD.match(body):
        yield body[body.find(b"\n") :]

"""What an answer of the stand-in is made of, before and after its blanks are filled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from string import Template

Draw = Callable[[], bytes]
"""Draws the true picture of a task."""


class Delivery(StrEnum):
    """How an answer is sent."""

    WHOLE = "whole"
    DROPPED = "dropped"
    """The connection is closed without a byte."""
    RESET = "reset"
    """As dropped, with a TCP reset."""
    HELD = "held"
    """Nothing is sent until the hold time is over, then the connection is closed."""
    CUT = "cut"
    """Half of the announced bytes, then the connection is closed."""
    OVERLONG = "overlong"
    """`Content-Length` announces only half of the bytes that follow."""
    DRIPPED = "dripped"
    """One byte at a time."""
    ENDLESS = "endless"
    """The body is repeated in chunks until the client leaves."""
    FLOODED = "flooded"
    """A hundred thousand headers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One row of a table of answers.

    *body* and the values of *headers* may hold `$blanks`; where *payload* is given, it makes the
    body instead.  *accepts* says whether the provider takes the task, and the money.
    """

    about: str
    status: int = 200
    body: str = ""
    payload: Callable[[Draw], bytes] | None = None
    media: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE
    accepts: bool = False


@dataclass(frozen=True, slots=True)
class RawResponse:
    """A reply with its blanks filled: what goes over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    delivery: Delivery
    hold_seconds: float


def fill(
    reply: Reply, blanks: Mapping[str, str], *, hold_seconds: float, body: bytes | None = None
) -> RawResponse:
    """Fill the blanks; *body*, where given, goes out as it is.  Empty headers are left out."""
    headers = {
        name: Template(value).safe_substitute(blanks) for name, value in reply.headers.items()
    }
    return RawResponse(
        status=reply.status,
        headers={"Content-Type": reply.media}
        | {name: value for name, value in headers.items() if value},
        body=Template(reply.body).safe_substitute(blanks).encode() if body is None else body,
        delivery=reply.delivery,
        hold_seconds=hold_seconds,
    )

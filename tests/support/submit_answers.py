"""What the answers to a submit that every stand-in has come to, and how a client is held against them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

from mobart.core.domain import Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart_local.standin import Script
from tests.support.outcomes import outcome
from tests.support.provider_setup import CAT, SHORT, SLOW_ROWS, Setup

Expected = tuple[type, Code | None]
"""The type of what comes back or is raised, and the code of an error."""

DOUBT: Expected = (InDoubt, Code.SUBMIT_UNKNOWN)
ODD: Expected = (InDoubt, Code.PROVIDER_BAD_RESPONSE)
BUSY: Expected = (Unavailable, Code.PROVIDER_RATE_LIMITED)
NO_ACCESS: Expected = (Rejected, Code.PROVIDER_AUTH)
NO_CREDIT: Expected = (Rejected, Code.PROVIDER_CREDIT)
MISSING: Expected = (Rejected, Code.PROVIDER_UNAVAILABLE)
BLOCKED: Expected = (Rejected, Code.MODERATION_BLOCKED)
TROUBLES = ("500", "502", "503", "504", "drop", "reset", "hang", "cut", "drip", "html", "truncated")
LOST = tuple(f"accepted-{trouble}" for trouble in TROUBLES)
"""Rows of submits that were accepted, and of which no answer says so."""
USUAL: Mapping[str, Expected] = {
    "accept": (Ticket, None),
    "400": (Rejected, Code.PROVIDER_REJECTED),
    **dict.fromkeys(("401", "403"), NO_ACCESS),
    "402": NO_CREDIT,
    "404": MISSING,
    "redirect": (Rejected, Code.PROVIDER_BAD_RESPONSE),
    **dict.fromkeys(("429", "429-date", "429-absurd", "429-silent"), BUSY),
    **dict.fromkeys(("500", "502", "503", "504", "html", "empty", "bad-json", "list"), DOUBT),
    **dict.fromkeys(("null", "drop", "reset", "hang", "cut", *LOST), DOUBT),
}
"""What most APIs mean by the rows that all have; others say what is their own."""
BAD_IDS: Mapping[str, Expected] = dict.fromkeys(
    (f"task-id-{odd}" for odd in ("missing", "null", "int", "empty", "traversal", "duplicate")), ODD
)
SETUP = Callable[..., AbstractAsyncContextManager[Setup]]


async def judge(setup: SETUP, row: str, expected: Expected, **options: Any) -> None:
    """Submit once and hold what comes of it against *expected*: an error's code, and the payments.

    A row that gives an id a second time comes after one that gave it first.
    """
    kind, code = expected
    patience = SHORT if row in SLOW_ROWS else None
    async with setup(Script(submit=row, side=64), patience=patience, **options) as made:
        if row.endswith("-duplicate"):
            made.standin.play(Script(side=64), times=1)
            await made.provider.submit(replace(CAT, request_id="r-0"))
        before = made.submits(), made.payments()
        immediate = made.provider.capabilities.immediate
        come = await outcome(made.source.generate(CAT) if immediate else made.provider.submit(CAT))
        assert (type(come), getattr(come, "code", None)) == (kind, code)
        assert made.submits() == before[0] + 1
        if kind in {Rejected, Unavailable}:
            assert made.payments() == before[1]

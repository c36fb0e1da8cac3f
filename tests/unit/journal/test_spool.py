"""What waits between the thread that reads and those who handle it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from mobart.core.errors import Code, Unavailable
from mobart.core.events import LogEvent
from mobart.core.policy import Backoff
from mobart.core.retry import Retrier
from mobart.journal.spool import BATCH_BYTES, Spool
from tests.support.clocks import LoopClock
from tests.support.observers import Notes

PATIENCE = 30.0


@asynccontextmanager
async def spooling(
    notes: Notes | None = None, *, patience: float = PATIENCE, **options: Any
) -> AsyncIterator[Spool]:
    """Open one with one reader, unless told otherwise; what is there at the end has *patience*."""
    clock, notes = LoopClock(), notes or Notes()
    retrier = Retrier(clock, notes, Backoff(base=0.01, cap=0.01))
    spool = Spool(
        **{"readers": 1, "batch": 100} | options, retrier=retrier, observer=notes, clock=clock
    )
    yield spool
    await spool.finish(seconds=patience)


def keeper(kept: list[list[bytes]]) -> Callable[[Sequence[bytes]], Awaitable[None]]:
    """Return a handler that keeps its batches."""

    async def keep(payloads: Sequence[bytes]) -> None:
        kept.append(list(payloads))

    return keep


async def test_what_waits_together_is_handed_over_together_and_in_order() -> None:
    """Up to a batch, and never two handlers' messages in one."""
    one, other = list[list[bytes]](), list[list[bytes]]()
    handlers = keeper(one), keeper(other)
    async with spooling(batch=3) as spool:
        for number in range(5):
            spool.put(handlers[0], b"%d" % number)
        spool.put(handlers[1], b"another")
        spool.put(handlers[0], b"last")
        spool.start()
    assert one == [[b"0", b"1", b"2"], [b"3", b"4"], [b"last"]]
    assert other == [[b"another"]]


async def test_a_batch_ends_with_the_message_that_makes_it_large() -> None:
    """It has to be read and written in one step."""
    kept, large = list[list[bytes]](), b"x" * (BATCH_BYTES // 2 + 1)
    handler = keeper(kept)
    async with spooling() as spool:
        for payload in (b"small", large, large, b"small"):
            spool.put(handler, payload)
        spool.start()
    assert list(map(len, kept)) == [3, 1]


async def test_a_bug_with_one_message_costs_only_that_message() -> None:
    """The others of its batch are handled, each by itself."""
    notes, kept = Notes(), list[bytes]()

    async def keep(payloads: Sequence[bytes]) -> None:
        if b"poison" in payloads:
            raise RuntimeError("a bug")
        kept.extend(payloads)

    async with spooling(notes) as spool:
        for payload in (b"one", b"poison", b"two"):
            spool.put(keep, payload)
        spool.start()
    assert kept == [b"one", b"two"]
    assert [facts["loop"] for facts in notes.of(LogEvent.LOOP_CRASHED)] == ["intake"]


async def test_a_batch_that_cannot_be_handled_now_is_handled_later() -> None:
    """As a whole: what was done of it already is known to be done."""
    kept, failures = list[list[bytes]](), [Unavailable(Code.INTERNAL, "away")]

    async def keep(payloads: Sequence[bytes]) -> None:
        if failures:
            raise failures.pop()
        kept.append(list(payloads))

    async with spooling() as spool:
        spool.put(keep, b"one")
        spool.put(keep, b"two")
        spool.start()
    assert kept == [[b"one", b"two"]]


async def test_a_thread_that_finds_no_room_waits_for_it() -> None:
    """And the event loop goes on meanwhile; nothing is lost."""
    waiting = list[int]()

    async with spooling(batch=1, max_messages=2) as spool:

        async def count(_: Sequence[bytes]) -> None:
            await asyncio.sleep(0)
            waiting.append(spool.messages)

        def fill() -> None:
            for _ in range(50):
                spool.put(count, b"x")

        spool.start()
        await asyncio.to_thread(fill)
    assert len(waiting) == 50
    assert max(waiting) == 2


async def test_a_thread_that_waits_for_room_ends_with_the_spool() -> None:
    """It would keep the process alive otherwise."""

    async def never(_: Sequence[bytes]) -> None:
        await asyncio.Event().wait()

    async with spooling(patience=0.01, max_messages=1) as spool:
        spool.start()
        spool.put(never, b"one")
        thread = threading.Thread(target=spool.put, args=(never, b"two"))
        thread.start()
        await spool.finish(seconds=0.01)
        await asyncio.to_thread(thread.join, PATIENCE)
        assert not thread.is_alive()

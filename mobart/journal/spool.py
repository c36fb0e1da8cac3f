"""Holds messages between the subscription and their handlers, bounded in count and in bytes.

Redis disconnects a subscriber that has more than 32 MB to read.  So during a burst the handlers
pause and leave the event loop to the reading, which is much faster than they are.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from mobart.core.events import LogEvent
from mobart.core.ports import Clock, Observer
from mobart.core.retry import Retrier

Handler = Callable[[bytes], Awaitable[None]]
MAX_MESSAGES = 100_000
MAX_BYTES = 128 * 1024 * 1024
OVERHEAD = 150
"""Bytes that a message costs beside its payload."""
BURST_BYTES = 64 * 1024
"""From so many bytes on, or twice as many messages as readers, arrivals are a burst."""
QUIET = 0.02
"""Seconds without a message that end a burst."""
LONGEST_PAUSE = 2.0
"""Seconds for which a burst may keep the handlers waiting."""


class Spool:
    """A queue with one producer and some readers, which handle in whatever order they finish."""

    def __init__(
        self,
        *,
        readers: int,
        retrier: Retrier,
        observer: Observer,
        clock: Clock,
        max_messages: int = MAX_MESSAGES,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """*readers* messages are handled at once; at most one message exceeds *max_bytes*."""
        self._readers = readers
        self._retrier = retrier
        self._observer = observer
        self._clock = clock
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._queue: asyncio.Queue[tuple[Handler, bytes]] = asyncio.Queue()
        self._messages = 0
        self._bytes = 0
        self._burst_at = self._last_at = float("-inf")
        self._room = asyncio.Event()
        self._room.set()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def full(self) -> bool:
        """Whether `put` has to wait."""
        return not self._room.is_set()

    @property
    def messages(self) -> int:
        """How many messages are not handled yet, those in the readers' hands included."""
        return self._messages

    async def put(self, handler: Handler, payload: bytes) -> None:
        """Queue *payload* for *handler*, then wait until there is room for the next one."""
        now = self._clock.monotonic()
        if now - self._last_at >= QUIET:
            self._burst_at = now
        self._last_at = now
        self._queue.put_nowait((handler, payload))
        self._count(1, payload)
        await self._room.wait()

    def start(self) -> None:
        """Start the readers."""
        self._tasks = [asyncio.create_task(self._read()) for _ in range(self._readers)]

    async def finish(self, *, seconds: float) -> None:
        """Handle what is queued, for at most *seconds*, then stop the readers."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._queue.join()
        finally:
            for task in self._tasks:
                task.cancel()

    async def _read(self) -> None:
        while True:
            handler, payload = await self._queue.get()
            try:
                await asyncio.sleep(0)  # what was read together is seen together
                while self._in_burst():
                    await self._clock.sleep(QUIET)
                await self._retrier.retry(partial(handler, payload))
            except Exception as error:  # noqa: BLE001 - one message must not stop the others
                self._observer.note(LogEvent.LOOP_CRASHED, loop="intake", exc_info=error)
            finally:
                self._count(-1, payload)
                self._queue.task_done()

    def _in_burst(self) -> bool:
        """Whether more arrives than is handled, and there is room for it."""
        few = self._messages <= 2 * self._readers and self._bytes <= BURST_BYTES
        if self.full or few:
            return False
        now = self._clock.monotonic()
        return now - self._last_at < QUIET and now - self._burst_at < LONGEST_PAUSE

    def _count(self, sign: int, payload: bytes) -> None:
        self._messages += sign
        self._bytes += sign * (len(payload) + OVERHEAD)
        if self._messages < self._max_messages and self._bytes < self._max_bytes:
            self._room.set()
        else:
            self._room.clear()

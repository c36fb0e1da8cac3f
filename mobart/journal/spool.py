"""Holds messages between a subscription and their handlers, bounded in count and in bytes."""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial

from mobart.core.events import LogEvent
from mobart.core.ports import Clock, Observer
from mobart.core.retry import Retrier

Handler = Callable[[Sequence[bytes]], Awaitable[None]]
"""Handles messages that wait together, in their order.  Raises Unavailable to be called again."""
MAX_MESSAGES = 200_000
MAX_BYTES = 128 * 1024 * 1024
OVERHEAD = 150
"""Bytes that a message costs beside its payload."""
BATCH_BYTES = 1024 * 1024
"""Messages are handed over together up to the one that reaches this."""
BURST_BYTES = 8 * 1024 * 1024
"""With so many waiting, whoever reads is left alone: Redis cuts off a subscriber that leaves 32 MB unread.
With fewer, what arrived is accepted meanwhile: with 1 MB here, 50,000 small messages took a quarter longer."""
QUIET = 0.01
"""Seconds without a message that end a burst."""
LONGEST_PAUSE = 2.0
"""Seconds for which a burst may keep the readers waiting."""
GLANCE = 0.05
"""Seconds between two looks of a thread that waits for room at whether it shall go on."""


class Spool:
    """A queue that one thread fills and some readers empty, in batches, on the event loop."""

    def __init__(
        self,
        *,
        readers: int,
        batch: int,
        retrier: Retrier,
        observer: Observer,
        clock: Clock,
        max_messages: int = MAX_MESSAGES,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """*readers* batches of up to *batch* messages are handled at once.

        At most one message exceeds *max_bytes*.
        """
        self._readers = readers
        self._batch = batch
        self._retrier = retrier
        self._observer = observer
        self._clock = clock
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._queue: deque[tuple[Handler, bytes]] = deque()
        self._counting = threading.Lock()
        self._messages = 0
        self._bytes = 0
        self._arrivals = 0
        self._room = threading.Event()
        self._room.set()
        self._closed = False
        self._told = False
        self._arrived, self._empty = asyncio.Event(), asyncio.Event()
        self._empty.set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def full(self) -> bool:
        """Whether `put` has to wait."""
        return not self._room.is_set()

    @property
    def messages(self) -> int:
        """How many messages are not handled yet, those in the readers' hands included."""
        return self._messages

    def put(self, handler: Handler, payload: bytes) -> None:
        """Wait until there is room, then queue *payload* for *handler*; called by the one thread."""
        while not self._room.is_set() and not self._room.wait(GLANCE):
            if self._closed:
                return
        self._count(1, len(payload))
        self._queue.append((handler, payload))
        self._arrivals += 1
        if not self._told and self._loop is not None:
            self._told = True
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._tell)

    def start(self) -> None:
        """Start the readers."""
        self._loop = asyncio.get_running_loop()
        self._tasks = [asyncio.create_task(self._read()) for _ in range(self._readers)]

    async def finish(self, *, seconds: float) -> None:
        """Handle what is queued, for at most *seconds*, then stop the readers."""
        self._closed = True
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while self._messages:
                        self._empty.clear()
                        await self._empty.wait()
        finally:
            for task in self._tasks:
                task.cancel()

    def _tell(self) -> None:
        self._told = False
        self._arrived.set()

    async def _read(self) -> None:
        while True:
            while not self._queue:
                self._arrived.clear()
                await self._arrived.wait()
            await self._let_arrive()
            if not self._queue:
                continue
            handler, payloads = self._take()
            try:
                await self._handle(handler, payloads)
            finally:
                self._count(-len(payloads), -sum(map(len, payloads)))
                if not self._messages:
                    self._empty.set()

    async def _let_arrive(self) -> None:
        """During a burst leave the processor to the thread that reads, as long as there is room."""
        for _ in range(int(LONGEST_PAUSE / QUIET)):
            arrived = self._arrivals
            if not BURST_BYTES <= self._bytes < self._max_bytes // 2:
                return
            await self._clock.sleep(QUIET)
            if self._arrivals == arrived:
                return

    def _take(self) -> tuple[Handler, list[bytes]]:
        """Return what waits for one handler, up to a batch."""
        handler, payload = self._queue.popleft()
        payloads, size = [payload], len(payload)
        while self._queue and len(payloads) < self._batch and size < BATCH_BYTES:
            if self._queue[0][0] != handler:
                break
            payloads.append(self._queue.popleft()[1])
            size += len(payloads[-1])
        return handler, payloads

    async def _handle(self, handler: Handler, payloads: Sequence[bytes]) -> None:
        """Have *payloads* handled; where one of them meets a bug, each by itself."""
        try:
            await self._retrier.retry(partial(handler, payloads))
        except Exception as error:  # noqa: BLE001 - one message must not stop the others
            if len(payloads) == 1:
                self._observer.note(LogEvent.LOOP_CRASHED, loop="intake", exc_info=error)
                return
            for payload in payloads:
                await self._handle(handler, [payload])

    def _count(self, messages: int, size: int) -> None:
        with self._counting:
            self._messages += messages
            self._bytes += size + messages * OVERHEAD
            room = self._messages < self._max_messages and self._bytes < self._max_bytes
            if room != self._room.is_set():
                (self._room.set if room else self._room.clear)()

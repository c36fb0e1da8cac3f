"""Wakes the job whose provider called back, on the worker that waits for it.

A callback may arrive at any worker.  It publishes the request's id, and the worker that waits polls
the provider: nothing else that a callback says is believed.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mobart.core.ports import Clock, Waiter
from mobart.core.wire import is_id


@dataclass(slots=True)
class PubSubWakeups:
    """`Wakeups` of one worker, fed from a channel of request ids."""

    clock: Clock
    waiting: dict[str, asyncio.Event] = field(default_factory=dict)

    @contextmanager
    def waiting_for(self, request_id: str) -> Iterator[Waiter]:
        """See `Wakeups`."""
        woken = self.waiting.setdefault(request_id, asyncio.Event())
        try:
            yield PubSubWaiter(self.clock, woken)
        finally:
            if self.waiting.get(request_id) is woken:
                del self.waiting[request_id]

    async def on_message(self, payload: bytes) -> None:
        """Wake the job of the request whose id was published, if it waits here."""
        request_id = payload.decode(errors="replace")
        if is_id(request_id) and request_id in self.waiting:
            self.waiting[request_id].set()


@dataclass(frozen=True, slots=True)
class PubSubWaiter:
    """Waits for one job."""

    clock: Clock
    woken: asyncio.Event

    async def wait(self, seconds: float) -> None:
        """See `Waiter`; one wake-up ends one wait."""
        waits = [
            asyncio.ensure_future(self.clock.sleep(seconds)),
            asyncio.ensure_future(self.woken.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self.woken.clear()


@dataclass(frozen=True, slots=True)
class NoWakeups:
    """`Wakeups` where no provider calls back: waiting is all there is."""

    clock: Clock

    @contextmanager
    def waiting_for(self, request_id: str) -> Iterator[Waiter]:
        """See `Wakeups`."""
        del request_id
        yield self

    async def wait(self, seconds: float) -> None:
        """See `Waiter`."""
        await self.clock.sleep(seconds)

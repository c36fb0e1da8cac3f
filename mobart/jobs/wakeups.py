"""Bells: a provider that calls back wakes the job that waits for it, on whichever worker that is."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mobart.core.ports import Clock, Waiter
from mobart.core.wire import is_id


@dataclass(slots=True)
class PubSubWakeups:
    """`Wakeups` of one worker; what it hears is a request's id, and nothing else is believed."""

    clock: Clock
    waiting: dict[str, asyncio.Event] = field(default_factory=dict)

    @contextmanager
    def waiting_for(self, request_id: str) -> Iterator[Waiter]:
        """See `Wakeups`."""
        rung = self.waiting.setdefault(request_id, asyncio.Event())
        try:
            yield PubSubWaiter(self.clock, rung)
        finally:
            if self.waiting.get(request_id) is rung:
                del self.waiting[request_id]

    async def on_message(self, payload: bytes) -> None:
        """Ring for the request whose id was published; others have no bell here."""
        request_id = payload.decode(errors="replace")
        if is_id(request_id) and request_id in self.waiting:
            self.waiting[request_id].set()


@dataclass(frozen=True, slots=True)
class PubSubWaiter:
    """One of them."""

    clock: Clock
    rung: asyncio.Event

    async def wait(self, seconds: float) -> None:
        """See `Waiter`; one ring ends one wait."""
        waits = [
            asyncio.ensure_future(self.clock.sleep(seconds)),
            asyncio.ensure_future(self.rung.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self.rung.clear()


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

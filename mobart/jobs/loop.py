"""Loops that no failure of one round can end."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mobart.core.errors import Unavailable
from mobart.core.events import LogEvent
from mobart.core.ports import Clock, Observer

PAUSE = 1.0
"""Seconds before the next round after one that failed; with jitter where Redis is away."""


@dataclass(slots=True)
class LoopGuard:
    """Runs the rounds of a worker's loops, and logs once when Redis is lost and when it is back."""

    observer: Observer
    clock: Clock
    away: bool = False

    async def forever(self, act: Callable[[], Awaitable[None]], *, every: float) -> None:
        """Run *act* every so many seconds until cancelled."""
        while True:
            await self.clock.sleep(every)
            await self.once(act)

    async def once(self, act: Callable[[], Awaitable[None]]) -> None:
        """Run one round; raises nothing but a cancellation."""
        try:
            await act()
        except Unavailable as away:
            if not self.away:
                self.observer.note(LogEvent.REDIS_LOST, detail=str(away))
            self.away = True
            await self.clock.sleep(PAUSE * (0.5 + self.clock.jitter()))
        except Exception as error:  # noqa: BLE001 - a bug is logged, the loop goes on
            self.observer.note(LogEvent.LOOP_CRASHED, loop=act.__name__, exc_info=error)
            await self.clock.sleep(PAUSE)
        else:
            if self.away:
                self.observer.note(LogEvent.REDIS_RECOVERED)
            self.away = False


async def first(*acts: Awaitable[object]) -> None:
    """Return when the first of *acts* is done; the others are cancelled."""
    tasks = [asyncio.ensure_future(act) for act in acts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()

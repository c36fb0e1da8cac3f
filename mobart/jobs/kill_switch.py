"""The operator's kill switch, as a worker sees it."""

from dataclasses import dataclass

from mobart.core.events import LogEvent
from mobart.core.ports import Clock, JobQueue, Observer

LOOK_EVERY = 1.0
"""Seconds between two looks at the switch."""


@dataclass(slots=True, eq=False)
class KillSwitch:
    """Remembers whether new work may begin, to stop fetching while it may not.

    The promise does not rest on this: the scripts that begin work check the switch themselves.
    """

    queue: JobQueue
    observer: Observer
    clock: Clock
    paused: bool = False
    _looked_at: float = float("-inf")

    async def look(self) -> None:
        """Read the switch, if the last look was long enough ago.  Raises Unavailable."""
        now = self.clock.monotonic()
        if now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now
            self.set(paused=await self.queue.paused())

    def set(self, *, paused: bool) -> None:
        """Remember the state of the switch, and log a change."""
        if paused != self.paused:
            self.observer.note(LogEvent.INTAKE_PAUSED if paused else LogEvent.INTAKE_RESUMED)
        self.paused = paused

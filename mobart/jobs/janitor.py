"""Removes consumers of workers that are gone from the group."""

from dataclasses import dataclass

from mobart.core.errors import Unavailable
from mobart.core.events import LogEvent
from mobart.core.ports import JobQueue, Observer

EVERY_LEASES = 4


@dataclass(frozen=True, slots=True)
class Janitor:
    """Forgets consumers that are silent and hold nothing."""

    queue: JobQueue
    observer: Observer

    async def tidy(self) -> None:
        """Remove what other workers left.  Raises Unavailable."""
        for name in await self.queue.retire():
            self.observer.note(LogEvent.CONSUMER_REMOVED, consumer=name)

    async def leave(self) -> None:
        """Remove this worker's own consumer, if Redis can be reached."""
        try:
            await self.queue.retire(leaving=True)
        except Unavailable as away:
            self.observer.note(LogEvent.REDIS_LOST, detail=str(away))

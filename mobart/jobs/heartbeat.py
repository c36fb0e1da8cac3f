"""Keeps the leases of a worker's jobs, and cancels those that were lost."""

from dataclasses import dataclass

from mobart.core.ports import JobQueue
from mobart.jobs.running import RunningJobs

BEATS_A_LEASE = 3


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Renews all leases of one worker together."""

    queue: JobQueue
    running: RunningJobs

    async def beat(self) -> None:
        """Renew the leases once; a job whose renewal is refused is cancelled.  Raises Unavailable."""
        self.running.lose(list(await self.queue.renew(self.running.claims)))

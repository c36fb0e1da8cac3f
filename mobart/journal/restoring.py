"""Writing a job again that Redis lost while somebody was busy with it."""

from redis.asyncio import Redis

from mobart.core import wire
from mobart.core.domain import Job
from mobart.journal.keys import Keys
from mobart.journal.scripts import script


class Restoring:
    """Puts back what a Redis without persistence forgot; the memory of the worker is the source."""

    def __init__(self, redis: Redis, *, keys: Keys) -> None:
        """Use *redis* for short commands only."""
        self._keys = keys
        self._restore = script(redis, "restore")

    async def restore(self, job: Job, *, entry: str) -> None:
        """Store *job* as its claim on *entry* knows it, where Redis knows less."""
        request = job.request
        await self._restore(
            [
                self._keys.job(request.request_id),
                self._keys.requests,
                self._keys.spent,
                self._keys.spent_by(request.user_id),
                self._keys.busy(request.user_id),
            ],
            [
                wire.encode_request(request),
                wire.fingerprint(request),
                str(job.stage),
                job.epoch,
                job.payment_epoch,
                job.provider,
                job.ticket.reference if job.ticket else "",
                "1" if job.correction else "",
                entry,
            ],
        )

"""`Resolutions` and `KillSwitch` in memory."""

from dataclasses import dataclass, replace

from mobart.core import completions, wire
from mobart.core.domain import Failed, GenerationRequest, Job, Picture, Stage
from mobart.core.errors import Code
from mobart.core.lifecycle import is_in_doubt
from mobart.core.limits import micros
from mobart.core.operations import NOT_TAKEN
from mobart.testing.memory_redis import ANY_TIME_AGO, Record
from mobart.testing.memory_view import MemoryView


@dataclass(frozen=True, slots=True)
class MemoryResolutions:
    """Changes records as `RedisResolutions` does."""

    view: MemoryView

    async def announce_again(self, request_id: str) -> bool:
        """See `Resolutions`."""
        record = self.view.redis.records.get(request_id)
        self.view.redis.undelivered.discard(request_id)
        if record is None or not record.settled:
            return False
        self.view.redis.replay(record)
        self.view.redis.completions.append(self.view.redis.announced[-1])
        return True

    async def resolve(self, request: GenerationRequest, *, unpaid: bool) -> bool:
        """See `Resolutions`."""
        record, redis = self.view.redis.records.get(request.request_id), self.view.redis
        if record is None or not _in_doubt(record) or record.resolved:
            return False
        record.resolved = "unpaid" if unpaid else "given_up"
        if unpaid:
            job = Job(request, correction=True)
            outcome = Failed(Code.PROVIDER_UNAVAILABLE, NOT_TAKEN, paid=False)
            record.completion = completions.encode_outcome(job, outcome, at=self.view.clock.now())
            redis.announce(record.completion)
            if record.reserved_on is not None:
                redis.spent[record.reserved_on, request.user_id] -= 1
                redis.money[record.reserved_on] -= micros(record.job.price)
                record.job = replace(record.job, price=None)
        return True

    async def derive(
        self,
        request: GenerationRequest,
        *,
        made_from: str,
        reuses: bool = False,
        raw_key: str = "",
        grid: bool = False,
    ) -> bool | None:
        """See `Resolutions`."""
        redis, at = self.view.redis, self.view.clock.monotonic()
        old, made = redis.records.get(made_from), redis.records.get(request.request_id)
        if old is None:
            return False
        if made is not None:
            same = made.fingerprint == wire.fingerprint(request)
            return True if same and made.job.made_from == made_from else None
        doubtful = _in_doubt(old) and old.resolved != "unpaid"
        if not old.settled or (doubtful and not reuses) or (reuses and old.job.ticket is None):
            return False
        entry = redis.add(wire.encode_request(request), at=at)
        record = self.view.create(request, entry, at)
        record.job = replace(record.job, made_from=made_from)
        if reuses:
            record.job = replace(
                record.job,
                stage=Stage.PAID,
                provider=old.job.provider,
                ticket=old.job.ticket,
                reuses=True,
                kept=Picture.stored(raw_key, grid=grid) if raw_key else None,
            )
            record.paying_at = record.paid_at = at
        return True

    async def lift(self, user_id: str) -> bool:
        """See `Resolutions`."""
        redis, now = self.view.redis, self.view.clock.monotonic()
        suspended = redis.suspended.pop(user_id, ANY_TIME_AGO) > now
        if suspended:
            redis.blocked.pop(user_id, None)
        return suspended

    async def switch(self, *, paused: bool) -> None:
        """See `KillSwitch`."""
        self.view.redis.paused = paused


def _in_doubt(record: Record) -> bool:
    return record.settled and is_in_doubt(record.job.outcome)

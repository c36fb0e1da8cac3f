"""`Intake` in memory."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from mobart.core import completions, wire
from mobart.core.domain import Failed, GenerationRequest, Paid, Refusal, Stage
from mobart.core.errors import Code
from mobart.core.ports import Acceptance, Cancellation
from mobart.journal.intake import CANCELLED
from mobart.journal.keys import CONFLICT_MS, RESEND_MS
from mobart.testing.memory_redis import ANY_TIME_AGO, as_duplicate
from mobart.testing.memory_view import SAME_MESSAGE, MemoryView


@dataclass(frozen=True, slots=True)
class MemoryIntake:
    """Takes requests in as `RedisIntake` does."""

    view: MemoryView

    async def accept(self, request: GenerationRequest) -> Acceptance:
        """See `Intake`."""
        heard = self.view.clock.monotonic()
        record = self.view.redis.records.get(request.request_id)
        if record is None:
            entry = self.view.redis.add(wire.encode_request(request), at=heard)
            record = self.view.create(request, entry, heard)
            self.view.recent.note_accepted(request)
            return Acceptance.CANCELLED if record.cancelled else Acceptance.ACCEPTED
        if record.fingerprint != wire.fingerprint(request):
            return Acceptance.CONFLICTED
        return self.view.receive_again(record, heard)

    async def accept_all(self, requests: Sequence[GenerationRequest]) -> Sequence[Acceptance]:
        """See `Intake`."""
        return [await self.accept(request) for request in requests]

    async def has_accepted(self, request: GenerationRequest) -> bool:
        """See `Intake`."""
        record = self.view.redis.records.get(request.request_id)
        return record is not None and record.fingerprint == wire.fingerprint(request)

    async def refuse(self, refusal: Refusal, *, payload: bytes) -> bool:
        """See `Intake`."""
        redis = self.view.redis
        if refusal.request_id is None or refusal.request_id in redis.records:
            return False
        digest, heard = hashlib.sha256(payload).hexdigest(), self.view.clock.monotonic()
        if heard - redis.refusals.get(digest, ANY_TIME_AGO) < SAME_MESSAGE:
            return False
        redis.refusals[digest] = heard
        self.view.count_offence(refusal.user_id, refusal.request_id, refusal.outcome.code)
        redis.announce(completions.encode_refusal(refusal, at=self.view.clock.now()))
        return True

    async def answer_conflict(self, refusal: Refusal, *, payload: bytes, fingerprint: str) -> bool:
        """See `Intake`."""
        redis = self.view.redis
        record = redis.records.get(refusal.request_id or "")
        if record is None or record.fingerprint == fingerprint:
            return False
        digest, heard = hashlib.sha256(payload).hexdigest(), self.view.clock.monotonic()
        if heard - redis.refusals.get(digest, ANY_TIME_AGO) < CONFLICT_MS / 1000:
            return False
        redis.refusals[digest] = heard
        redis.announced.append(completions.encode_refusal(refusal, at=self.view.clock.now()))
        return True

    async def resend(self, request_id: str) -> bool:
        """See `Intake`."""
        record, now = self.view.redis.records.get(request_id), self.view.clock.monotonic()
        if record is None or not record.settled or abs(now - record.resent_at) < RESEND_MS / 1000:
            return False
        record.resent_at = now
        self.view.redis.completions.append(as_duplicate(record))
        return True

    async def cancel(self, request_id: str, *, free: Collection[str] = ()) -> Cancellation | None:
        """See `Intake`."""
        record = self.view.redis.records.get(request_id)
        if record is None:
            self.view.forestall(request_id)
            self.view.recent.note_cancelled(request_id)
        if record is None or record.settled:
            return None
        forgot = self.view.redis.history is not None and self.view.waiting
        unsure = record.job.stage is Stage.ACCEPTED and forgot
        if record.job.stage is Stage.PAYING or unsure:
            record.cancelled = True
            self.view.recent.note_cancelled(request_id)
            return None
        paid: Paid = (
            record.job.stage is Stage.PAID
            and not record.job.reuses
            and record.job.provider not in free
        )
        record.job = replace(record.job, epoch=record.job.epoch + 1)
        self.view.close(record, Failed(Code.CANCELLED, CANCELLED, paid=paid))
        begun = record.claimed_at or self.view.clock.monotonic()
        return Cancellation(
            record.job.request.user_id,
            paid=paid is True,
            seconds=self.view.clock.monotonic() - begun,
            ticket=None if record.job.reuses else record.job.ticket,
            traceparent=record.job.request.traceparent,
            cost=record.job.price if paid else None,
        )

"""What the scripts `open`, `restore`, `resettle` and `forestall` do, in memory: see `mobart.journal.history`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mobart.core import wire
from mobart.core.domain import GenerationRequest, Job, Stage
from mobart.core.ports import Claim
from mobart.journal.recent import SettledJob
from mobart.testing.memory_redis import ANY_TIME_AGO, History, Record
from mobart.testing.memory_view import MemoryView

RANKS = {stage: rank for rank, stage in enumerate(Stage)}


@dataclass(slots=True, eq=False)
class MemoryHistory:
    """One worker's knowledge of the history of an `InMemoryRedis`."""

    view: MemoryView
    known: History | None = None
    complete_in: History | None = None
    proven: bool = False

    def open(self) -> None:
        """Look which history this is; begin one if nobody did."""
        redis, now = self.view.redis, self.view.clock.monotonic()
        found, known = redis.history, self.known
        same = found is not None and found.server == redis.server
        fooled = known not in {None, found} and not (found and found.waited)
        if found is None or not same or fooled:
            others = bool(redis.consumers.keys() - {self.view.consumer})
            is_copy = found is not None and not same
            waits = known is not None or others or is_copy
            until = now + self.view.lease if waits else now
            found = redis.history = History(redis.server, redis.tick(), until, waits)
            for entry in redis.entries.values():
                if entry.renewed_at > ANY_TIME_AGO:
                    entry.renewed_at = now
        self.known = found

    def write_again(self, claim: Claim) -> bool:
        """Store what *claim* knows and the record does not; return whether there was anything."""
        job, redis = claim.job, self.view.redis
        record = redis.records.get(job.request.request_id)
        if record is None:
            entry = redis.add(wire.encode_request(job.request), at=self.view.clock.monotonic())
            record = self.view.create(job.request, entry, self.view.clock.monotonic())
        elif not _lost(record, job):
            return False
        elif record.entry in redis.entries:
            self.view.hand_back(record.entry)
        else:
            payload = wire.encode_request(job.request)
            record.entry = redis.add(payload, at=self.view.clock.monotonic())
        self._write(record, job, claim.times)
        return True

    def _write(self, record: Record, job: Job, times: Mapping[str, float]) -> None:
        """Have *record* say what a worker knows, and count a payment that it lacks."""
        if job.payment_epoch and record.job.stage is Stage.ACCEPTED:
            now = self.view.clock.monotonic()
            self.view.count_purchase(record, job.price, times.get("paying_at", now))
        elif job.stage is Stage.SETTLED:
            self.view.charge(record, job.price)
        record.job = replace(
            job, epoch=self.view.redis.next_epoch(max(record.job.epoch, job.epoch))
        )
        record.remember(times)

    def complete(self) -> None:
        """Write again what was settled, cancelled and accepted lately, once in each history."""
        if self.complete_in is not None and self.complete_in != self.known:
            for settled in self.view.recent.settled:
                self._resettle(settled)
            for claim in self.view.recent.begun:
                self.write_again(claim)
            for request_id in self.view.recent.cancelled:
                self.view.forestall(request_id)
            for request in self.view.recent.accepted:
                if request.request_id not in self.view.redis.records:
                    at = self.view.clock.monotonic()
                    entry = self.view.redis.add(wire.encode_request(request), at=at)
                    self.view.create(request, entry, at)
        self.complete_in = self.known
        self.proven = True

    def look(self) -> None:
        """Read how far others are with what this worker accepted."""
        records, begun, settled = self.view.redis.records, list[Claim](), list[GenerationRequest]()
        for request in self.view.recent.looked_at:
            record = records.get(request.request_id)
            if (
                record is not None
                and not record.settled
                and record.entry not in self.view.redis.entries
            ):
                payload = wire.encode_request(record.job.request)
                record.entry = self.view.redis.add(payload, at=self.view.clock.monotonic())
            if record is not None and record.settled:
                settled.append(request)
            elif record is not None and record.job.stage is not Stage.ACCEPTED:
                claim = Claim(record.job, "", record.claimed_at or record.heard_at)
                record.refresh(claim)
                begun.append(claim)
        self.view.recent.note_progress(begun, settled)

    def _resettle(self, settled: SettledJob) -> None:
        redis, job = self.view.redis, settled.job
        record = redis.records.get(job.request.request_id)
        if record is not None and record.job.ticket is not None and job.ticket is None:
            return
        if settled.completion not in redis.completions:
            redis.completions.append(settled.completion)
        if record is None:
            record = self.view.create(job.request, "", self.view.clock.monotonic())
        elif record.settled:
            return
        redis.entries.pop(record.entry, None)
        self._write(record, job, settled.times)
        record.completion = settled.completion


def _lost(record: Record, job: Job) -> bool:
    """Whether *record* lacks what *job* says; see `restore.lua`."""
    theirs, ours = RANKS[record.job.stage], RANKS[job.stage]
    other = record.job.payment != job.payment
    payer, right = job.payment
    if record.settled or record.disproved.get(payer, 0) >= right > 0:
        return False
    if record.disowned is not None and record.disowned == job.ticket:
        return False
    if record.job.epoch < job.epoch:
        return theirs < ours or (job.stage is not Stage.ACCEPTED and other)
    return theirs < ours and (record.job.stage is Stage.ACCEPTED or not other)

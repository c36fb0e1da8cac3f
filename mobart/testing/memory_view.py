"""What the in-memory ports of one worker have in common: its view of an `InMemoryRedis`."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from mobart.core import completions, wire
from mobart.core.domain import Completed, Failed, GenerationRequest, Job, Stage
from mobart.core.errors import Code, Paused
from mobart.core.lifecycle import Event, Transition, advance, is_in_doubt
from mobart.core.limits import Limits, SuspensionPolicy, micros
from mobart.core.ports import Acceptance, Claim, Clock, Delivery
from mobart.journal.intake import NO_SUSPENSION
from mobart.journal.keys import SAME_MESSAGE_MS
from mobart.journal.recent import RecentWork, SettledJob
from mobart.testing.memory_redis import ANY_TIME_AGO, InMemoryRedis, Record

NO_LIMITS = Limits()
EARLY = 3600.0
"""Seconds for which the cancellation of a request that nobody knows is remembered."""
SAME_MESSAGE = SAME_MESSAGE_MS / 1000
"""Seconds within which the same id received again is the same message."""


@dataclass(frozen=True, slots=True)
class MemoryView:
    """One worker's view of *redis*, under the name *consumer*; *lease* is in seconds of *clock*."""

    redis: InMemoryRedis
    clock: Clock
    consumer: str
    lease: float
    limits: Limits = NO_LIMITS
    suspension: SuspensionPolicy = NO_SUSPENSION
    user_slots: int = 0
    """Jobs that one user may have, 0 for any number."""
    recent: RecentWork = field(init=False)

    def __post_init__(self) -> None:
        """Remember nothing yet."""
        object.__setattr__(self, "recent", RecentWork(self.clock))

    @property
    def waiting(self) -> bool:
        """Whether Redis may have forgotten who holds what; then nothing is claimed or paid."""
        history = self.redis.history
        opened = history is not None and history.server == self.redis.server
        return not opened or (history is not None and self.clock.monotonic() < history.wait_until)

    def hand_back(self, name: str) -> None:
        """Make an entry look as if nobody had renewed it for long."""
        entry = self.redis.entries[name]
        if entry.consumer is not None:
            entry.consumer, entry.renewed_at = "released", ANY_TIME_AGO

    def create(self, request: GenerationRequest, entry: str, heard: float) -> Record:
        """Write the record of a request that has none."""
        record = Record(Job(request), wire.fingerprint(request), entry, heard_at=heard)
        record.cancelled = self.is_forestalled(request.request_id)
        self.redis.records[request.request_id] = record
        return record

    def forestall(self, request_id: str) -> None:
        """Remember the cancellation of a request that is not known, or note it in its record."""
        record = self.redis.records.get(request_id)
        if record is None:
            self.redis.early[request_id] = self.clock.monotonic()
        elif not record.settled:
            record.cancelled = True

    def is_forestalled(self, request_id: str) -> bool:
        """Whether a request was cancelled before anybody knew of it."""
        since = self.redis.early.get(request_id, ANY_TIME_AGO)
        return self.clock.monotonic() - since < EARLY

    def receive_again(self, record: Record, heard: float) -> Acceptance:
        """Take one more message about a known request."""
        if abs(heard - record.heard_at) < SAME_MESSAGE:
            return Acceptance.REPEATED
        record.heard_at = heard
        if not record.settled:
            return Acceptance.REPEATED
        self.redis.replay(record)
        return Acceptance.REPLAYED

    def take(self, name: str, *, rescued: bool = False) -> Delivery:
        """Deliver an entry to this worker, or renew its lease."""
        entry, at = self.redis.entries[name], self.clock.monotonic()
        entry.consumer, entry.renewed_at = self.consumer, at
        self.redis.consumers[self.consumer] = at
        return Delivery(name, entry.payload, rescued=rescued)

    def count_purchase(self, record: Record, price: float | None, since: float) -> None:
        """Count a right to pay, taken at the monotonic time *since*, and its *price* in USD."""
        age = timedelta(seconds=self.clock.monotonic() - since)
        record.paying_at, record.reserved_on = since, (self.clock.now() - age).date()
        self.redis.spent[record.reserved_on, record.job.request.user_id] += 1
        self.redis.money[record.reserved_on] += micros(price)

    def charge(self, record: Record, cost: float | None) -> None:
        """Correct the price of a purchase to what it turned out to cost."""
        if cost is None or record.reserved_on is None or record.paying_at is None:
            return
        if record.reserved_on == self.clock.now().date():
            self.redis.money[record.reserved_on] += micros(cost) - micros(record.job.price)
        record.job = replace(record.job, price=cost)

    def record_of(self, claim: Claim) -> Record:
        """Return the record of a claimed job."""
        return self.redis.records[claim.request.request_id]

    def same_claim(self, claim: Claim) -> bool:
        """Whether *claim* is the last one of its job, settled or not."""
        record = self.redis.records.get(claim.request.request_id)
        if record is None:
            return False
        return (record.job.epoch, record.entry) == (claim.job.epoch, claim.entry)

    def owns(self, claim: Claim) -> bool:
        """Whether *claim* is that of the job's live owner."""
        return self.same_claim(claim) and not self.record_of(claim).settled

    def refuse_if_paused(self, record: Record | None) -> None:
        """Raise Paused while the kill switch is on; then the waiting time starts anew."""
        if self.redis.paused:
            if record is not None:
                record.claimed_at = None
            raise Paused("the operator paused the namespace")

    def count_offence(self, user_id: str, request_id: str, code: Code) -> None:
        """Count a request that moderation blocked."""
        if self.suspension.counts(code):
            at = self.clock.monotonic()
            self.redis.count_offence(user_id, request_id, self.suspension, at=at)

    def close(self, record: Record, outcome: Completed | Failed) -> None:
        """Store the outcome, announce it, and drop the stream entry."""
        self.charge(record, outcome.cost)
        record.completion = completions.encode_outcome(record.job, outcome, at=self.clock.now())
        record.job = advance(record.job, Transition(Event.OUTCOME_SETTLED, outcome=outcome))
        in_doubt, record.settled_at = is_in_doubt(outcome), self.clock.monotonic()
        record.cancelled = record.cancelled and in_doubt  # then a ticket may open it again
        if isinstance(outcome, Failed):
            request = record.job.request
            self.count_offence(request.user_id, request.request_id, outcome.code)
        entry = self.redis.announce(record.completion)
        settled = replace(record.job, stage=Stage.SETTLED)
        self.recent.note_settled(
            SettledJob(settled, record.completion, entry, in_doubt, times=record.times)
        )
        self.redis.entries.pop(record.entry, None)

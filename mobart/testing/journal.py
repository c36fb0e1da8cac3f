"""The journal in memory: for tests, models and a look at how it works without Redis.

`InMemoryRedis` is what Redis holds; `MemoryJournal` is one worker's view of it.  Stages change only by
`lifecycle.advance`, so this is also the readable version of the scripts.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from mobart.core import completions, wire
from mobart.core.domain import Completed, Failed, GenerationRequest, Job, Paid, Refusal, Stage
from mobart.core.errors import Code, LeaseLost, Paused, Rejected
from mobart.core.lifecycle import Event, IllegalTransition, Transition, advance
from mobart.core.limits import Excess, Limits, SuspensionPolicy, refusal
from mobart.core.ports import Acceptance, Cancellation, Claim, Clock, Delivery
from mobart.journal.intake import CANCELLED, NO_SUSPENSION
from mobart.journal.keys import GONE_AFTER_LEASES, SAME_MESSAGE_MS
from mobart.testing.memory_redis import ANY_TIME_AGO, InMemoryRedis, Record

NO_LIMITS = Limits()
SAME_MESSAGE = SAME_MESSAGE_MS / 1000


class MemoryJournal:
    """Intake, queue, leases and journal of one worker over a `InMemoryRedis`."""

    def __init__(
        self,
        shelf: InMemoryRedis,
        *,
        clock: Clock,
        consumer: str,
        lease: float,
        limits: Limits = NO_LIMITS,
        suspension: SuspensionPolicy = NO_SUSPENSION,
    ) -> None:
        """*lease* is in seconds of *clock*."""
        self._shelf = shelf
        self._clock = clock
        self._consumer = consumer
        self._lease = lease
        self._limits = limits
        self._suspension = suspension

    # ------------------------------------------------------------ Intake

    async def accept(self, request: GenerationRequest) -> Acceptance:
        """See `Intake`."""
        heard = self._clock.monotonic()
        record = self._shelf.records.get(request.request_id)
        if record is None:
            entry = self._shelf.add(wire.encode_request(request), at=heard)
            self._create(request, entry, heard)
            return Acceptance.ACCEPTED
        if record.fingerprint != wire.fingerprint(request):
            return Acceptance.CONFLICTED
        return self._hear_again(record, heard)

    async def refuse(self, refusal: Refusal, *, payload: bytes) -> bool:
        """See `Intake`."""
        if refusal.request_id is None or refusal.request_id in self._shelf.records:
            return False
        digest, heard = hashlib.sha256(payload).hexdigest(), self._clock.monotonic()
        if heard - self._shelf.refusals.get(digest, ANY_TIME_AGO) < SAME_MESSAGE:
            return False
        self._shelf.refusals[digest] = heard
        self._count_offence(refusal.user_id, refusal.request_id, refusal.outcome.code)
        self._shelf.announce(completions.encode_refusal(refusal, at=self._clock.now()))
        return True

    async def cancel(self, request_id: str) -> Cancellation | None:
        """See `Intake`."""
        record = self._shelf.records.get(request_id)
        if record is None or record.job.stage is Stage.SETTLED:
            return None
        if record.job.stage is Stage.PAYING:
            record.cancelled = True
            return None
        paid: Paid = record.job.stage is Stage.PAID
        record.job = replace(record.job, epoch=record.job.epoch + 1)
        self._close(record, Failed(Code.CANCELLED, CANCELLED, paid=paid))
        return Cancellation(record.job.ticket)

    # ------------------------------------------------------------ Queue

    async def receive(self, slots: int, *, wait: float) -> Sequence[Delivery]:
        """See `JobQueue`.  Does not really wait: an empty queue answers at the next turn."""
        del wait
        self._shelf.consumers[self._consumer] = self._clock.monotonic()
        await asyncio.sleep(0)
        fresh = [name for name, entry in self._shelf.entries.items() if entry.consumer is None]
        return [self._take(name, rescued=False) for name in fresh[:slots]]

    async def rescue(self, slots: int, *, held: Iterable[str]) -> Sequence[Delivery]:
        """See `JobQueue`."""
        oldest, mine = self._clock.monotonic() - self._lease, set(held)
        idle = [
            name
            for name, entry in self._shelf.entries.items()
            if entry.consumer is not None and entry.renewed_at <= oldest and name not in mine
        ]
        return [self._take(name, rescued=True) for name in idle[:slots]]

    async def claim(
        self,
        delivery: Delivery,
        request: GenerationRequest,
    ) -> Claim | Acceptance | None:
        """See `JobQueue`."""
        entry = self._shelf.entries.get(delivery.entry)
        if entry is None or entry.consumer != self._consumer:
            return None
        record = self._shelf.records.get(request.request_id)
        if record is None or (record.job.stage, record.entry) == (Stage.ACCEPTED, delivery.entry):
            self._refuse_if_paused(record)
        if record is None:
            record = self._create(request, delivery.entry, entry.added_at)
        if record.entry != delivery.entry or record.fingerprint != wire.fingerprint(request):
            del self._shelf.entries[delivery.entry]
            if record.fingerprint != wire.fingerprint(request):
                return Acceptance.CONFLICTED
            return self._hear_again(record, entry.added_at)
        record.job = advance(record.job, Transition(Event.CLAIMED))
        if record.claimed_at is None:
            record.claimed_at = self._clock.monotonic()
        claim = Claim(record.job, delivery.entry, record.claimed_at)
        _refresh(claim, record)
        return claim

    async def discard(self, delivery: Delivery) -> None:
        """See `JobQueue`."""
        self._shelf.entries.pop(delivery.entry, None)

    # ------------------------------------------------------------ Switch

    async def paused(self) -> bool:
        """See `JobQueue`."""
        return self._shelf.paused

    # ------------------------------------------------------------ Leases

    async def renew(self, claims: Sequence[Claim]) -> Sequence[Claim]:
        """See `JobQueue`."""
        lost = [claim for claim in claims if not self._owns(claim)]
        for claim in claims:
            if claim not in lost:
                self._take(claim.entry, rescued=False)
        return lost

    async def release(self, claim: Claim) -> None:
        """See `JobQueue`."""
        if self._owns(claim):
            entry = self._shelf.entries[claim.entry]
            entry.consumer, entry.renewed_at = "released", ANY_TIME_AGO

    async def count_crash(self, claim: Claim) -> int:
        """See `JobQueue`."""
        if not self._owns(claim):
            return 0
        record = self._record(claim)
        record.crashes += 1
        return record.crashes

    async def retire(self, *, leaving: bool = False) -> Sequence[str]:
        """See `JobQueue`."""
        holding = {entry.consumer for entry in self._shelf.entries.values()}
        silent_since = self._clock.monotonic() - self._lease * GONE_AFTER_LEASES
        removed = [
            name
            for name, seen_at in self._shelf.consumers.items()
            if (seen_at < silent_since or (leaving and name == self._consumer))
            and name not in holding
        ]
        for name in removed:
            del self._shelf.consumers[name]
        return removed

    # ------------------------------------------------------------ Journal

    async def record(self, claim: Claim, transition: Transition) -> None:
        """See `Journal`."""
        advance(claim.job, transition)  # what the table forbids is a bug, whoever owns the job
        record, owned = self._record(claim), self._owns(claim)
        if transition.event is Event.TICKET_RECEIVED:
            self._keep_ticket(record, claim, transition)
        elif owned and not _is_stored(record.job, transition):
            self._apply(record, transition)
        if not owned and not self._settled_by(claim, transition):
            raise LeaseLost(str(transition.event))
        _refresh(claim, record)
        if record.cancelled and record.job.stage is not Stage.PAYING:
            raise Rejected(Code.CANCELLED, CANCELLED)

    async def read(self, claim: Claim) -> None:
        """See `Journal`."""
        if not self._owns(claim):
            raise LeaseLost("read")
        record = self._record(claim)
        _refresh(claim, record)

    # ------------------------------------------------------------ inside

    def _create(self, request: GenerationRequest, entry: str, heard: float) -> Record:
        record = Record(Job(request), wire.fingerprint(request), entry, heard_at=heard)
        self._shelf.records[request.request_id] = record
        return record

    def _hear_again(self, record: Record, heard: float) -> Acceptance:
        if abs(heard - record.heard_at) < SAME_MESSAGE:
            return Acceptance.REPEATED
        record.heard_at = heard
        if record.job.stage is not Stage.SETTLED:
            return Acceptance.REPEATED
        self._shelf.replay(record)
        return Acceptance.REPLAYED

    def _take(self, name: str, *, rescued: bool) -> Delivery:
        entry, at = self._shelf.entries[name], self._clock.monotonic()
        entry.consumer, entry.renewed_at = self._consumer, at
        self._shelf.consumers[self._consumer] = at
        return Delivery(name, entry.payload, rescued=rescued)

    def _record(self, claim: Claim) -> Record:
        return self._shelf.records[claim.request.request_id]

    def _owns(self, claim: Claim) -> bool:
        record = self._record(claim)
        held = (record.job.epoch, record.entry) == (claim.job.epoch, claim.entry)
        return held and record.job.stage is not Stage.SETTLED

    def _settled_by(self, claim: Claim, transition: Transition) -> bool:
        """Whether *claim* settled the job before, and was not told."""
        record = self._record(claim)
        held = (record.job.epoch, record.entry) == (claim.job.epoch, claim.entry)
        return held and transition.event is Event.OUTCOME_SETTLED

    def _apply(self, record: Record, transition: Transition) -> None:
        if transition.outcome is not None:
            self._close(record, transition.outcome)
            return
        if transition.event is Event.PAYMENT_STARTED and record.cancelled:
            raise Rejected(Code.CANCELLED, CANCELLED)
        if transition.event is Event.PAYMENT_STARTED:
            self._refuse_if_paused(record)
            self._reserve(record)
        elif record.reserved_on is not None and not transition.doubted:
            self._shelf.spent[record.reserved_on, record.job.request.user_id] -= 1
        record.job = advance(record.job, transition)
        if record.job.stage is Stage.PAYING:
            record.paying_at = self._clock.monotonic()
            self._take(record.entry, rescued=False)

    def _refuse_if_paused(self, record: Record | None) -> None:
        if self._shelf.paused:
            if record is not None:
                record.claimed_at = None
            raise Paused("the shelf")

    def _reserve(self, record: Record) -> None:
        today, user = self._clock.now().date(), record.job.request.user_id
        spent = self._shelf.spent
        if self._clock.monotonic() < self._shelf.suspended.get(user, ANY_TIME_AGO):
            raise refusal(Excess.SUSPENDED)
        excess = self._limits.excess(
            busy=self._shelf.busy(user),
            of_user=spent[today, user],
            of_all=sum(count for (day, _), count in spent.items() if day == today),
        )
        if excess is not None:
            raise refusal(excess)
        record.reserved_on = today
        spent[today, user] += 1

    def _count_offence(self, user_id: str, request_id: str, code: Code) -> None:
        if self._suspension.counts(code):
            at = self._clock.monotonic()
            self._shelf.count_offence(user_id, request_id, self._suspension, at=at)

    def _keep_ticket(self, record: Record, claim: Claim, transition: Transition) -> None:
        if record.job.payment_epoch != claim.job.payment_epoch or record.job.ticket is not None:
            if record.job.ticket != transition.ticket:
                raise LeaseLost("another ticket")
            return
        try:
            record.job = advance(record.job, transition)
        except IllegalTransition as error:
            raise LeaseLost(str(error)) from error
        record.paid_at = self._clock.monotonic()
        if record.job.correction:
            payload = wire.encode_request(record.job.request)
            record.entry = self._shelf.add(payload, at=self._clock.monotonic())

    def _close(self, record: Record, outcome: Completed | Failed) -> None:
        record.completion = completions.encode_outcome(record.job, outcome, at=self._clock.now())
        record.job = advance(record.job, Transition(Event.OUTCOME_SETTLED, outcome=outcome))
        record.cancelled = False
        if isinstance(outcome, Failed):
            request = record.job.request
            self._count_offence(request.user_id, request.request_id, outcome.code)
        self._shelf.announce(record.completion)
        self._shelf.entries.pop(record.entry, None)


def _refresh(claim: Claim, record: Record) -> None:
    """Put what is recorded into *claim*."""
    claim.job, claim.paying_at, claim.paid_at = record.job, record.paying_at, record.paid_at


def _is_stored(job: Job, transition: Transition) -> bool:
    """Whether a repeated record changes nothing."""
    if transition.event is Event.PAYMENT_STARTED:
        return job.stage is Stage.PAYING and job.payment_epoch == job.epoch
    return transition.event is Event.PAYMENT_DISPROVED and job.stage is Stage.ACCEPTED

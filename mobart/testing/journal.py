"""`Journal` in memory: the readable version of the scripts.

Stages change only by `lifecycle.advance`; what is written around that is what the table cannot say:
who may write, what is counted, and which repeated write changes nothing.
"""

from contextlib import suppress
from dataclasses import dataclass, replace

from mobart.core import wire
from mobart.core.domain import Failed, Job, Stage, Ticket
from mobart.core.errors import Cancelled, Code, LeaseLost, Rejected, Unavailable
from mobart.core.lifecycle import Event, IllegalTransition, Transition, advance
from mobart.core.limits import Excess, micros, refusal
from mobart.core.ports import Claim
from mobart.journal.failures import AWAY
from mobart.journal.intake import CANCELLED
from mobart.journal.record import PROOFS, REPLACED
from mobart.testing.memory_history import MemoryHistory
from mobart.testing.memory_redis import ANY_TIME_AGO, Record
from mobart.testing.memory_view import MemoryView


@dataclass(frozen=True, slots=True)
class MemoryJournal:
    """Keeps the record of claimed jobs as `RedisJournal` does."""

    view: MemoryView
    history: MemoryHistory

    async def record(self, claim: Claim, transition: Transition) -> None:
        """See `Journal`."""
        transition = claim.numbered(transition)
        advance(
            claim.job, transition
        )  # what the table forbids is a bug, whichever worker owns the job
        if not self._is_known(claim, transition):
            raise LeaseLost("gone")
        record, owned = self.view.record_of(claim), self.view.owns(claim)
        if transition.event is Event.TICKET_RECEIVED:
            self._keep_ticket(record, claim, transition)
        elif owned and _is_late(record.job, claim.job, transition):
            raise LeaseLost("a late copy")
        elif owned and not _is_stored(record.job, transition):
            self._apply(record, transition)
        settled_before = self.view.same_claim(claim) and transition.outcome is not None
        if not owned and not settled_before:
            self._write_again(claim, transition)
            raise LeaseLost(str(transition.event))
        record.refresh(claim)
        if record.cancelled and record.job.stage is not Stage.PAYING:
            raise Rejected(Code.CANCELLED, CANCELLED)

    async def read(self, claim: Claim) -> None:
        """See `Journal`."""
        if not self.view.owns(claim):
            outcome = self.view.record_of(claim).job.outcome
            if isinstance(outcome, Failed) and outcome.code is Code.CANCELLED:
                raise Cancelled("read")
            raise LeaseLost("read")
        record = self.view.record_of(claim)
        record.refresh(claim)
        if record.cancelled and record.job.stage is Stage.PAID:
            raise Rejected(Code.CANCELLED, CANCELLED)

    async def adopt(self, request_id: str, ticket: Ticket) -> None:
        """See `RedisJournal.adopt`."""
        record = self.view.redis.records.get(request_id)
        if record is None or not record.job.payment_epoch or record.job.ticket is not None:
            return
        if any(other.job.ticket == ticket for other in self.view.redis.records.values()):
            return
        if record.job.provider in {"", ticket.provider}:
            with suppress(IllegalTransition):
                self._store_ticket(record, Transition(Event.TICKET_RECEIVED, ticket=ticket))
                record.adopted = True

    def _is_known(self, claim: Claim, transition: Transition) -> bool:
        """Whether there is a record; if not, write it again."""
        known = claim.request.request_id in self.view.redis.records
        if not known:
            self._write_again(claim, transition)
        return known

    def _write_again(self, claim: Claim, transition: Transition) -> None:
        """Store what *claim* knows, and what was proven, where the record lost it."""
        proof = transition.event in PROOFS
        job = advance(claim.job, transition) if proof else claim.job
        self.history.write_again(replace(claim, job=job))

    def _apply(self, record: Record, transition: Transition) -> None:
        if transition.outcome is not None:
            self.view.close(record, transition.outcome)
            return
        if transition.event is Event.PAYMENT_STARTED and record.cancelled:
            raise Rejected(Code.CANCELLED, CANCELLED)
        if transition.event is Event.PAYMENT_STARTED:
            if self.view.waiting:
                raise Unavailable(Code.INTERNAL, AWAY, detail=REPLACED)
            if (
                record.job.stage is Stage.PAYING
            ):  # under another number of this claim: see `pay.lua`
                self._ask_again(record, transition)
                return
            self.view.refuse_if_paused(record)
            self._reserve(record, transition.price)
        elif record.reserved_on is not None and not transition.doubted:
            self.view.redis.spent[record.reserved_on, record.job.request.user_id] -= 1
            self.view.redis.money[record.reserved_on] -= micros(record.job.price)
        if transition.event is Event.PAYMENT_DISPROVED:
            payer, right = record.job.payment
            record.disproved[payer] = right
        record.job = advance(record.job, transition)
        if record.job.stage is Stage.PAYING:
            self.view.take(record.entry)

    def _ask_again(self, record: Record, transition: Transition) -> None:
        self.view.charge(record, transition.price)
        record.job = replace(record.job, provider=transition.provider, right=transition.right)
        record.paying_at = self.view.clock.monotonic()

    def _reserve(self, record: Record, price: float | None) -> None:
        """Count a payment.  Raises Rejected if it would exceed a limit."""
        today, user = self.view.clock.now().date(), record.job.request.user_id
        redis = self.view.redis
        if self.view.clock.monotonic() < redis.suspended.get(user, ANY_TIME_AGO):
            raise refusal(Excess.SUSPENDED, now=self.view.clock.now())
        excess = self.view.limits.excess(
            busy=redis.busy(user),
            of_user=redis.spent[today, user],
            of_all=sum(count for (day, _), count in redis.spent.items() if day == today),
            spent=redis.money[today],
            price=micros(price),
        )
        if excess is not None:
            raise refusal(excess, now=self.view.clock.now())
        self.view.count_purchase(record, price, self.view.clock.monotonic())

    def _keep_ticket(self, record: Record, claim: Claim, transition: Transition) -> None:
        """Store a ticket that the payment of *claim* bought, whichever worker owns the job by now."""
        ours = record.job.payment == claim.job.payment
        if ours and record.adopted and record.job.stage is Stage.PAID:
            record.job, record.adopted = replace(record.job, ticket=transition.ticket), False
            return
        if not ours or record.job.ticket is not None:
            if record.job.ticket != transition.ticket:
                self._write_again(claim, transition)
                raise LeaseLost("another ticket")
            return
        try:
            self._store_ticket(record, transition)
        except IllegalTransition as error:
            self._write_again(claim, transition)
            raise LeaseLost(str(error)) from error

    def _store_ticket(self, record: Record, transition: Transition) -> None:
        """Store a ticket where there is none.  Raises IllegalTransition."""
        advance(record.job, transition)
        self._disown(transition.ticket)
        self.view.charge(record, transition.ticket.cost if transition.ticket else None)
        record.job = advance(record.job, transition)
        record.paid_at = self.view.clock.monotonic()
        if record.job.correction:
            payload = wire.encode_request(record.job.request)
            record.entry = self.view.redis.add(payload, at=self.view.clock.monotonic())

    def _disown(self, ticket: Ticket | None) -> None:
        """Take a ticket from the job that has it by a callback."""
        for other in self.view.redis.records.values():
            if other.adopted and other.job.ticket == ticket and other.job.stage is Stage.PAID:
                epoch = other.job.epoch + 1
                other.job = replace(other.job, stage=Stage.PAYING, ticket=None, epoch=epoch)
                other.adopted, other.disowned = False, ticket


def _is_late(job: Job, claimed: Job, transition: Transition) -> bool:
    """Whether it concerns another right to pay than the one that *job* has now."""
    paying = job.stage is Stage.PAYING
    if transition.event is Event.PAYMENT_STARTED:
        return transition.right < job.right or (transition.right == job.right and not paying)
    disproved = transition.event is Event.PAYMENT_DISPROVED
    return disproved and paying and job.payment != claimed.payment


def _is_stored(job: Job, transition: Transition) -> bool:
    """Whether a repeated record changes nothing."""
    if transition.event is Event.PAYMENT_STARTED:
        return job.stage is Stage.PAYING and job.right == transition.right
    return transition.event is Event.PAYMENT_DISPROVED and job.stage is Stage.ACCEPTED

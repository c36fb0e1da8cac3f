"""A submit that may have been accepted: the provider is asked, and nothing is paid again unproven."""

from dataclasses import dataclass

from mobart.core.domain import Lookup, Stage, Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.lifecycle import Event, Transition
from mobart.core.ports import Claim, Clock, ImageProvider, Journal, Observer
from mobart.core.retry import Retrier
from mobart.jobs.spec import JobContext
from mobart.jobs.terms import Terms

DISPROVED = Transition(Event.PAYMENT_DISPROVED)
GIVEN_UP = Transition(Event.PAYMENT_DISPROVED, doubted=True)
REPEAT_AFTER, REPEAT_EVERY = 10.0, 30.0
"""Seconds from a submit to its first repetition, and from one to the next."""
ASK_EVERY = 2.0
"""Seconds between two lookups of a submit in doubt."""
NO_ANSWER = "The image provider did not confirm the request; it may or may not have been charged."
NOT_TAKEN = "The image provider did not take the request in time."


@dataclass(frozen=True, slots=True)
class Doubts:
    """Finds out whether a `PAYING` job was paid; what stays unknown is the operator's choice."""

    journal: Journal
    observer: Observer
    clock: Clock
    retrier: Retrier
    terms: Terms

    async def resolve(self, context: JobContext, provider: ImageProvider) -> Ticket | None:
        """Return the ticket that *provider* knows; None if the job has left `PAYING` without one.

        Raises:
            Rejected: nobody knows, and the operator wants no second payment.
            LeaseLost: another worker has the job.
        """
        claim = context.claim
        context.slot.give_back()
        decided_at = self._decided_at(claim, provider)
        repeat_at = claim.submitted_at + REPEAT_AFTER
        while claim.job.stage is Stage.PAYING:
            # By when it is asked: what is answered late was looked up before the window ended.
            left = decided_at - self.clock.monotonic()
            ticket = await self._find(context, provider)
            if ticket is None and left > 0 and self.clock.monotonic() >= repeat_at:
                repeat_at = self.clock.monotonic() + REPEAT_EVERY
                ticket = await self._repeat(context, provider)
            if ticket is not None:
                return ticket
            if left <= 0:
                await self._decide(claim, provider)
                return None
            # Not past the end of the window: there it is asked once more, and only then decided.
            await self.clock.sleep(min(ASK_EVERY, left))
            await self.retrier.retry(lambda: self.journal.read(claim))
        return None

    def _decided_at(self, claim: Claim, provider: ImageProvider) -> float:
        """Return the monotonic time from which "not found" may be believed.

        The worker that took the right to pay may only be frozen, and submit when it wakes: until
        its lease, its submit timeout and the clocks' skew are over, nothing is proven.  A worker's
        own doubt is older than its submit, so where nothing can turn up later it need not wait.  Where
        a submit may be repeated, it is tried for as long as a payment.
        """
        can = provider.capabilities
        if can.idempotent:
            return claim.claimed_at + self.terms.job_deadline
        own = claim.job.payment_epoch == claim.job.epoch
        if own and (can.lookup is Lookup.NONE or can.immediate):
            return self.clock.monotonic()
        window = self.terms.lease + can.submit_timeout + self.terms.clock_skew
        return claim.submitted_at + window

    async def _find(self, context: JobContext, provider: ImageProvider) -> Ticket | None:
        """Look it up; a provider that cannot be asked is waited for, unless the submit may be repeated.

        Raises Rejected: it could not be asked until the job's deadline, so nobody knows what was bought.
        """
        can, order = provider.capabilities, context.order_for(provider)
        if can.lookup is Lookup.NONE:
            return None
        until = context.claim.claimed_at + self.terms.job_deadline
        try:
            if can.idempotent:
                return await provider.find(order)
            return await self.retrier.retry(lambda: provider.find(order), until=until)
        except (Rejected, Unavailable) as no:
            if can.free:
                raise
            code, detail = no.code, f"not looked up: {no}"
        if not can.idempotent:
            raise Rejected(_told_as(context.claim), NO_ANSWER, detail=detail)
        self._note(code, detail)
        return None

    def _note(self, code: Code, detail: str) -> None:
        self.observer.note(LogEvent.JOB_DELAYED, code=str(code), detail=detail)

    async def _repeat(self, context: JobContext, provider: ImageProvider) -> Ticket | None:
        """Send the submit again under the same right to pay, where that cannot buy a second time.

        Only a ticket says anything: what refuses the repetition (no credit is left, say) may have
        accepted the first.  Without the picture that the request refers to it would be another order.
        """
        lacking = context.request.reference and context.reference is None
        if lacking or not provider.capabilities.idempotent:
            return None
        try:
            return await provider.submit(context.order_for(provider))
        except (Rejected, Unavailable, InDoubt) as unknown:
            self._note(unknown.code, f"repeated: {unknown}")
            return None

    async def _decide(self, claim: Claim, provider: ImageProvider) -> None:
        """Allow a new payment where that is free, proven to be the first, or chosen once."""
        late = self.clock.monotonic() >= claim.claimed_at + self.terms.job_deadline
        proven = provider.capabilities.lookup is Lookup.COMPLETE or provider.capabilities.free
        if not proven:
            if late or claim.paid_again or self.terms.in_doubt == "fail":
                raise Rejected(_told_as(claim), NO_ANSWER)
            claim.paid_again = True
        verdict = DISPROVED if proven else GIVEN_UP
        await self.retrier.retry(lambda: self.journal.record(claim, verdict))
        if late:
            raise Rejected(Code.PROVIDER_UNAVAILABLE, NOT_TAKEN)


def _told_as(claim: Claim) -> Code:
    return claim.doubt or Code.SUBMIT_UNKNOWN

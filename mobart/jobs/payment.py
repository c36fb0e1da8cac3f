"""Paying: at most once for a request, whatever happens.

    accepted ──record the right to pay──> paying ──submit──> ticket ──record it──> paid
                                             │
                                             └── no proof either way: in doubt (see `doubt`)

The protocol, and why it is safe:

1. The right to pay is recorded first, under the claim's epoch.  The journal grants it only to the
   owner of an `ACCEPTED` job, so of two workers that believe they own a job one gets it.
2. The submit follows at once and is sent a single time.  Where an error proves that nothing was
   accepted (`Rejected`, `Unavailable`), the right is given back, and then the next provider may
   be asked, each under a right of its own.  Everything else leaves the job `PAYING`.
3. The ticket is recorded under the right to pay, not under the lease: a worker that was frozen
   during its submit may bring it in late, and the job goes on from it.
4. A job that is found `PAYING` is never submitted again before it is proven that nothing was
   bought, or the operator chose to risk it.  Its provider is looked up instead; where the provider
   recognises a repeated submit by its key, repeating it is such a look-up.

So a crash between any two lines leaves either no payment, or a recorded right that says whom to ask.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mobart.core.domain import Failed, Job, Outcome, Paid, Stage, Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.lifecycle import Event, Transition
from mobart.core.orders import Order
from mobart.core.ports import Claim, Clock, ImageProvider, Journal, Observer
from mobart.core.retry import Retrier
from mobart.jobs.cancellation import Cancellations
from mobart.jobs.doubt import DISPROVED, Doubts
from mobart.jobs.losses import PaidLosses
from mobart.jobs.references import NO_TAKER, References, refused
from mobart.jobs.routing import ProviderRouter
from mobart.jobs.spec import JobContext
from mobart.jobs.terms import Terms

T = TypeVar("T")
No = Rejected | Unavailable
"""A provider's proof that it accepted nothing."""
PriceOf = Callable[[str, Order], float | None]
FINAL = frozenset({Code.MODERATION_BLOCKED, Code.PROMPT_REJECTED, Code.PROMPT_FLAG_NOT_ALLOWED})
"""Codes that concern the prompt and not the provider: no other provider is asked."""
PAID_IN: dict[Stage, Paid] = {Stage.ACCEPTED: False, Stage.PAYING: "unknown", Stage.PAID: True}
FROZEN = "The request could not be sent in time."


def price_unknown(provider: str, order: Order) -> float | None:
    """Know no price."""
    del provider, order
    return None


@dataclass(frozen=True, slots=True)
class Payment:
    """Brings a job to `PAID`."""

    journal: Journal
    router: ProviderRouter
    cancellations: Cancellations
    observer: Observer
    clock: Clock
    retrier: Retrier
    terms: Terms
    losses: PaidLosses = field(default_factory=PaidLosses)
    """Stops buying where what is paid comes to nothing."""
    price_of: PriceOf = price_unknown
    """What an order costs at a provider in USD; None where nobody knows that."""
    references: References | None = None
    """Fetches the pictures that requests refer to."""

    def note_outcome(self, provider: str, outcome: Outcome) -> None:
        """Learn from the outcome of a job that *provider* was paid for."""
        seconds = self.losses.note(provider, outcome, now=self.clock.monotonic())
        if seconds is not None and isinstance(outcome, Failed):
            detail = f"paid for nothing: {outcome.code}"
            self.observer.note(
                LogEvent.CIRCUIT_OPENED, provider=provider, seconds=seconds, detail=detail
            )

    def spent(self, job: Job) -> Paid:
        """Return whether money was spent on an unsettled job.

        A free provider never takes any, and neither does a job that uses another one's payment.
        """
        if job.reuses:
            return False
        provider = self.router.get_provider(job.provider)
        return False if provider.capabilities.free else PAID_IN[job.stage]

    def paints_pixel_art(self, job: Job) -> bool:
        """Return whether the provider of a paid job delivers pixel art at its native size."""
        return self.router.get_provider(job.provider).capabilities.pixel_art

    async def ensure(self, context: JobContext) -> None:
        """Return once the job is paid.  Raises Rejected, LeaseLost or Paused."""
        claim = context.claim
        try:
            await self._ensure(context)
        except Rejected as no:
            if no.code is Code.CANCELLED and claim.job.ticket is not None and not claim.job.reuses:
                self.cancellations.start(claim.job.ticket)
            raise
        context.reference = None  # it is not needed any more, and takes memory

    async def _ensure(self, context: JobContext) -> None:
        claim = context.claim
        if claim.job.stage is Stage.PAID:  # only who stored the ticket was told of a cancellation
            await self.retrier.retry(lambda: self.journal.read(claim))
        doubts = Doubts(self.journal, self.observer, self.clock, self.retrier, self.terms)
        while claim.job.stage is not Stage.PAID:
            if claim.job.stage is Stage.ACCEPTED:
                await self._pay(context)
                continue
            provider = self.router.get_provider(claim.job.provider)
            if provider.capabilities.idempotent:
                with suppress(Rejected):  # then the submit is looked up, and not repeated
                    await self._fetch_reference(context)
            ticket = await doubts.resolve(context, provider)
            if ticket is not None:
                self.observer.note(LogEvent.JOB_ADOPTED, ticket=ticket.reference)
                await self._keep(claim, ticket)

    async def _pay(self, context: JobContext) -> None:
        """Buy the generation, or leave the job `PAYING` if the answer is in doubt."""
        claim = context.claim
        until = claim.claimed_at + self.terms.job_deadline
        try:
            await self.retrier.retry(
                lambda: context.slot.work(lambda: self._buy(context)), until=until
            )
        except InDoubt as doubt:
            provider = claim.job.provider
            self.observer.note(LogEvent.JOB_DOUBTED, provider=provider, detail=str(doubt))
            claim.doubt = doubt.code

    async def _buy(self, context: JobContext) -> None:
        """Buy from the first provider that accepts the order; each is asked under a right of its own.

        Raises:
            Rejected: all refused for good, or one refused the prompt itself.
            Unavailable: none accepted, and at least one may do so later.
            InDoubt: one may have accepted.
        """
        refusals = list[No]()
        await self._fetch_reference(context)
        for provider in self._candidates(context):
            if refusals:
                detail, name = str(refusals[-1]), provider.name
                self.observer.note(LogEvent.JOB_PASSED_ON, provider=name, detail=detail)
            if await self._ask(context, provider, refusals):
                return
            if refusals[-1].code in FINAL:
                del refusals[:-1]
                break
        try:
            raise _combined(refusals)
        finally:
            refusals.clear()  # or it would refer to itself, by its traceback, and the job be kept

    async def _ask(self, context: JobContext, provider: ImageProvider, refusals: list[No]) -> bool:
        """Buy from one provider and return True, or, if it is proven that nothing was bought, add the refusal."""
        no: No | None = self.losses.refusal(provider.name, now=self.clock.monotonic())
        no = no or await uncut(self._submit(context, provider))
        refusals += [no] if no else []
        return no is None

    def _candidates(self, context: JobContext) -> Sequence[ImageProvider]:
        """Return the providers to ask: those that can go by the picture that is referred to.

        Raises Rejected: none can.
        """
        asked = self.router.candidates(context.spec.wording.template.providers)
        if not context.request.reference:
            return asked
        takers = [provider for provider in asked if provider.capabilities.references]
        if not takers:
            raise refused(NO_TAKER)
        return takers

    async def _fetch_reference(self, context: JobContext) -> None:
        """Have the picture that the request refers to at hand; nothing is paid without it.

        Raises Rejected.
        """
        text = context.request.reference
        if isinstance(text, str) and text and self.references and context.reference is None:
            context.reference = await self.references.fetch(text)

    async def _submit(self, context: JobContext, provider: ImageProvider) -> No | None:
        """Take the right to pay, use it at once, and record the ticket; return a proven refusal."""
        claim, order = context.claim, context.order_for(provider)
        asked = self.clock.monotonic()
        price = 0.0 if provider.capabilities.free else self.price_of(provider.name, order)
        started = Transition(Event.PAYMENT_STARTED, provider=provider.name, price=price)
        await self.journal.record(claim, started)
        # Nothing may be awaited between this line and the submit: a worker that takes the job over
        # counts on the submit leaving, if at all, within this lease.
        try:
            self._refuse_if_frozen_since(asked)
            ticket = await provider.submit(order)
        except (Rejected, Unavailable) as no:
            await self.retrier.retry(lambda: self.journal.record(claim, DISPROVED))
            return no
        await self._keep(claim, ticket, since=asked)
        return None

    def _refuse_if_frozen_since(self, asked: float) -> None:
        """Raise Unavailable, so that the right is given back, if the lease may have run out.

        Recording the right renewed the lease; a process or machine that was suspended between then
        and now may have been declared dead.  A freeze between this line and the first byte on the
        wire is the one gap left.  Even then nobody else pays: the next owner finds the job `PAYING`
        and waits, before it believes "not found", as long as such a submit could take.
        """
        if self.clock.monotonic() - asked > self.terms.lease / 2:
            raise Unavailable(Code.INTERNAL, FROZEN, detail="frozen before the submit")

    async def _keep(self, claim: Claim, ticket: Ticket, *, since: float | None = None) -> None:
        """Record the ticket, however long that takes: it is all that proves the payment."""
        received = Transition(Event.TICKET_RECEIVED, ticket=ticket)
        await self.retrier.retry(lambda: self.journal.record(claim, received))
        took = None if since is None else round(self.clock.monotonic() - since, 3)
        self.observer.note(
            LogEvent.JOB_PAID, provider=ticket.provider, ticket=ticket.reference, seconds=took
        )


def _combined(refusals: list[No]) -> No:
    """Return Unavailable if any provider may be asked again, else the first refusal.

    The first provider is the preferred one, so its code and sentence are used.
    """
    away = [no for no in refusals if isinstance(no, Unavailable)]
    if not away:
        return refusals[0]
    soonest = min(no.retry_after or 0.0 for no in away)
    return Unavailable(away[0].code, away[0].sentence, retry_after=soonest, detail=str(away[0]))


async def uncut(act: Coroutine[Any, Any, T]) -> T:
    """Run *act* to its end however often its job is cancelled, then raise the first CancelledError."""
    task = asyncio.create_task(act)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # mark it as retrieved; what it means is in the journal
        raise
    finally:
        del task  # or its error would refer to itself, by its traceback

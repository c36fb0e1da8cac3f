"""Paying: at most once for a request, whatever happens.

    accepted ──record the right to pay──> paying ──submit──> ticket ──record it──> paid
                                             │
                                             └── no proof either way: in doubt

The submit is never sent again once its bytes may have left.  What proves that nothing was accepted
gives the right back, and then the next provider may be asked; anything else is a doubt, which is
asked about and never paid away.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from mobart.core.domain import GenerationRequest, Lookup, Order, Stage, Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.lifecycle import Event, Transition
from mobart.core.ports import Claim, Clock, ImageProvider, Journal, Observer
from mobart.core.retry import Retrier
from mobart.core.wire import Refusal
from mobart.jobs.routing import ProviderRouter

T = TypeVar("T")
No = Rejected | Unavailable
"""A provider's proof that it took nothing."""
DISPROVED = Transition(Event.PAYMENT_DISPROVED)
GIVEN_UP = Transition(Event.PAYMENT_DISPROVED, doubted=True)
FINAL = frozenset({Code.MODERATION_BLOCKED, Code.PROMPT_REJECTED, Code.PROMPT_FLAG_NOT_ALLOWED})
"""What is said of the prompt, not of the provider: nobody else is asked either."""
ASK_EVERY = 2.0
"""Seconds between two questions about a submit in doubt."""
NO_ANSWER = "The image provider did not confirm the request; it may or may not have been charged."
NOT_TAKEN = "The image provider did not take the request in time."
FROZEN = "The request could not be sent in time."


def worded_as_it_is(request: GenerationRequest, _: ImageProvider) -> Order:
    """Order the prompt as it came."""
    return Order(request.request_id, request.user_id, request.prompt)


@dataclass(frozen=True, slots=True)
class Terms:
    """The operator's numbers about paying; all times in seconds."""

    job_deadline: float = 3600.0
    lease: float = 30.0
    clock_skew: float = 5.0
    in_doubt: Literal["fail", "retry"] = "fail"


@dataclass(frozen=True, slots=True)
class Payment:
    """Brings a job to `PAID`."""

    journal: Journal
    router: ProviderRouter
    observer: Observer
    clock: Clock
    retrier: Retrier
    terms: Terms
    wording: Callable[[GenerationRequest, ImageProvider], Order] = worded_as_it_is
    """What of a request a provider gets; raises Rejected for what it must not get."""
    cancel_generation: Callable[[Ticket], None] = lambda _: None
    """Told of generations that are paid and no longer wanted; returns at once."""

    async def ensure(self, claim: Claim, refusal: Refusal | None = None) -> None:
        """Return once *claim* is paid, unless there is a *refusal*.  Raises Rejected or LeaseLost."""
        if refusal is not None:
            raise Rejected(refusal.code, refusal.sentence, detail=refusal.reason)
        while claim.job.stage is not Stage.PAID:
            if claim.job.stage is Stage.ACCEPTED:
                await self._pay(claim)
            else:
                await self._resolve_doubt(claim)

    async def _pay(self, claim: Claim) -> None:
        """Buy the generation, or leave the job `PAYING` if the answer is in doubt."""
        until = claim.began[None] + self.terms.job_deadline
        try:
            await self.retrier.retry(lambda: self._buy(claim), until=until)
        except InDoubt as doubt:
            provider = claim.job.provider
            self.observer.note(LogEvent.JOB_DOUBTED, provider=provider, detail=str(doubt))
            claim.doubt = doubt

    async def _buy(self, claim: Claim) -> None:
        """Buy from the first provider that takes the order; each is asked under a right of its own.

        Raises:
            Rejected: all said no for good, or the first to object meant the prompt.
            Unavailable: not all did; asking all of them again makes sense.

        """
        refusals = list[No]()
        for provider in self.router.candidates(claim.request):
            if refusals:
                detail, name = str(refusals[-1]), provider.name
                self.observer.note(LogEvent.JOB_PASSED_ON, provider=name, detail=detail)
            no = await uncut(self._submit(claim, provider))
            if no is None:
                return
            if no.code in FINAL:
                raise no
            refusals.append(no)
        raise _verdict(refusals)

    async def _submit(self, claim: Claim, provider: ImageProvider) -> No | None:
        """Take the right to pay, use it at once, and keep what it bought; return a proven no."""
        order = self.wording(claim.request, provider)
        asked = self.clock.monotonic()
        started = Transition(Event.PAYMENT_STARTED, provider=provider.name)
        await self.journal.record(claim, started)
        try:
            self._refuse_if_frozen_since(asked)
            ticket = await provider.submit(order)
        except (Rejected, Unavailable) as no:
            await self.retrier.retry(lambda: self.journal.record(claim, DISPROVED))
            return no
        await self._keep(claim, ticket)
        return None

    def _refuse_if_frozen_since(self, asked: float) -> None:
        """Give the right to pay back unused if the lease may have run out since *asked*.

        Recording the right renewed the lease; a process or machine that was suspended between
        then and now may have been declared dead.  A freeze between this line and the first byte
        on the wire is the one gap left, and even then nobody else pays: whoever takes the job
        over finds it `PAYING`, and asks.
        """
        if self.clock.monotonic() - asked > self.terms.lease / 2:
            raise Unavailable(Code.INTERNAL, FROZEN, detail="frozen before the submit")

    async def _keep(self, claim: Claim, ticket: Ticket) -> None:
        received = Transition(Event.TICKET_RECEIVED, ticket=ticket)
        try:
            await self.retrier.retry(lambda: self.journal.record(claim, received))
        except Rejected:  # it was cancelled meanwhile: stored, and wanted by nobody
            self.cancel_generation(ticket)
            raise
        self.observer.note(LogEvent.JOB_PAID, provider=ticket.provider, ticket=ticket.reference)

    async def _resolve_doubt(self, claim: Claim) -> None:
        """Find out whether the submit was accepted; what stays unknown is the operator's choice."""
        provider = self.router.get_provider(claim.job.provider)
        decided_at = self._decided_at(claim, provider)
        while claim.job.stage is Stage.PAYING:
            ticket = await self._find(claim, provider)
            if ticket is not None:
                self.observer.note(LogEvent.JOB_ADOPTED, ticket=ticket.reference)
                return await self._keep(claim, ticket)
            left = decided_at - self.clock.monotonic()
            if left <= 0:
                return await self._decide(claim, provider)
            await self.clock.sleep(min(ASK_EVERY, left))
            await self.retrier.retry(lambda: self.journal.read(claim))
        return None

    def _decided_at(self, claim: Claim, provider: ImageProvider) -> float:
        """Return the monotonic time from which "not found" may be believed.

        Whoever took the right to pay may be merely frozen, and submit when it wakes: until its
        lease, its submit timeout and the clocks' skew are over, nothing is proven.  Its own doubt
        is older than its submit, so where nothing can turn up later there is nothing to wait for.
        """
        can = provider.capabilities
        own = claim.job.payment_epoch == claim.job.epoch
        if own and (can.lookup is Lookup.NONE or can.immediate):
            return self.clock.monotonic()
        window = self.terms.lease + can.submit_timeout + self.terms.clock_skew
        return claim.began[Stage.PAYING] + window

    async def _find(self, claim: Claim, provider: ImageProvider) -> Ticket | None:
        if provider.capabilities.lookup is Lookup.NONE:
            return None
        try:
            order = self.wording(claim.request, provider)
        except Rejected:  # the rules were changed after the submit
            order = worded_as_it_is(claim.request, provider)
        return await self.retrier.retry(
            lambda: provider.find(order),
            until=claim.began[None] + self.terms.job_deadline,
        )

    async def _decide(self, claim: Claim, provider: ImageProvider) -> None:
        """Pay anew where that is free, or proven to be, or chosen; none of it goes on for ever."""
        code = claim.doubt.code if claim.doubt else Code.SUBMIT_UNKNOWN
        late = self.clock.monotonic() >= claim.began[None] + self.terms.job_deadline
        proven = provider.capabilities.lookup is Lookup.COMPLETE or provider.capabilities.free
        if not proven:
            if late or claim.paid_again or self.terms.in_doubt == "fail":
                raise Rejected(code, NO_ANSWER)
            claim.paid_again = True
        verdict = DISPROVED if proven else GIVEN_UP
        await self.retrier.retry(lambda: self.journal.record(claim, verdict))
        if late:
            raise Rejected(Code.PROVIDER_UNAVAILABLE, NOT_TAKEN)


def _verdict(refusals: list[No]) -> No:
    """Return what several proven noes come to: patience with those that may still say yes.

    The first provider is the one that was wanted, so its words are the ones that are told.
    """
    away = [no for no in refusals if isinstance(no, Unavailable)]
    if not away:
        return refusals[0]
    soonest = min(no.retry_after or 0.0 for no in away)
    return Unavailable(away[0].code, away[0].sentence, retry_after=soonest, detail=str(away[0]))


async def uncut(act: Coroutine[Any, Any, T]) -> T:
    """Run *act* to its end however often its job is cancelled, then let the first cancel through."""
    task = asyncio.ensure_future(act)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # seen; what it means is in the journal
        raise

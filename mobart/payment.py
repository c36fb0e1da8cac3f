"""Paying: at most once for a request, whatever happens.

    accepted ──record the right to pay──> paying ──submit──> ticket ──record it──> paid
                                             │
                                             └── no proof either way: in doubt

The submit is never sent again once its bytes may have left.  What proves that nothing was accepted
gives the right back; anything else is a doubt, which is asked about and never paid away.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from mobart.domain import GenerationRequest, Lookup, Stage, Ticket
from mobart.errors import Code, InDoubt, Rejected, Unavailable
from mobart.lifecycle import Event, Happening
from mobart.log_events import LogEvent
from mobart.patience import Patience
from mobart.ports import Claim, Clock, ImageProvider, Journal, Observer

STARTED = Happening(Event.PAYMENT_STARTED)
DISPROVED = Happening(Event.PAYMENT_DISPROVED)
GIVEN_UP = Happening(Event.PAYMENT_DISPROVED, doubted=True)
ASK_EVERY = 2.0
"""Seconds between two questions about a submit in doubt."""
NO_ANSWER = "The image provider did not confirm the request; it may or may not have been charged."
FROZEN = "The request could not be sent in time."


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
    provider: ImageProvider
    observer: Observer
    clock: Clock
    patience: Patience
    terms: Terms
    wording: Callable[[GenerationRequest], GenerationRequest] = lambda request: request
    """What of a request the provider gets; raises Rejected for what it must not get."""

    async def ensure(self, claim: Claim) -> None:
        """Return once *claim* is paid.  Raises Rejected or LeaseLost."""
        while claim.job.stage is not Stage.PAID:
            if claim.job.stage is Stage.ACCEPTED:
                await self._pay(claim)
            else:
                await self._resolve_doubt(claim)

    async def _pay(self, claim: Claim) -> None:
        """Buy the generation, or leave the job `PAYING` if the answer is in doubt."""
        until = claim.began[None] + self.terms.job_deadline
        try:
            await self.patience.wait_out(lambda: uncut(self._submit(claim)), until=until)
        except InDoubt as doubt:
            name = self.provider.name
            self.observer.note(LogEvent.JOB_DOUBTED, provider=name, detail=str(doubt))
            claim.doubt = doubt

    async def _submit(self, claim: Claim) -> None:
        """Take the right to pay, use it at once, and keep what it bought."""
        order = self.wording(claim.request)
        asked = self.clock.monotonic()
        await self.journal.record(claim, STARTED)
        try:
            self._refuse_if_frozen_since(asked)
            ticket = await self.provider.submit(order)
        except (Rejected, Unavailable):
            await self.patience.wait_out(lambda: self.journal.record(claim, DISPROVED))
            raise
        await self._keep(claim, ticket)

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
        received = Happening(Event.TICKET_RECEIVED, ticket=ticket)
        await self.patience.wait_out(lambda: self.journal.record(claim, received))
        self.observer.note(LogEvent.JOB_PAID, provider=ticket.provider, ticket=ticket.reference)

    async def _resolve_doubt(self, claim: Claim) -> None:
        """Find out whether the submit was accepted; what stays unknown is the operator's choice."""
        decided_at = self._decided_at(claim)
        while claim.job.stage is Stage.PAYING:
            ticket = await self._find(claim)
            if ticket is not None:
                self.observer.note(LogEvent.JOB_ADOPTED, ticket=ticket.reference)
                return await self._keep(claim, ticket)
            left = decided_at - self.clock.monotonic()
            if left <= 0:
                return await self._decide(claim)
            await self.clock.sleep(min(ASK_EVERY, left))
            await self.patience.wait_out(lambda: self.journal.read(claim))
        return None

    def _decided_at(self, claim: Claim) -> float:
        """Return the monotonic time from which "not found" may be believed.

        Whoever took the right to pay may be merely frozen, and submit when it wakes: until its
        lease, its submit timeout and the clocks' skew are over, nothing is proven.  Its own doubt
        is older than its submit, so where nobody can be asked there is nothing to wait for.
        """
        own = claim.job.payer == claim.job.epoch
        if own and self.provider.lookup is Lookup.NONE:
            return self.clock.monotonic()
        window = self.terms.lease + self.provider.submit_timeout + self.terms.clock_skew
        return claim.began[Stage.PAYING] + window

    async def _find(self, claim: Claim) -> Ticket | None:
        if self.provider.lookup is Lookup.NONE:
            return None
        try:
            order = self.wording(claim.request)
        except Rejected:  # the rules were changed after the submit
            order = claim.request
        return await self.patience.wait_out(
            lambda: self.provider.find(order),
            until=claim.began[None] + self.terms.job_deadline,
        )

    async def _decide(self, claim: Claim) -> None:
        if self.provider.lookup is not Lookup.COMPLETE and self.terms.in_doubt == "fail":
            code = claim.doubt.code if claim.doubt else Code.SUBMIT_UNKNOWN
            raise Rejected(code, NO_ANSWER)
        proven = self.provider.lookup is Lookup.COMPLETE
        verdict = DISPROVED if proven else GIVEN_UP
        await self.patience.wait_out(lambda: self.journal.record(claim, verdict))


async def uncut(act: Coroutine[Any, Any, None]) -> None:
    """Run *act* to its end however often its job is cancelled, then let the first cancel through."""
    task = asyncio.ensure_future(act)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # seen; what it means is in the journal
        raise

"""The end of jobs that were cancelled, and of their generations at the provider; the latter best effort."""

import asyncio
from dataclasses import dataclass, field

from mobart.core.domain import Ticket
from mobart.core.errors import Code, MobartError
from mobart.core.events import LogEvent
from mobart.core.ports import Cancellation, Observer
from mobart.core.subject import about
from mobart.jobs.routing import ProviderRouter


@dataclass(slots=True, eq=False)
class Cancellations:
    """Calls providers in the background, so that nothing waits for their answer."""

    router: ProviderRouter
    observer: Observer
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    """Calls under way."""

    def conclude(self, request_id: str, cancellation: Cancellation) -> None:
        """Log the end of a cancelled job, which no worker will settle any more."""
        user_id, ticket = cancellation.user_id, cancellation.ticket
        trace = {"traceparent": cancellation.traceparent} if cancellation.traceparent else {}
        with about(request_id=request_id, user_id=user_id, **trace):
            self.observer.note(LogEvent.REQUEST_CANCELLED, request_id=request_id, user_id=user_id)
            self.observer.note(
                LogEvent.JOB_SETTLED,
                outcome="failed",
                code=str(Code.CANCELLED),
                paid=cancellation.paid,
                seconds=round(cancellation.seconds, 3),
                provider=ticket.provider if ticket else None,
            )
            if ticket is not None:
                if cancellation.cost:
                    provider, cost = ticket.provider, cancellation.cost
                    self.observer.note(LogEvent.JOB_CHARGED, provider=provider, cost=cost)
                self.start(ticket)

    def start(self, ticket: Ticket) -> None:
        """Begin to cancel a generation, where its provider can do that, and return at once."""
        if self.router.get_provider(ticket.provider).capabilities.cancels:
            task = asyncio.create_task(self._cancel(ticket))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _cancel(self, ticket: Ticket) -> None:
        detail = None
        try:
            await self.router.get_provider(ticket.provider).cancel(ticket)
        except MobartError as error:
            detail = str(error)
        self.observer.note(
            LogEvent.JOB_CALLED_OFF,
            provider=ticket.provider,
            ticket=ticket.reference,
            detail=detail,
        )

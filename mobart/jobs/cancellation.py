"""Cancels generations at their provider that are paid and no longer wanted; best effort."""

import asyncio
from dataclasses import dataclass, field

from mobart.core.domain import Ticket
from mobart.core.errors import MobartError
from mobart.core.events import LogEvent
from mobart.core.ports import Observer
from mobart.jobs.routing import ProviderRouter


@dataclass(slots=True, eq=False)
class Cancellations:
    """Calls providers in the background, so that nothing waits for their answer."""

    router: ProviderRouter
    observer: Observer
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    """Calls under way."""

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

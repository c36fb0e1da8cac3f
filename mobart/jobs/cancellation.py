"""Calling off what is paid and no longer wanted, where a provider can do that; best effort."""

import asyncio
from dataclasses import dataclass, field

from mobart.core.domain import Ticket
from mobart.core.errors import MobartError
from mobart.core.events import LogEvent
from mobart.core.ports import Observer
from mobart.jobs.routing import ProviderRouter


@dataclass(slots=True, eq=False)
class Cancellations:
    """Tells providers in the background: who cancels a job does not wait for them."""

    router: ProviderRouter
    observer: Observer
    under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def cancel_generation(self, ticket: Ticket) -> None:
        """Begin to call a generation off, and return at once."""
        if self.router.get_provider(ticket.provider).capabilities.cancels:
            task = asyncio.create_task(self._tell(ticket))
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)

    async def _tell(self, ticket: Ticket) -> None:
        detail = ""
        try:
            await self.router.get_provider(ticket.provider).cancel(ticket)
        except MobartError as error:
            detail = str(error)
        facts = {"provider": ticket.provider, "ticket": ticket.reference, "detail": detail}
        self.observer.note(LogEvent.JOB_CALLED_OFF, **facts)

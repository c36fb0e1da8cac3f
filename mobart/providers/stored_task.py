"""A provider of tasks that answers a submit with the picture all the same, made into one that keeps it."""

from dataclasses import dataclass
from typing import Protocol

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Pending, Picture, Purchase, Ticket
from mobart.core.orders import Order
from mobart.providers.kept_pictures import KeptPictures

AT_ONCE = "at-once:"
"""What the ticket of a picture begins with that came in the answer; no task is called so."""


class TaskSource(Protocol):
    """An `ImageProvider` of tasks whose submits may be answered with the picture instead."""

    @property
    def name(self) -> str:
        """Its name in completions and tickets."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    async def submit(self, order: Order) -> Ticket | Purchase | Picture:
        """As `ImageProvider.submit`; the picture itself where it came without the id of a task."""

    async def find(self, order: Order) -> Ticket | None:
        """See `ImageProvider`."""

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """See `ImageProvider`."""

    async def cancel(self, ticket: Ticket) -> None:
        """See `ImageProvider`."""

    async def check(self) -> None:
        """See `CheckedProvider`."""


@dataclass(frozen=True, slots=True)
class StoredTaskProvider:
    """A `CheckedProvider` in front of a `TaskSource`."""

    source: TaskSource
    kept: KeptPictures

    @property
    def name(self) -> str:
        """See `ImageProvider`."""
        return self.source.name

    @property
    def capabilities(self) -> Capabilities:
        """See `ImageProvider`."""
        return self.source.capabilities

    async def submit(self, order: Order) -> Ticket:
        """Buy a task; a picture that came instead is kept.  As `KeptPictures.keep`."""
        result = await self.source.submit(order)
        if isinstance(result, Ticket):
            return result
        return await self.kept.keep(self.name, order, result, mark=AT_ONCE)

    async def find(self, order: Order) -> Ticket | None:
        """See `ImageProvider`."""
        return await self.source.find(order)

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """See `ImageProvider`; a picture that came at once is finished."""
        if ticket.reference.startswith(AT_ONCE):
            return await self.kept.read(ticket.reference.removeprefix(AT_ONCE))
        return await self.source.poll(ticket)

    async def cancel(self, ticket: Ticket) -> None:
        """See `ImageProvider`; a picture that came at once is finished."""
        if not ticket.reference.startswith(AT_ONCE):
            await self.source.cancel(ticket)

    async def check(self) -> None:
        """See `CheckedProvider`."""
        await self.source.check()

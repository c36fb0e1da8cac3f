"""A provider that answers with the picture itself, made into one that keeps it.

    generate ──> raw bytes into the store, before anything else ──> the store's key is the ticket

Such a provider cannot be asked about a lost answer.  But what came in is in the store under the
request's own key, so a job whose worker died between the store and the journal is found there.

A provider of tasks answers so now and then: what came without the id of a task is kept alike, and its tasks
are asked about as ever.
"""

from dataclasses import dataclass, replace
from typing import Protocol

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Pending, Picture, Purchase, Ticket
from mobart.core.orders import Order
from mobart.core.ports import ImmediateProvider
from mobart.providers.kept_pictures import KeptPictures


@dataclass(frozen=True, slots=True)
class StoredResultProvider:
    """A `CheckedProvider` in front of an `ImmediateProvider`."""

    source: ImmediateProvider
    kept: KeptPictures

    @property
    def name(self) -> str:
        """See `ImageProvider`."""
        return self.source.name

    @property
    def capabilities(self) -> Capabilities:
        """See `ImageProvider`; what is stored is found, what is not may still have cost money."""
        return replace(self.source.capabilities, lookup=Lookup.PARTIAL, immediate=True)

    async def submit(self, order: Order) -> Ticket:
        """Buy a picture, and return once it is kept.  As `KeptPictures.keep`."""
        return await self.kept.keep(self.name, order, await self.source.generate(order))

    async def find(self, order: Order) -> Ticket | None:
        """Look where pictures are kept."""
        reference = await self.kept.find(order)
        return Ticket(self.name, reference) if reference else None

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Return where the picture is: it was finished when it was bought."""
        return await self.kept.read(ticket.reference)

    async def cancel(self, ticket: Ticket) -> None:
        """Do nothing: what was bought is finished."""

    async def check(self) -> None:
        """See `CheckedProvider`."""
        await self.source.check()


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

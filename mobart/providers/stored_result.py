"""A provider that answers with the picture itself, made into one that keeps it.

    generate ──> raw bytes into the store, before anything else ──> the store's key is the ticket

Such a provider cannot be asked about a lost answer.  But what came in is in the store under the
request's own key, so a job whose worker died between the store and the journal is found there.
"""

from dataclasses import dataclass, replace

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Pending, Picture, Ticket
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

"""A provider that answers with the picture itself, made into one that keeps it.

    generate ──> raw bytes into the store, before anything else ──> the store's key is the ticket

Such a provider cannot be asked about a lost answer.  But what came in is in the store under the
request's own key, so a job whose worker died between the store and the journal is found there.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Pending, Picture, Purchase, Ticket
from mobart.core.orders import Order
from mobart.core.ports import ImmediateProvider, RawPictureStore

RetryCall = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]
"""Repeats a call for as long as what it needs is unavailable."""


@dataclass(frozen=True, slots=True)
class StoredResultProvider:
    """A `CheckedProvider` in front of an `ImmediateProvider`."""

    source: ImmediateProvider
    raw_store: RawPictureStore
    retry: RetryCall

    @property
    def name(self) -> str:
        """See `ImageProvider`."""
        return self.source.name

    @property
    def capabilities(self) -> Capabilities:
        """See `ImageProvider`; what is stored is found, what is not may still have cost money."""
        return replace(self.source.capabilities, lookup=Lookup.PARTIAL, immediate=True)

    async def submit(self, order: Order) -> Ticket:
        """Buy a picture, and return once it is stored; a store that is away is waited for.

        Where the answer is an address instead of the picture, that address is the ticket.
        """
        result = await self.source.generate(order)
        if isinstance(result, Picture):
            return Ticket(self.name, result.urls[0], cost=result.cost)
        key, bought = key_of(order), result if isinstance(result, Purchase) else Purchase(result)
        await self.retry(lambda: self.raw_store.put_raw(key, bought.raw))
        return Ticket(self.name, key, cost=bought.cost)

    async def find(self, order: Order) -> Ticket | None:
        """Look into the store."""
        key = key_of(order)
        return Ticket(self.name, key) if await self.raw_store.raw_exists(key) else None

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Return where the picture is: it was finished when it was bought."""
        stored = ticket.reference.startswith(RAW)
        if not stored:
            return Picture((ticket.reference,))
        return Picture.stored(ticket.reference)

    async def cancel(self, ticket: Ticket) -> None:
        """Do nothing: what was bought is finished."""

    async def check(self) -> None:
        """See `CheckedProvider`."""
        await self.source.check()


RAW = "raw/"


def key_of(order: Order) -> str:
    """Return where the raw picture of *order* is stored."""
    return f"{RAW}{order.user_id}/{order.request_id}"

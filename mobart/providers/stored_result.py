"""A seller who hands over the picture at once, made into one that keeps it.

    paint ──> raw bytes into the vault, before anything else ──> the vault's key is the ticket

Such a seller cannot be asked about a lost answer.  But what came in is in the vault under the
request's own key, so a job whose worker died between the vault and the journal is found there.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Order, Pending, Picture, Ticket
from mobart.core.ports import ImmediateProvider, RawPictureStore

SCHEME = "kept:"
"""What an address of the vault begins with."""
RetryCall = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]
"""Repeats an act for as long as what it needs is away."""


@dataclass(frozen=True, slots=True)
class StoredResultProvider:
    """A `CheckedProvider` in front of a `ImmediateProvider`."""

    painter: ImmediateProvider
    raw_store: RawPictureStore
    retry: RetryCall

    @property
    def name(self) -> str:
        """See `ImageProvider`."""
        return self.painter.name

    @property
    def capabilities(self) -> Capabilities:
        """See `ImageProvider`; what is kept is found, what is not kept may still have cost money."""
        return replace(self.painter.capabilities, lookup=Lookup.PARTIAL, immediate=True)

    async def submit(self, order: Order) -> Ticket:
        """Buy a picture, and return once it is kept: a vault that is away is waited for."""
        raw = await self.painter.generate(order)
        key = key_of(order)
        await self.retry(lambda: self.raw_store.put_raw(key, raw))
        return Ticket(self.name, key)

    async def find(self, order: Order) -> Ticket | None:
        """Look into the vault."""
        key = key_of(order)
        return Ticket(self.name, key) if await self.raw_store.raw_exists(key) else None

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Return where the picture is: it is finished since it was sold."""
        return Picture((SCHEME + ticket.reference,))

    async def cancel(self, ticket: Ticket) -> None:
        """Do nothing: what is sold is finished."""

    async def check(self) -> None:
        """See `CheckedProvider`."""
        await self.painter.check()


def key_of(order: Order) -> str:
    """Return where the raw picture of *order* is kept."""
    return f"raw/{order.user_id}/{order.request_id}"

"""A provider that answers with the picture itself, made into one that keeps it.

    generate ──> raw bytes into the store, before anything else ──> the store's key is the ticket

Such a provider cannot be asked about a lost answer.  But what came in is in the store under the
request's own key, so a job whose worker died between the store and the journal is found there.

A store that refuses a picture, for good or until the job's deadline, says nothing of the provider: the
picture is paid for, and this worker goes on with what it has in memory.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from mobart.core.capabilities import Capabilities
from mobart.core.data_uri import data_uri
from mobart.core.domain import Lookup, Pending, Picture, Purchase, Ticket
from mobart.core.errors import Code, Rejected
from mobart.core.orders import Order
from mobart.core.ports import ImmediateProvider, RawPictureStore

RetryCall = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]
"""Repeats a call while what it needs is unavailable.  Raises Rejected after the time a job may wait."""
RAW = "raw/"
UNSTORED = "unstored:"
"""What the ticket of a picture begins with that the store refused."""
MOST_HELD = 64 * 1024 * 1024
"""Bytes of such pictures that are held: more than there are at once where it is one of many."""
GONE = "The generated picture could not be kept."


@dataclass(frozen=True, slots=True)
class StoredResultProvider:
    """A `CheckedProvider` in front of an `ImmediateProvider`."""

    source: ImmediateProvider
    raw_store: RawPictureStore
    retry: RetryCall
    held: dict[str, bytes] = field(default_factory=dict)
    """Pictures that the store refused, by their tickets, the oldest first."""

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
        try:
            await self.retry(lambda: self.raw_store.put_raw(key, bought.raw))
        except Rejected:
            key = UNSTORED + key
            self._hold(key, bought.raw)
        return Ticket(self.name, key, cost=bought.cost)

    def _hold(self, key: str, raw: bytes) -> None:
        self.held[key] = raw
        while sum(map(len, self.held.values())) > MOST_HELD and len(self.held) > 1:
            del self.held[next(iter(self.held))]

    async def find(self, order: Order) -> Ticket | None:
        """Look into the store."""
        key = key_of(order)
        return Ticket(self.name, key) if await self.raw_store.raw_exists(key) else None

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Return where the picture is: it was finished when it was bought."""
        if ticket.reference.startswith(RAW):
            return Picture.stored(ticket.reference)
        if not ticket.reference.startswith(UNSTORED):
            return Picture((ticket.reference,))
        if ticket.reference not in self.held:
            detail = "the store refused the raw picture, and the worker that had it is gone"
            raise Rejected(Code.STORAGE_DENIED, GONE, detail=detail)
        return Picture((data_uri(self.held[ticket.reference]),))

    async def cancel(self, ticket: Ticket) -> None:
        """Do nothing: what was bought is finished."""

    async def check(self) -> None:
        """See `CheckedProvider`."""
        await self.source.check()


def key_of(order: Order) -> str:
    """Return where the raw picture of *order* is stored."""
    return f"{RAW}{order.user_id}/{order.request_id}"

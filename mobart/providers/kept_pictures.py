"""Pictures that came in the answer to a submit, which the provider does not keep: the raw store has them.

A store that refuses a raw picture, or is away, says nothing of the provider, nor of the finished picture, which
waits for it by itself.  Until that is stored, what was paid for would be in this worker's memory alone: it is
shared with the others, so that whoever takes the job over goes on with it, and no worker that is to stop has to wait.
Where there is no room for it either, this worker goes on with what it has.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from mobart.core.data_uri import data_uri, file_in, is_data_uri
from mobart.core.domain import Picture, Purchase, Ticket
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.orders import Order
from mobart.core.ports import Observer, RawPictureStore, SharedPictures

RetryCall = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]
"""Repeats a call while what it needs is unavailable.  Raises Rejected after a short while."""
STORE_FOR = 20.0
"""Seconds that storing may take, one try that hangs included: less than a worker that is to stop has for it."""
RAW = "raw/"
UNSTORED = "unstored:"
"""What the ticket of a picture begins with that the store refused."""
MOST_HELD = 64 * 1024 * 1024
"""Bytes of such pictures beyond which those are dropped that a job has fetched already."""
TOO_SLOW = f"the store did not take it within {STORE_FOR:g} s"
GONE = "The generated picture could not be kept."


@dataclass(frozen=True, slots=True)
class KeptPictures:
    """The raw store, and what it refused."""

    raw_store: RawPictureStore
    shared: SharedPictures
    retry: RetryCall
    observer: Observer
    seconds: float = 3600.0
    """For how long a job may want its picture; that of one that was cancelled or taken over nobody fetches."""
    held: dict[str, bytes] = field(default_factory=dict)
    """Pictures that are nowhere else, by their tickets, the oldest first."""
    fetched: set[str] = field(default_factory=set)
    """Those that a job has; it asks again only where its picture is spoiled."""

    async def keep(
        self, provider: str, order: Order, result: bytes | Purchase | Picture, *, mark: str = ""
    ) -> Ticket:
        """Return the ticket of a picture once it is stored; a store that is away is waited for a short while.

        Where only its address came, that address is the ticket.  References begin with *mark*.
        """
        bought = _file_of(result)
        if isinstance(bought, Picture):
            return Ticket(provider, mark + bought.urls[0], cost=bought.cost)
        key = key_of(order)
        try:
            async with asyncio.timeout(STORE_FOR):
                await self.retry(lambda: self.raw_store.put_raw(key, bought.raw))
        except (Rejected, TimeoutError) as no:
            self.observer.note(LogEvent.RAW_LOST, key=key, detail=str(no) or TOO_SLOW)
            await self._hold(key, bought.raw)
            key = UNSTORED + key
        return Ticket(provider, mark + key, cost=bought.cost)

    async def find(self, order: Order) -> str | None:
        """Return the reference of a picture that a worker which is gone has kept, None if there is none.

        Raises Unavailable.
        """
        key = key_of(order)
        if await self.shared.get(key) is not None:
            return UNSTORED + key
        return key if await self.raw_store.raw_exists(key) else None

    async def _hold(self, key: str, raw: bytes) -> None:
        with suppress(Unavailable):
            if await self.shared.put(key, raw):
                return
        self.held[UNSTORED + key] = raw
        asyncio.get_running_loop().call_later(self.seconds, self._forget, UNSTORED + key)
        for old in [one for one in self.held if one in self.fetched]:
            if sum(map(len, self.held.values())) <= MOST_HELD:
                break
            self._forget(old)

    def _forget(self, reference: str) -> None:
        self.fetched.discard(reference)
        self.held.pop(reference, None)

    async def read(self, reference: str) -> Picture:
        """Return where a picture is, by the reference of its ticket without the mark.

        Raises:
            Rejected: it was in the memory of a worker that is gone.
            Unavailable: it cannot be told.

        """
        if reference.startswith(RAW):
            return Picture.stored(reference)
        if not reference.startswith(UNSTORED):
            return Picture((reference,))
        raw = self.held.get(reference) or await self.shared.get(reference.removeprefix(UNSTORED))
        if raw is None:
            detail = "the store took no raw picture, and the worker that had it is gone"
            raise Rejected(Code.STORAGE_DENIED, GONE, detail=detail)
        self.fetched.update({reference} & self.held.keys())
        return Picture((data_uri(raw),), unstored=True)


def _file_of(result: bytes | Purchase | Picture) -> Purchase | Picture:
    """Return a picture that is in the answer as a file, also if it is written as an address."""
    if isinstance(result, Picture) and is_data_uri(result.urls[0]):
        return Purchase(file_in(result.urls[0]), result.cost)
    return Purchase(result) if isinstance(result, bytes) else result


def key_of(order: Order) -> str:
    """Return where the raw picture of *order* is stored."""
    return f"{RAW}{order.user_id}/{order.request_id}"

"""Providers of pictures, and what a job needs to deal with them."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Pending, Picture, Purchase, Ticket
from mobart.core.orders import Order
from mobart.core.poll_plan import Duration


class ImageProvider(Protocol):
    """An API that generates pictures."""

    @property
    def name(self) -> str:
        """Its name in completions and tickets."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation.  Called at most once for a right to pay.

        Raises:
            Rejected: proven refused for good; nothing was bought.
            Unavailable: proven not accepted, worth another try; nothing was bought.
            InDoubt: anything else.
        """

    async def find(self, order: Order) -> Ticket | None:
        """Look for an earlier submit of *order*; whether None is proof depends on `Capabilities.lookup`.

        Raises Unavailable.
        """

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask how far a generation is.

        Raises:
            Rejected: the provider's own final failure.
            Unavailable: anything else; asking again is free.
        """

    async def cancel(self, ticket: Ticket) -> None:
        """Cancel a generation, where that is possible; best effort.  Raises Unavailable."""


class CheckedProvider(ImageProvider, Protocol):
    """A provider whose key and address can be checked for free."""

    async def check(self) -> None:
        """Prove key and address without spending money.  Raises Rejected or Unavailable."""


class ImmediateProvider(Protocol):
    """A provider that answers a submit with the picture, and keeps nothing."""

    @property
    def name(self) -> str:
        """Its name in completions and tickets."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    async def generate(self, order: Order) -> bytes | Purchase | Picture:
        """Buy one picture and return its bytes, these with their price (`Purchase`), or its address.

        Raises like `ImageProvider.submit`.
        """

    async def check(self) -> None:
        """See `CheckedProvider`."""


class RawPictureStore(Protocol):
    """Stores pictures as they came, for providers that do not keep them."""

    async def put_raw(self, key: str, raw: bytes) -> None:
        """Store bytes as they came.  Raises Unavailable, or Rejected where they are refused."""

    async def raw_exists(self, key: str) -> bool:
        """Whether there is something under *key*.  Raises Unavailable."""

    async def get_raw(self, key: str) -> bytes:
        """Return what is kept; Rejected if nothing is.  Raises Unavailable."""


class SharedPictures(Protocol):
    """Holds a few raw pictures for all workers, for as long as a job may wait, where the store takes none."""

    async def put(self, key: str, raw: bytes) -> bool:
        """Hold bytes; False if there is no room for them.  Raises Unavailable."""

    async def get(self, key: str) -> bytes | None:
        """Return what is held; None if nothing is.  Raises Unavailable."""


class DurationStore(Protocol):
    """Shares among workers how long generations took."""

    async def exchange(
        self, learnt: Mapping[str, Sequence[Duration]]
    ) -> Mapping[str, Sequence[Duration]]:
        """Add what was *learnt* of each kind; return its latest durations, the latest last.

        They may be forgotten at any time.  Raises Unavailable.
        """


class Waiter(Protocol):
    """A wait of one job that a callback can end."""

    async def wait(self, seconds: float) -> None:
        """Wait *seconds*, or until woken; a wake-up since the last wait counts."""


class Wakeups(Protocol):
    """Wakes jobs whose provider called back."""

    def waiting_for(self, request_id: str) -> AbstractContextManager[Waiter]:
        """Return a context manager whose waiter is woken when the request's provider calls back."""

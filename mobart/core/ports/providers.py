"""Who sells pictures, and whatever a job needs to deal with them."""

from contextlib import AbstractContextManager
from typing import Protocol

from mobart.core.capabilities import Capabilities
from mobart.core.domain import (
    Order,
    Pending,
    Picture,
    Ticket,
)


class ImageProvider(Protocol):
    """A seller of generated pictures."""

    @property
    def name(self) -> str:
        """What completions and tickets call it."""

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
        """Look for an earlier submit of *order*; how far None is proof says `lookup`.

        Raises Unavailable.
        """

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask how far a generation is.

        Raises:
            Rejected: the provider's own final failure.
            Unavailable: anything else; asking again is free.

        """

    async def cancel(self, ticket: Ticket) -> None:
        """Call a generation off, where that is possible; best effort.  Raises Unavailable."""


class CheckedProvider(ImageProvider, Protocol):
    """A provider that can be looked at before anything is bought there."""

    async def check(self) -> None:
        """Prove key and address without spending money.  Raises Rejected or Unavailable."""


class ImmediateProvider(Protocol):
    """A seller who hands over the picture at once, and keeps nothing."""

    @property
    def name(self) -> str:
        """What completions and tickets call it."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    async def generate(self, order: Order) -> bytes:
        """Buy one picture and return it.  Raises like `ImageProvider.submit`."""

    async def check(self) -> None:
        """See `CheckedProvider`."""


class RawPictureStore(Protocol):
    """Where pictures are kept that their seller does not keep."""

    async def put_raw(self, key: str, raw: bytes) -> None:
        """Store bytes as they came.  Raises Unavailable or Rejected."""

    async def raw_exists(self, key: str) -> bool:
        """Whether there is something under *key*.  Raises Unavailable."""

    async def get_raw(self, key: str) -> bytes:
        """Return what is kept; Rejected if nothing is.  Raises Unavailable."""


class Waiter(Protocol):
    """What wakes a job that waits for its provider."""

    async def wait(self, seconds: float) -> None:
        """Wait *seconds*, or until it rings; it may have rung before."""


class Wakeups(Protocol):
    """Who knows that a provider has news of a job."""

    def waiting_for(self, request_id: str) -> AbstractContextManager[Waiter]:
        """Hang up a bell for one job, for as long as it is waited for."""

"""Providers that answer with the picture: what happens to it where the raw store refuses it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest

from mobart.core.capabilities import Capabilities
from mobart.core.data_uri import file_in
from mobart.core.domain import Picture, Purchase, Ticket
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.orders import Order
from mobart.core.policy import Backoff
from mobart.core.retry import Retrier
from mobart.providers import kept_pictures
from mobart.providers.kept_pictures import KeptPictures
from mobart.providers.stored_result import StoredResultProvider
from mobart.testing.storage import MemoryPictures, MemoryStore
from tests.support.clocks import SimulatedClock
from tests.support.observers import Notes


@dataclass(slots=True)
class Painter:
    """An `ImmediateProvider`; each order costs 2 cents."""

    name: str = "painter"
    capabilities: Capabilities = field(default_factory=Capabilities)

    async def generate(self, order: Order) -> Purchase:
        """Paint the request's name."""
        return Purchase(order.request_id.encode(), cost=0.02)

    async def check(self) -> None:
        """Be fine."""


class Narrow(MemoryStore):
    """A store in which no raw picture fits."""

    async def put_raw(self, key: str, raw: bytes) -> None:
        """Refuse for good."""
        raise Rejected(Code.STORAGE_DENIED, "Too large.", detail=f"{key}: {len(raw)} bytes")


class Hanging(MemoryStore):
    """A store that never answers."""

    async def put_raw(self, key: str, raw: bytes) -> None:
        """Wait for ever."""
        del key, raw
        await asyncio.Event().wait()


class Away(MemoryStore):
    """A store that nobody reaches."""

    async def put_raw(self, key: str, raw: bytes) -> None:
        """Be away."""
        raise Unavailable(Code.STORAGE_UNAVAILABLE, "Away.", detail=f"{key}: {len(raw)} bytes")


async def at_once(act: Callable[[], Awaitable[None]]) -> None:
    """Try once."""
    await act()


def provider(*, room: int = 0, shared: MemoryPictures | None = None) -> StoredResultProvider:
    """Sell pictures that no store takes, with no room for them beside the worker's memory."""
    shared = shared or MemoryPictures(room)
    return StoredResultProvider(Painter(), KeptPictures(Narrow(), shared, at_once, Notes()))


def order(number: int) -> Order:
    """Order a picture."""
    return Order(f"r-{number}", "u-1", "a cat")


async def test_a_picture_that_the_store_refuses_is_paid_and_delivered() -> None:
    """To the journal a refusal would prove that nothing was bought, and another provider be paid."""
    notes = Notes()
    seller = StoredResultProvider(
        Painter(), KeptPictures(Narrow(), MemoryPictures(0), at_once, notes)
    )
    ticket = await seller.submit(order(1))
    assert ticket.cost == 0.02
    (told,) = notes.of(LogEvent.RAW_LOST)
    assert told["key"] == "raw/u-1/r-1"
    picture = await seller.poll(ticket)
    assert isinstance(picture, Picture)
    assert file_in(picture.urls[0]) == b"r-1"


async def test_whoever_takes_such_a_job_over_says_that_the_picture_is_lost() -> None:
    """It was in the memory of a worker that is gone."""
    ticket = await provider().submit(order(1))
    with pytest.raises(Rejected) as lost:
        await provider().poll(ticket)
    assert lost.value.code is Code.STORAGE_DENIED


async def test_whoever_takes_such_a_job_over_has_the_picture_where_there_was_room() -> None:
    """By its ticket, or found by its order where the ticket was lost with the worker."""
    shared = MemoryPictures()
    ticket = await provider(shared=shared).submit(order(1))
    rescuer = provider(shared=shared)
    assert await rescuer.find(order(1)) == Ticket("painter", ticket.reference)
    assert await rescuer.find(order(2)) is None
    picture = await rescuer.poll(ticket)
    assert isinstance(picture, Picture)
    assert file_in(picture.urls[0]) == b"r-1"
    assert picture.raw_key == ""


async def test_a_store_that_hangs_holds_up_no_submit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is to stop waits for submits."""
    monkeypatch.setattr(kept_pictures, "STORE_FOR", 0.01)
    shared, notes = MemoryPictures(), Notes()
    seller = StoredResultProvider(Painter(), KeptPictures(Hanging(), shared, at_once, notes))
    ticket = await seller.submit(order(1))
    assert shared.held == {"raw/u-1/r-1": b"r-1"}
    assert notes.of(LogEvent.RAW_LOST)
    assert isinstance(await seller.poll(ticket), Picture)


async def test_pictures_in_memory_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest that their jobs have fetched go first."""
    monkeypatch.setattr(kept_pictures, "MOST_HELD", 2)
    seller = provider()
    for number in range(3):
        await seller.poll(await seller.submit(order(number)))
    assert list(seller.kept.held.values()) == [b"r-2"]


async def test_no_picture_is_dropped_before_its_job_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is paid for, and nowhere else."""
    monkeypatch.setattr(kept_pictures, "MOST_HELD", 2)
    seller = provider()
    tickets = [await seller.submit(order(number)) for number in range(3)]
    for number, ticket in enumerate(tickets):
        picture = await seller.poll(ticket)
        assert isinstance(picture, Picture)
        assert file_in(picture.urls[0]) == f"r-{number}".encode()


async def test_no_picture_outlives_the_time_in_which_its_job_may_want_it() -> None:
    """The job was cancelled, or taken over, and fetches nothing any more."""
    seller = provider()
    seller = replace(seller, kept=replace(seller.kept, seconds=0.0))
    await seller.submit(order(1))
    for _ in range(3):
        await asyncio.sleep(0)
    assert not seller.kept.held


async def test_a_store_that_stays_away_is_not_waited_for_without_end() -> None:
    """Its job would have no outcome; after the time that it may wait it goes on, and has one."""
    clock, notes = SimulatedClock(), Notes()
    retrier = Retrier(clock, notes, Backoff(base=0.5, cap=30.0))
    seller = StoredResultProvider(
        Painter(), KeptPictures(Away(), MemoryPictures(0), retrier.within(60.0), notes)
    )
    ticket = await seller.submit(order(1))
    assert clock.monotonic() >= 60.0
    told = await seller.poll(ticket)
    assert isinstance(told, Picture)
    assert file_in(told.urls[0]) == b"r-1"

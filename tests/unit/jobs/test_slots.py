"""Slots are for work: a job that only waits lets others work, and memory stays bounded."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Asset, GenerationRequest, Lookup, Pending, Picture, Rendering, Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.orders import Order
from mobart.core.policy import PollSchedule
from mobart.core.ports import Downloads
from mobart.jobs.slots import LARGE, Slot, Slots, pictures
from mobart.testing.downloads import MemoryDownloads
from mobart.testing.providers import MemoryProvider
from mobart.testing.storage import MemoryStore
from tests.support.backends import MemoryWorld
from tests.support.clocks import SimulatedClock
from tests.support.jobs import WorkerParts, running, worker_parts


class FastClock(SimulatedClock):
    """A clock that goes by itself, twenty times as fast as real time."""

    def monotonic(self) -> float:
        """See `Clock`."""
        return asyncio.get_running_loop().time() * FASTER

    async def sleep(self, seconds: float) -> None:
        """See `Clock`."""
        await asyncio.sleep(seconds / FASTER)


FASTER = 20.0
AWAY = Unavailable(Code.STORAGE_UNAVAILABLE, "away", retry_after=60.0)
SLOTS = 2
SOON = 10.0
"""Seconds of real time; each of these takes a small part of that."""


class Trying(MemoryProvider):
    """A provider that is busy for, or loses the answers of, one user."""

    def __init__(self, failure: Unavailable | InDoubt) -> None:
        """Fail in this way for the user `slow`."""
        at_once = PollSchedule(initial=0.0)
        can = Capabilities(lookup=Lookup.PARTIAL, submit_timeout=5.0, schedule=at_once)
        super().__init__(capabilities=can)
        self.failure = failure

    async def submit(self, order: Order) -> Ticket:
        """See `ImageProvider`."""
        if order.user_id == "slow":
            raise self.failure
        return await super().submit(order)

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """See `ImageProvider`; the address names the request."""
        found = next(entry.order for entry in self.ledger if entry.ticket == ticket)
        return Picture((f"memory:{found.request_id}",))


@dataclass(slots=True)
class HangingDownloads:
    """Downloads of which those of some requests never end."""

    hanging: set[asyncio.Task[object] | None] = field(default_factory=set)

    async def fetch(self, picture: Picture, *, partial: bool = False) -> bytes:  # noqa: ARG002
        """See `Downloads`."""
        if "slow" in picture.urls[0]:
            self.hanging.add(asyncio.current_task())
            try:
                await asyncio.Event().wait()
            finally:
                self.hanging.discard(asyncio.current_task())
        return b"raw"


class PartlyAway(MemoryStore):
    """A store that cannot be written for one user."""

    async def put(self, key: str, rendering: Rendering) -> Asset:
        """See `AssetStore`."""
        if "slow" in key:
            await asyncio.sleep(0)
            raise AWAY
        return await super().put(key, rendering)


class Patient(Trying):
    """A provider with which nothing goes wrong."""

    def __init__(self) -> None:
        """Fail for nobody."""
        super().__init__(AWAY)

    async def submit(self, order: Order) -> Ticket:
        """See `ImageProvider`."""
        return await MemoryProvider.submit(self, order)


BUSY = Unavailable(Code.PROVIDER_RATE_LIMITED, "busy", retry_after=120.0)


async def other_user_is_served(parts: WorkerParts, *, slow: int) -> None:
    """Give the worker so many jobs that only wait, then one of another user, and see it done."""
    for number in range(slow):
        await parts.view.intake.accept(GenerationRequest(f"slow-{number}", "slow", "a fox"))
    async with running(parts.worker):
        await until(lambda: len(parts.worker.running) >= slow)
        await parts.view.intake.accept(GenerationRequest("quick", "quick", "a fox"))
        await until(lambda: "generated/quick/quick.png" in parts.store.objects)
        assert len(parts.worker.running) >= slow


async def until(so: Callable[[], bool]) -> None:
    """Wait until something is so, not for long."""
    async with asyncio.timeout(SOON):
        while not so():  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.001)


@pytest.mark.parametrize(
    ("provider", "downloads", "store"),
    [
        (Trying(BUSY), MemoryDownloads(default=b"raw"), MemoryStore()),
        (Trying(InDoubt("lost")), MemoryDownloads(default=b"raw"), MemoryStore()),
        (Patient(), HangingDownloads(), MemoryStore()),
    ],
    ids=["the provider's Retry-After", "doubts", "hanging downloads"],
)
async def test_jobs_that_only_wait_do_not_delay_another_user(
    provider: MemoryProvider, downloads: Downloads, store: MemoryStore
) -> None:
    """However many of them there are; before, as many as there are slots held all of them."""
    parts = await worker_parts(
        provider,
        slots=Slots(SLOTS, slow_after=0.01),
        downloads=downloads,
        store=store,
        world=MemoryWorld(FastClock()),
    )
    await other_user_is_served(parts, slow=4 * SLOTS)


async def test_a_store_that_is_away_does_not_stop_what_it_does_not_concern() -> None:
    """As long as there is room for the pictures that wait for it."""
    parts = await worker_parts(
        Patient(), slots=Slots(SLOTS), store=PartlyAway(), world=MemoryWorld(FastClock())
    )
    await other_user_is_served(parts, slow=pictures(SLOTS) - SLOTS)


async def test_a_provider_that_does_not_answer_does_not_stop_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And what is in flight there stays bounded: half as many more than there are slots."""
    provider = Patient()
    poll = provider.poll

    async def silent(ticket: Ticket) -> Pending | Picture:
        answer = await poll(ticket)
        if isinstance(answer, Picture) and "slow" in answer.urls[0]:
            raise Unavailable(Code.PROVIDER_UNAVAILABLE, "away", retry_after=60.0)
        return answer

    monkeypatch.setattr(provider, "poll", silent)
    parts = await worker_parts(provider, slots=Slots(SLOTS), world=MemoryWorld(FastClock()))
    await other_user_is_served(parts, slow=pictures(SLOTS) - SLOTS)
    crowded = await worker_parts(provider, slots=Slots(SLOTS), world=MemoryWorld(FastClock()))
    provider.ledger.clear()
    for number in range(9):
        await crowded.view.intake.accept(GenerationRequest(f"slow-{number}", "slow", "a fox"))
    async with running(crowded.worker):
        await until(lambda: len(provider.ledger) == pictures(SLOTS))
        await asyncio.sleep(0.1)
    assert len(provider.ledger) == pictures(SLOTS)


async def test_slow_downloads_beyond_the_room_for_pictures_are_given_up_for_later() -> None:
    """So that neither memory nor slots run out."""
    downloads = HangingDownloads()
    parts = await worker_parts(
        Patient(),
        slots=Slots(SLOTS, slow_after=0.01),
        downloads=downloads,
        world=MemoryWorld(FastClock()),
    )
    for number in range(10):
        await parts.view.intake.accept(GenerationRequest(f"slow-{number}", "slow", "a fox"))
    async with running(parts.worker):
        await until(lambda: len(parts.worker.running) == 10)
        for _ in range(50):
            await asyncio.sleep(0.001)
            assert len(downloads.hanging) <= pictures(SLOTS)


async def test_pictures_come_in_no_faster_than_they_are_processed() -> None:
    """However many jobs are in flight: pictures are large."""
    slots = Slots(8, at_once=1)
    parts = await worker_parts(Patient(), slots=slots, world=MemoryWorld(FastClock()))
    for number in range(8):
        await parts.view.intake.accept(GenerationRequest(f"r{number}", "u", "a fox"))
    async with running(parts.worker):
        await until(lambda: len(parts.store.objects) == 8)
    at_pictures = (LogEvent.PICTURE_DOWNLOADED, LogEvent.PICTURE_RENDERED)
    assert [event for event in parts.notes.events if event in at_pictures] == [*at_pictures] * 8
    assert slots.pictures.used == 0


async def test_no_more_are_in_flight_at_the_provider_than_there_are_slots() -> None:
    """The others wait in the queue."""
    provider = Patient()
    in_flight, most = set[Ticket](), 0

    async def poll(ticket: Ticket) -> Pending | Picture:
        nonlocal most
        in_flight.add(ticket)
        most = max(most, len(in_flight))
        await asyncio.sleep(0.001)
        in_flight.discard(ticket)
        return Picture(("memory:x",))

    provider.poll = poll  # type: ignore[method-assign]
    parts = await worker_parts(provider, slots=Slots(SLOTS), world=MemoryWorld(FastClock()))
    for number in range(9):
        await parts.view.intake.accept(GenerationRequest(f"r{number}", "u", "a fox"))
    async with running(parts.worker):
        await until(lambda: len(parts.store.objects) == 9)
    assert most == SLOTS


async def test_jobs_beside_the_slots_are_bounded() -> None:
    """What waits in the queue costs no memory here."""
    parts = await worker_parts(
        Trying(BUSY), slots=Slots(SLOTS, beside=3), world=MemoryWorld(FastClock())
    )
    for number in range(20):
        await parts.view.intake.accept(GenerationRequest(f"slow-{number}", "slow", "a fox"))
    async with running(parts.worker):
        await until(lambda: len(parts.worker.running) == SLOTS + 3)
        for _ in range(50):
            await asyncio.sleep(0)
            assert len(parts.worker.running) <= SLOTS + 3


# ---------------------------------------------------------------- the slots themselves


async def test_slots_are_taken_in_turn() -> None:
    """The job that waited longest gets the next one."""
    slots, order = Slots(1), list[int]()
    first = slots.open()

    async def take(number: int) -> None:
        slot = slots.open()
        await slot.take()
        order.append(number)
        slot.close()

    tasks = [asyncio.create_task(take(number)) for number in range(3)]
    await asyncio.sleep(0)
    assert slots.free == 0
    first.close()
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2]
    assert (slots.work.used, slots.free) == (0, 1)


async def test_a_job_cancelled_while_it_waits_for_a_slot_takes_none_along() -> None:
    """Neither before nor after its turn has come."""
    slots = Slots(1)
    first = slots.open()
    waiting = [asyncio.create_task(slots.open().take()) for _ in range(2)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.sleep(0)
    first.close()
    waiting[1].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert (slots.work.used, len(slots.work.waiting)) == (0, 0)


async def test_a_finished_picture_keeps_its_slot_where_there_is_no_room_aside() -> None:
    """A store that is away for all must not fill the memory with pictures."""
    slots = Slots(SLOTS)

    async def fail() -> None:
        raise AWAY

    jobs = [slots.open() for _ in range(SLOTS)]
    for job in jobs:
        with pytest.raises(Unavailable):
            await job.work(fail, holding=True)
    assert (slots.work.used, slots.aside.used) == (1, 1)
    for job in jobs:
        job.close()
    assert (slots.work.used, slots.aside.used) == (0, 0)


async def test_a_transfer_that_takes_long_goes_on_without_its_slot() -> None:
    """And has one again when it is done."""
    slots, done = Slots(1, slow_after=0.001), asyncio.Event()

    async def transfer() -> str:
        await done.wait()
        return "picture"

    slot = slots.open()
    task = asyncio.create_task(slot.transfer(transfer))
    await until(lambda: slots.free == 1)
    other = slots.open()
    done.set()
    await asyncio.sleep(0)
    assert not task.done()
    other.close()
    assert await task == "picture"
    assert (slot.taken, slots.work.used, slots.aside.used) == (True, 1, 0)


async def test_a_slow_download_lets_the_next_picture_begin() -> None:
    """And waits for its turn before it is processed."""
    slots, done = Slots(2, slow_after=0.001, at_once=1), asyncio.Event()

    async def download() -> bytes:
        await done.wait()
        return b"picture"

    async def make(slot: Slot) -> bytes:
        async with slot.picture():
            return await slot.transfer(download)

    slow = asyncio.create_task(make(slots.open()))
    await until(lambda: slots.aside.used == 1)
    next_one = slots.open()
    async with next_one.picture():
        done.set()
        await until(lambda: len(slots.pictures.waiting) == 1)
        assert not slow.done()
    assert await slow == b"picture"
    assert slots.pictures.used == 0


async def at_pictures(slots: Slots, size: int, jobs: int = 20) -> int:
    """Return how many of so many *jobs* are at their picture at a time, of *size* bytes each."""
    done, at_once, most = asyncio.Event(), 0, 0

    async def make() -> None:
        nonlocal at_once, most
        slot = slots.open()
        async with slot.picture():
            await asyncio.sleep(0)  # others begin before its size is known
            slot.hold(size)
            at_once += 1
            most = max(most, at_once)
            await done.wait()
            at_once -= 1
        slot.close()

    making = [asyncio.create_task(make()) for _ in range(jobs)]
    for _ in range(4 * jobs):
        await asyncio.sleep(0)
    done.set()
    await asyncio.gather(*making)
    assert (slots.pictures.used, slots.work.used) == (0, 0)
    return most


@pytest.mark.parametrize(
    ("size", "expected"), [(1, 8), (4 * 2**20, 8), (6 * 2**20, 6), (LARGE, 3), (3 * LARGE, 3)]
)
async def test_the_larger_pictures_are_the_fewer_are_at_hand(size: int, expected: int) -> None:
    """From the first one on: it is expected to be large."""
    assert await at_pictures(Slots(20, at_once=8, large_at_once=3), size) == expected


async def test_pictures_that_become_small_come_in_by_more_again() -> None:
    """And by fewer when they become large, as soon as one was seen."""
    slots = Slots(20, at_once=8, large_at_once=3)
    for size, expected in ((LARGE, 3), (1, 8), (LARGE, 8), (LARGE, 3)):
        assert await at_pictures(slots, size) == expected


async def test_a_download_that_hangs_takes_a_slot_from_others_once() -> None:
    """Its next tries wait for room aside, in turn, and succeed there."""
    slots, done = Slots(1, slow_after=0.001), asyncio.Event()

    async def download() -> bytes:
        await done.wait()
        return b"picture"

    first, second, third = slots.open(), slots.open(), slots.open()
    hanging = [asyncio.create_task(first.transfer(download))]
    for slot in (second, third):
        with pytest.raises(Unavailable):
            await slot.transfer(download)
        hanging.append(asyncio.create_task(slot.transfer(download)))
        await asyncio.sleep(0.01)
    assert (slots.free, slots.aside.used, len(slots.aside.waiting)) == (1, 1, 2)
    done.set()
    for slot, task in zip((first, second, third), hanging, strict=True):
        assert await task == b"picture"
        slot.close()
    assert (slots.work.used, slots.aside.used) == (0, 0)


@pytest.mark.parametrize("failure", [Rejected(Code.IMAGE_INVALID, "no"), AWAY])
async def test_a_transfer_that_fails_late_leaves_nothing_behind(failure: Exception) -> None:
    """It neither holds a picture nor a slot."""
    slots, done = Slots(1, slow_after=0.001), asyncio.Event()

    async def transfer() -> str:
        await done.wait()
        raise failure

    slot = slots.open()
    task = asyncio.create_task(slot.transfer(transfer))
    await until(lambda: slots.free == 1)
    done.set()
    with pytest.raises(type(failure)):
        await task
    slot.close()
    assert (slots.work.used, slots.aside.used) == (0, 0)

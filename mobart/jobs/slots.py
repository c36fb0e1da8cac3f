"""Slots bound how many jobs are worked on at once; a job that only waits gives its slot back.

A job holds a slot while its generation is in flight at a provider that answers, and while its picture
is fetched, processed and stored.  It gives the slot back while it waits for something to come back
(a retry, a lookup in doubt), and takes one again, in turn, before it goes on.

Memory and what is in flight stay bounded as well.  Most waiting jobs hold no more than their request.
Those that hold more are *aside*: generations in flight at a provider that does not answer, slow
transfers, and finished pictures that cannot be stored.  There is room aside for half as many as there
are slots.  Without room there, a picture that waits to be stored keeps its slot, and a slow download
is given up; from then on it is tried aside only, in turn, so that one that hangs takes a slot from
others once and not at each try.  Nobody waits for room aside who has a slot.

Slots are many where a provider takes long, and pictures that arrive at once are large: of the jobs with
a slot a few at a time fetch their picture and have it processed, the others wait for their turn.  One
whose download is slow lets the next one begin.  Of large pictures there are fewer at a time: each is expected
to be as large as the last one, and the first one to be large.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from mobart.core.errors import Code, Unavailable
from mobart.jobs.places import Places

T = TypeVar("T")
SLOW_AFTER = 5.0
"""Seconds after which a transfer no longer holds a slot."""
SLOW = "The picture could not be fetched in time."
LARGE = 12 * 2**20
"""Bytes from which on a picture is large: 2048 x 2048 pixels of noise."""


def pictures(size: int) -> int:
    """Return how many pictures the jobs of so many slots can have in memory, those aside included."""
    return size + max(1, size // 2)


@dataclass(slots=True, eq=False)
class Slots:
    """The slots of one worker."""

    size: int
    """Jobs in flight at the provider, or whose picture is worked on."""
    beside: int = 256
    """Jobs that may wait beside them, for something to come back."""
    slow_after: float = SLOW_AFTER
    at_once: int = 0
    """Small pictures that are fetched and processed at a time; 0 for as many as there are slots."""
    large_at_once: int = 0
    """Large ones; 0 for as many as small ones."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a slot was given back; the worker waits for it."""
    work: Places = field(init=False)
    aside: Places = field(init=False)
    pictures: Places = field(init=False)
    """Of each a small picture takes as many as there may be large ones, and a large one the other way round."""

    def __post_init__(self) -> None:
        """Make the places."""
        self.work, self.aside = Places(self.size), Places(pictures(self.size) - self.size)
        self.at_once = self.at_once or self.size
        self.large_at_once = min(self.large_at_once or self.at_once, self.at_once)
        self.pictures = Places(self.at_once * self.large_at_once, each=self.at_once)

    def places_of(self, size: int) -> int:
        """Return how many places a picture of *size* bytes takes among the pictures."""
        return max(self.large_at_once, min(self.at_once, math.ceil(self.at_once * size / LARGE)))

    @property
    def free(self) -> int:
        """How many slots nobody has or waits for."""
        return self.work.free

    def room(self, jobs: int) -> int:
        """Return how many jobs more a worker may take that has so many *jobs*."""
        return max(0, min(self.free, self.size + self.beside - jobs))

    def open(self) -> "Slot":
        """Return the slot of a new job: taken if one is free, else to be waited for."""
        return Slot(self, taken=self.work.take_free())


@dataclass(slots=True, eq=False)
class Slot:
    """What one job has of its worker's slots."""

    slots: Slots
    taken: bool = False
    aside: bool = False
    slow: bool = False
    """Whether the last try of a download was slow."""
    on_picture: bool = False
    """Whether the job is at its picture; then it has, or waits for, a place among those."""
    placed: int = 0
    """Places that it has there: none without a slot, or who waits for a slot could stop all."""

    async def take(self) -> None:
        """Return once the job has a slot."""
        if not self.taken:
            await self.slots.work.take()
            self.taken = True
        self._come_back()
        if self.on_picture and not self.placed:
            self.placed = await self.slots.pictures.take()

    @asynccontextmanager
    async def picture(self) -> AsyncIterator[None]:
        """Fetch and process a picture meanwhile, as soon as it is this job's turn."""
        self.on_picture = True
        try:
            await self.take()
            yield
        finally:
            self.on_picture = False
            self._leave_pictures()

    def hold(self, size: int) -> None:
        """Take in that the picture has *size* bytes, and expect the same of the next one."""
        places = self.slots.pictures.each = self.slots.places_of(size)
        if self.placed:
            self.slots.pictures.change(places - self.placed)
            self.placed = places

    def give_back(self, *, holding: bool = False) -> bool:
        """Let others work; False, and nothing is done, if there is no room for what it is *holding*.

        That is a picture in memory, or a generation in flight at a provider that does not answer.
        """
        if not holding:
            self._come_back()
        elif not self.aside:
            self.aside = self.slots.aside.take_free()
            if not self.aside:
                return False
        if self.taken:
            self.taken = False
            self._leave_pictures()
            self.slots.work.give_back()
            self.slots.changed.set()
        return True

    def close(self) -> None:
        """Give everything back: the job has ended."""
        self.give_back()

    async def work(self, act: Callable[[], Awaitable[T]], *, holding: bool = False) -> T:
        """Run *act* with a slot, and give it back if *act* is to be tried again later.

        Raises:
            Unavailable: as *act* does.
        """
        await self.take()
        try:
            return await act()
        except Unavailable:
            self.give_back(holding=holding)
            raise

    async def transfer(self, act: Callable[[], Awaitable[T]], *, holding: bool = False) -> T:
        """Like `work`, for an *act* that may hang: after a while it goes on without the slot."""
        if self.slow:
            answer = await self._transfer_aside(act)
        else:
            answer = await self.work(lambda: self._transfer(act, holding=holding), holding=holding)
        self.slow = False
        await self.take()
        return answer

    async def _transfer_aside(self, act: Callable[[], Awaitable[T]]) -> T:
        self.give_back()
        await self.slots.aside.take()
        self.aside = True
        try:
            return await act()
        except Unavailable:
            self.give_back()
            raise

    async def _transfer(self, act: Callable[[], Awaitable[T]], *, holding: bool) -> T:
        self.slow = False
        try:
            async with asyncio.timeout(None) as end:
                loop = asyncio.get_running_loop()
                slow = loop.call_later(self.slots.slow_after, self._slow_down, end, holding)
                try:
                    return await act()
                finally:
                    slow.cancel()
        except TimeoutError:
            if not end.expired():
                raise
        raise Unavailable(Code.DOWNLOAD_FAILED, SLOW, detail="too many slow transfers")

    def _slow_down(self, transfer: asyncio.Timeout, holding: bool) -> None:
        """Let a transfer go on without its slot; end it where there is no room for what it fetches."""
        self.slow = not holding
        if not self.give_back(holding=True) and not holding:
            transfer.reschedule(asyncio.get_running_loop().time())

    def _come_back(self) -> None:
        if self.aside:
            self.aside = False
            self.slots.aside.give_back()

    def _leave_pictures(self) -> None:
        if self.placed:
            self.slots.pictures.give_back(self.placed)
            self.placed = 0

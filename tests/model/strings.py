"""Workers on strings: each waits before and after everything it does, until it is let go on.

A worker that is not let go on is frozen, one that never is again is dead, and whatever it asked
for can be made to fail before it was done, or after.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.errors import InDoubt, MobartError
from mobart.core.lifecycle import Event, Transition
from mobart.core.orders import Order
from mobart.core.ports import Claim
from tests.support.clocks import SimulatedClock

NOW = float("-inf")


class TornOff(BaseException):
    """The strings are cut: whatever still runs must end, and have no effect."""


@dataclass(slots=True, eq=False)
class Wait:
    """One coroutine of a worker, and what it waits to do."""

    what: str
    until: float
    future: asyncio.Future[None]


@dataclass(slots=True)
class Strings:
    """All that one worker waits for."""

    time: SimulatedClock
    waits: list[Wait] = field(default_factory=list)
    busy: int = 0
    cut: bool = False

    async def hold(self, what: str, *, until: float = NOW) -> None:
        """Wait until let go, not before the time *until*."""
        if self.cut:
            raise TornOff(what)
        wait = Wait(what, until, asyncio.get_running_loop().create_future())
        self.waits.append(wait)
        try:
            await wait.future
        finally:
            self.waits.remove(wait)

    @property
    def ready(self) -> list[Wait]:
        """List what could go on now, longest waiting first."""
        now = self.time.monotonic()
        return [wait for wait in self.waits if wait.until <= now and not wait.future.done()]

    def waiting_for(self, what: str) -> int | None:
        """Return which of those that are ready waits for *what*."""
        return next((which for which, wait in enumerate(self.ready) if wait.what == what), None)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Say that something is going on outside meanwhile."""
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1


class OnStrings:
    """A port, every call of which waits before it is done and before its answer arrives."""

    def __init__(self, inner: Any, strings: Strings) -> None:
        """Wrap *inner*."""
        self._inner = inner
        self._strings = strings
        self.recorded = list[tuple[Claim, Transition]]()
        """What was recorded, with the claims as they were then."""

    def __getattr__(self, name: str) -> Any:
        """Return the wrapped method *name*."""
        method = getattr(self._inner, name)

        async def call(*args: Any, **options: Any) -> Any:
            until = self._strings.time.monotonic() + options.get("wait", 0.0)
            if "wait" in options:
                options["wait"] = 0.001  # of the real time that a real server takes
            await self._strings.hold(f"{name} asked")
            if name == "record":
                self.recorded.append((copy(args[0]), args[1]))
            with self._strings.at_work():
                answer = await method(*args, **options)
            await self._strings.hold(f"{name} answered", until=NOW if answer else until)
            return answer

        return call

    async def record_late(self, event: Event) -> None:
        """Have a copy of what was recorded last of *event* arrive once more."""
        claim, transition = [one for one in self.recorded if one[1].event is event][-1]
        with suppress(MobartError):
            await self._inner.record(claim, transition)


@dataclass(frozen=True, slots=True)
class ClockOnStrings:
    """The clock of one worker: time goes by, but it wakes only when it is let go."""

    strings: Strings

    def now(self) -> datetime:
        """See `Clock`."""
        return self.strings.time.now()

    def monotonic(self) -> float:
        """See `Clock`."""
        return self.strings.time.monotonic()

    def jitter(self) -> float:
        """See `Clock`."""
        return 0.5

    async def sleep(self, seconds: float) -> None:
        """See `Clock`."""
        await self.strings.hold("sleep", until=self.monotonic() + seconds)


@dataclass(slots=True)
class Seller:
    """The provider's side of the counter: who bought what."""

    lookup: Lookup
    sold: list[tuple[str, Ticket, bool]] = field(default_factory=list)
    polled: set[Ticket] = field(default_factory=set)
    idempotent: bool = False
    """Whether a repeated submit is answered with the first one's ticket."""
    forgetful: bool = False
    """Whether what is sold now will be missing in the list, where that is partial."""

    def accept(self, order: Order) -> Ticket:
        """Take money, if the request is a new one or nobody looks."""
        known = (ticket for sold, ticket, _ in self.sold if sold == order.request_id)
        if self.idempotent and (first := next(known, None)):
            return first
        ticket = Ticket("model", f"task-{len(self.sold)}")
        self.sold.append((order.request_id, ticket, not self.forgetful))
        return ticket

    def payments(self, request_id: str) -> int:
        """Count what was taken for a request."""
        return sum(sold == request_id for sold, _, _ in self.sold)

    def listed(self, request_id: str) -> Ticket | None:
        """Look a request up."""
        complete = self.lookup is Lookup.COMPLETE
        found = (ticket for sold, ticket, seen in self.sold if sold == request_id)
        listed = (ticket for sold, ticket, seen in self.sold if sold == request_id and seen)
        return next(found if complete else listed, None)


@dataclass(slots=True)
class ProviderOnStrings:
    """The `ImageProvider` of one worker.

    A submit that is frozen longer than its timeout does not leave, where its absence from a list
    will be taken for proof.  (Of a process that is suspended between its last look at the clock and
    the first byte on the wire this is not true; that gap nobody can close.)
    """

    provider: Seller
    strings: Strings
    capabilities: Capabilities
    name: str = "model"
    brought: set[Ticket] = field(default_factory=set)
    """The tickets that this worker got to see."""

    async def submit(self, order: Order) -> Ticket:
        """See `ImageProvider`."""
        latest = self.strings.time.monotonic() + self.capabilities.submit_timeout
        await self.strings.hold("submit asked")
        if self.capabilities.lookup is Lookup.COMPLETE and self.strings.time.monotonic() > latest:
            raise InDoubt("timed out")
        ticket = self.provider.accept(order)
        await self.strings.hold("submit answered")
        self.brought.add(ticket)
        return ticket

    async def find(self, order: Order) -> Ticket | None:
        """See `ImageProvider`."""
        await self.strings.hold("find asked")
        return self.provider.listed(order.request_id)

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """See `ImageProvider`."""
        await self.strings.hold("poll asked")
        if ticket in self.provider.polled:
            return Picture((f"memory:{ticket.reference}",))
        self.provider.polled.add(ticket)
        return Pending(50)

    async def cancel(self, ticket: Ticket) -> None:
        """See `ImageProvider`."""

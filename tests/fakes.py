"""Stand-ins for what surrounds the core: a clock that tests move, and ears that remember."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from mobart.domain import GenerationRequest
from mobart.log_events import LogEvent

BEGIN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(slots=True)
class SimulatedClock:
    """A `Clock` on which sleeping takes no time, only moves the hands."""

    seconds: float = 1000.0
    chance: float = 0.5
    """What `jitter` answers."""
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """See `Clock`."""
        return BEGIN + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """See `Clock`."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Let everybody else have a turn, and be later."""
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)

    def jitter(self) -> float:
        """See `Clock`."""
        return self.chance


@dataclass(slots=True)
class Notes:
    """An `Observer` that remembers."""

    taken: list[tuple[LogEvent, dict[str, Any]]] = field(default_factory=list)

    def note(self, event: LogEvent, **facts: Any) -> None:
        """See `Observer`."""
        self.taken.append((event, facts))

    def of(self, event: LogEvent) -> list[dict[str, Any]]:
        """List the facts of every *event*."""
        return [facts for noted, facts in self.taken if noted is event]

    @property
    def events(self) -> list[LogEvent]:
        """List what happened, in order."""
        return [event for event, _ in self.taken]


@dataclass(slots=True)
class Progress:
    """An `Announcer` that remembers."""

    told: list[tuple[str, str, int]] = field(default_factory=list)

    async def progress(self, request: GenerationRequest, stage: str, percent: int) -> None:
        """See `Announcer`."""
        self.told.append((request.request_id, stage, percent))


@contextmanager
def new_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Lend an event loop that the caller drives by hand."""
    loop = asyncio.new_event_loop()
    try:
        yield loop
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

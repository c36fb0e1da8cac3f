"""Clocks for tests: one that only a test moves, one that follows the event loop."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(slots=True)
class SimulatedClock:
    """A `Clock` on which sleeping takes no time and moves the clock forward.

    For what only asks for a number of seconds, pass its `monotonic`.
    """

    seconds: float = 1000.0
    chance: float = 0.5
    """What `jitter` answers."""
    astray: float = 0.0
    """By how many seconds the wall clock was put wrong; nothing else notices."""
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """See `Clock`."""
        return BEGIN + timedelta(seconds=self.seconds + self.astray)

    def monotonic(self) -> float:
        """See `Clock`."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Let other tasks have a turn, and move forward."""
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)

    def jitter(self) -> float:
        """See `Clock`."""
        return self.chance


@dataclass(slots=True)
class LoopClock:
    """The running event loop's time, passing *speed* times as fast; *late* seconds are added."""

    speed: float = 1.0
    late: float = 0.0

    def now(self) -> datetime:
        """Return the wall clock."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """See `Clock`."""
        return asyncio.get_running_loop().time() * self.speed + self.late

    async def sleep(self, seconds: float) -> None:
        """Wait for real, a *speed*th of it."""
        await asyncio.sleep(seconds / self.speed)

    def jitter(self) -> float:
        """Return the middle."""
        return 0.5


class HastyClock(LoopClock):
    """Real time on which sleeping takes none: it only moves the clock."""

    def __init__(self) -> None:
        """Start on time, without having slept."""
        super().__init__()
        self.slept = list[float]()

    async def sleep(self, seconds: float) -> None:
        """Be later, after everything else had a turn."""
        self.slept.append(seconds)
        self.late += seconds
        await asyncio.sleep(0)

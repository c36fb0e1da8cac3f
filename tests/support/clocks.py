"""Clocks for tests."""

import asyncio
from datetime import UTC, datetime


class LoopClock:
    """Real time, as the running event loop has it; *late* seconds can be put on top."""

    def __init__(self) -> None:
        """Start on time."""
        self.late = 0.0

    def now(self) -> datetime:
        """Return the wall clock."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the event loop's time."""
        return asyncio.get_running_loop().time() + self.late

    async def sleep(self, seconds: float) -> None:
        """Wait for real."""
        await asyncio.sleep(seconds)

    def jitter(self) -> float:
        """Return no surprise."""
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

"""Clocks for tests."""

import asyncio
from datetime import UTC, datetime, timedelta


class LoopClock:
    """Real time, as the running event loop has it."""

    def now(self) -> datetime:
        """Return the wall clock."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the event loop's time."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait for real."""
        await asyncio.sleep(seconds)

    def jitter(self) -> float:
        """Return no surprise."""
        return 0.5


class HeldClock:
    """Time that stands still until told; a sleep ends when time has gone that far."""

    def __init__(self) -> None:
        """Start at a round hour."""
        self.seconds = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> datetime:
        """Return the wall clock of this time."""
        return datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """Return the seconds gone by."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Wait until time has been moved on."""
        over = asyncio.Event()
        self._sleepers.append((self.seconds + seconds, over))
        await over.wait()

    def jitter(self) -> float:
        """Return no surprise."""
        return 0.5

    def move(self, seconds: float) -> None:
        """Let time go by."""
        self.seconds += seconds
        for until, over in self._sleepers:
            if until <= self.seconds:
                over.set()

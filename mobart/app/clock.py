"""The real clock."""

import asyncio
import random
import time
from datetime import UTC, datetime


class SystemClock:
    """`Clock` as the machine has it."""

    def now(self) -> datetime:
        """See `Clock`."""
        return datetime.now(UTC)

    monotonic = staticmethod(time.monotonic)
    """See `Clock`."""

    async def sleep(self, seconds: float) -> None:
        """See `Clock`."""
        await asyncio.sleep(seconds)

    def jitter(self) -> float:
        """See `Clock`."""
        return random.random()  # noqa: S311 - spreads retries, guards nothing

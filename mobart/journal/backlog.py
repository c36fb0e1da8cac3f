"""How much is outstanding, and since when, for gauges that must answer at once."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from mobart.core.errors import Unavailable
from mobart.journal.failures import translated
from mobart.journal.keys import Keys

LOOK_EVERY = 5.0


class Backlog:
    """Remembers the request stream as it was lately: jobs waiting or in progress, of all workers."""

    def __init__(self, redis: Redis, *, keys: Keys) -> None:
        """Use *redis* for short commands only."""
        self._redis = redis
        self._keys = keys
        self.size = 0.0
        self._oldest: float | None = None
        """When the oldest entry was added, in seconds since 1970; None if there is none."""

    async def look(self) -> None:
        """Look once; NaN means that Redis does not say."""
        self.size, self._oldest = float("nan"), float("nan")
        with suppress(Unavailable, ResponseError):  # somebody else's key, of another type
            await self._look()

    async def _look(self) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.xlen(self._keys.requests)
        pipeline.xrange(self._keys.requests, count=1)
        with translated():
            size, first = await pipeline.execute()
        self.size, self._oldest = float(size), _added_at(first)

    def age(self, now: datetime) -> float:
        """Return the seconds since the oldest entry was added, by Redis's clock; 0 without one."""
        if self._oldest is None:
            return 0.0
        age = now.timestamp() - self._oldest
        return 0.0 if age < 0 else age  # NaN stays NaN


def _added_at(entries: Any) -> float | None:
    """Return when the first of *entries* was added: its id begins with the milliseconds."""
    return int(entries[0][0].split(b"-")[0]) / 1000 if entries else None

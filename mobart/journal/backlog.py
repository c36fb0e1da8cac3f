"""How much is outstanding, for a gauge that must answer at once."""

from redis.asyncio import Redis

from mobart.core.errors import Unavailable
from mobart.core.ports import Clock
from mobart.journal.connection import translated
from mobart.journal.keys import Keys

LOOK_EVERY = 5.0


class Backlog:
    """Remembers the length of the request stream: jobs waiting or in progress, of all workers."""

    def __init__(self, redis: Redis, *, keys: Keys) -> None:
        """Use *redis* for short commands only."""
        self._redis = redis
        self._keys = keys
        self.size = 0.0

    async def run(self, clock: Clock) -> None:
        """Look every few seconds until cancelled; NaN means that Redis does not say."""
        while True:
            try:
                with translated():
                    self.size = float(await self._redis.xlen(self._keys.requests))
            except Unavailable:
                self.size = float("nan")
            await clock.sleep(LOOK_EVERY)

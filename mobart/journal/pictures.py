"""`SharedPictures` on Redis: paid pictures that came with their answers while S3 takes none.

They are in no other place, so whoever takes a job over finds them here.  There is room for few of them:
Redis has the jobs to keep.
"""

from typing import Any

from redis.asyncio import Redis

from mobart.journal.failures import translated
from mobart.journal.keys import Keys
from mobart.journal.scripts import script

ROOM = 64 * 2**20
"""Bytes of all of them together."""


class RedisPictures:
    """The pictures of one namespace, each for so many seconds."""

    def __init__(self, redis: Redis, *, keys: Keys, seconds: float) -> None:
        """Use *redis* for short commands only."""
        self._redis = redis
        self._keys = keys
        self._seconds = max(1, round(seconds))
        self._hold = script(redis, "hold")

    async def put(self, key: str, raw: bytes) -> bool:
        """See `SharedPictures`."""
        keys = [self._keys.picture(key), self._keys.pictures]
        with translated():
            held: int = await self._hold(keys, [raw, self._seconds, ROOM])
        return held == 1

    async def get(self, key: str) -> bytes | None:
        """See `SharedPictures`."""
        with translated():
            raw: Any = await self._redis.get(self._keys.picture(key))
        return None if raw is None else bytes(raw)

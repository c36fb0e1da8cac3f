"""Telling how a job is getting on, for backends that show it to players."""

import asyncio
from collections import OrderedDict
from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from mobart.core.completions import encode_progress
from mobart.core.domain import GenerationRequest

CHANNEL = "image_generation_progress"
PATIENCE = 1.0
"""Seconds that telling may take from a job."""
REMEMBERED = 4096
"""Jobs whose last news are known; beyond that the oldest may be told twice."""


class Silent:
    """An `Announcer` that tells nobody."""

    async def progress(self, request: GenerationRequest, stage: str, percent: int) -> None:
        """Do nothing."""


class ProgressChannel:
    """An `Announcer` that publishes on a channel what is new about a job.

    It is told once, to whoever listens; what gets lost is made up for by the next.
    """

    def __init__(self, *, redis: Redis, channel: str = CHANNEL, retrier: float = PATIENCE) -> None:
        """Take a client that repeats nothing by itself."""
        self._redis = redis
        self._channel = channel
        self._retrier = retrier
        self._told: OrderedDict[str, tuple[str, int]] = OrderedDict()

    async def progress(self, request: GenerationRequest, stage: str, percent: int) -> None:
        """Publish, unless it is what was told last; never raises, never takes long."""
        news = (stage, max(0, min(100, percent)))
        if self._told.get(request.request_id) == news:
            return
        self._told[request.request_id] = news
        self._told.move_to_end(request.request_id)
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        with suppress(RedisError, OSError):
            async with asyncio.timeout(self._retrier):
                await self._redis.publish(self._channel, encode_progress(request, *news))

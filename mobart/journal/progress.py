"""Publishes a job's progress, for backends that show it to players."""

import asyncio
from collections import OrderedDict
from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from mobart.core.completions import encode_progress
from mobart.core.domain import GenerationRequest

CHANNEL = "image_generation_progress"
TIMEOUT = 1.0
"""Seconds after which publishing is given up."""
REMEMBERED = 4096
"""Jobs whose last message is remembered; the oldest beyond that may be published twice."""


class Silent:
    """An `Announcer` that publishes nothing."""

    async def progress(self, request: GenerationRequest, stage: str, percent: int) -> None:
        """Do nothing."""


class ProgressChannel:
    """An `Announcer` that publishes a job's progress on a channel where it has changed.

    Published once to current subscribers; the next message makes up for a lost one.
    """

    def __init__(self, *, redis: Redis, channel: str = CHANNEL, timeout: float = TIMEOUT) -> None:
        """Take a client that repeats nothing by itself."""
        self._redis = redis
        self._channel = channel
        self._timeout = timeout
        self._published: OrderedDict[str, tuple[str, int]] = OrderedDict()

    async def progress(self, request: GenerationRequest, stage: str, percent: int) -> None:
        """Publish, unless nothing has changed; never raises, never takes long."""
        news = (stage, max(0, min(100, percent)))
        if self._published.get(request.request_id) == news:
            return
        self._published[request.request_id] = news
        self._published.move_to_end(request.request_id)
        if len(self._published) > REMEMBERED:
            self._published.popitem(last=False)
        with suppress(RedisError, OSError):
            async with asyncio.timeout(self._timeout):
                await self._redis.publish(self._channel, encode_progress(request, *news))

"""A game backend in miniature: asks for pictures over Redis and hears what became of them."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

from redis.asyncio import Redis
from redis.asyncio.client import PubSub

REQUESTS = "image_generation_requests"
COMPLETE = "image_generation_complete"
PROGRESS = "image_generation_progress"
GLANCE = 0.05


@dataclass(frozen=True, slots=True)
class News:
    """One message that Mobart published."""

    body: Mapping[str, Any]
    is_outcome: bool
    """Whether this is the end of a request, good or bad."""


class Backend:
    """Publishes requests and hears completions; it subscribes before it publishes."""

    def __init__(
        self,
        redis_url: str,
        *,
        requests: str = REQUESTS,
        complete: str = COMPLETE,
        progress: str = PROGRESS,
    ) -> None:
        """Take the names of the channels; nothing is sent yet."""
        self._requests, self._complete, self._progress = requests, complete, progress
        self._redis = Redis.from_url(redis_url, protocol=2)
        self._pubsub: PubSub = self._redis.pubsub()

    async def __aenter__(self) -> Self:
        """Subscribe."""
        await self._pubsub.subscribe(self._complete, self._progress)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up."""
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py annotates it not
        await self._redis.aclose()

    async def until_heard(self) -> None:
        """Wait until a worker listens: what is published before that is lost."""
        while True:
            _, listeners = (await self._redis.pubsub_numsub(self._requests))[0]
            if listeners:
                return
            await asyncio.sleep(GLANCE)

    async def ask(self, prompts: Sequence[str], *, user_id: str) -> dict[str, str]:
        """Publish one request a prompt; returns the prompt of each `request_id`."""
        asked = {str(uuid4()): prompt for prompt in prompts}
        for request_id, prompt in asked.items():
            request = {"request_id": request_id, "user_id": user_id, "prompt": prompt}
            await self._redis.publish(self._requests, json.dumps(request))
        return asked

    async def news(self) -> AsyncIterator[News]:
        """Yield everything that Mobart publishes, without end."""
        async for message in self._pubsub.listen():
            if message["type"] == "message":
                is_outcome = message["channel"].decode() == self._complete
                yield News(json.loads(message["data"]), is_outcome=is_outcome)

"""What the commands beside the worker do, with the settings of Redis alone."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis

from mobart.app.checks import REDIS_SETTINGS, NotReady
from mobart.app.clock import SystemClock
from mobart.core import wire
from mobart.core.domain import GenerationRequest
from mobart.core.errors import MobartError
from mobart.core.operations import KillSwitch
from mobart.journal.connection import connect, translated
from mobart.journal.keys import Keys
from mobart.journal.requests import RedisRequests
from mobart.journal.resolutions import RedisResolutions
from mobart.journal.status import RedisStatus
from mobart.settings import RedisAlone


@dataclass(frozen=True, slots=True)
class Operator:
    """Asks for pictures and looks at requests, as a backend or an operator does."""

    requests: RedisRequests
    status: RedisStatus
    redis: Redis
    keys: Keys
    cancel_channel: str
    kill_switch: KillSwitch

    async def submit(self, request: GenerationRequest) -> None:
        """Put *request* into the stream, where it waits for a worker.  Raises Unavailable."""
        with translated():
            await self.redis.xadd(self.keys.requests, {"request": wire.encode_request(request)})

    async def cancel(self, request_id: str) -> int:
        """Ask to drop a request; return how many workers heard it.  Raises Unavailable."""
        with translated():
            message = json.dumps({"request_id": request_id})
            heard: int = await self.redis.publish(self.cancel_channel, message)
        return heard


@asynccontextmanager
async def operating(settings: RedisAlone) -> AsyncIterator[Operator]:
    """Connect; errors of Redis become NotReady."""
    redis = connect(
        settings.redis_address, name="mobart:command", namespace=settings.mobart_namespace
    )
    keys, clock = Keys(settings.mobart_namespace), SystemClock()
    try:
        yield Operator(
            requests=RedisRequests(redis, keys=keys),
            status=RedisStatus(redis, keys=keys, clock=clock),
            redis=redis,
            keys=keys,
            cancel_channel=settings.mobart_cancel_channel,
            kill_switch=RedisResolutions(redis, keys=keys, clock=clock),
        )
    except MobartError as error:
        raise NotReady([f"Redis: {error} (see {REDIS_SETTINGS})"], healing=True) from error
    finally:
        await redis.aclose()


async def switch(settings: RedisAlone, *, paused: bool) -> None:
    """Have all workers begin nothing new, or go on.  Raises NotReady."""
    async with operating(settings) as operator:
        await operator.kill_switch.switch(paused=paused)

"""What the commands beside the worker do, with the settings of Redis alone."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis

from mobart.app.build import build
from mobart.app.checks import NotReady
from mobart.app.clock import SystemClock
from mobart.app.pictures import build_store
from mobart.app.problems import REDIS_SETTINGS, S3_SETTINGS
from mobart.app.status_page import build_operations
from mobart.core import wire
from mobart.core.domain import GenerationRequest
from mobart.core.errors import MobartError, Unavailable
from mobart.core.operations import Command, Done
from mobart.journal.connection import connect, translated
from mobart.journal.keys import Keys
from mobart.journal.requests import RedisRequests
from mobart.journal.status import RedisStatus
from mobart.settings import RedisAlone, S3Alone, Settings


@dataclass(frozen=True, slots=True)
class Operator:
    """Asks for pictures and looks at requests, as a backend or an operator does."""

    requests: RedisRequests
    status: RedisStatus
    redis: Redis
    keys: Keys
    cancel_channel: str

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
    redis = connect(settings.redis_address, name="mobart:command")
    keys = Keys(settings.mobart_namespace)
    try:
        yield Operator(
            requests=RedisRequests(redis, keys=keys),
            status=RedisStatus(redis, keys=keys, clock=SystemClock()),
            redis=redis,
            keys=keys,
            cancel_channel=settings.mobart_cancel_channel,
        )
    except MobartError as error:
        raise NotReady([f"Redis: {error} (see {REDIS_SETTINGS})"], healing=True) from error
    finally:
        await redis.aclose()


async def perform(settings: Settings, command: Command) -> Done:
    """Do what an operator asks for.  Raises NotReady, NotPossible or Rejected."""
    parts = build(settings)
    redis = parts.base.redis
    async with AsyncExitStack() as stack:
        for client in redis.clients:
            stack.push_async_callback(client.aclose)
        requests = RedisRequests(redis.commands, keys=redis.keys)
        operations = build_operations(parts.base, parts.intake, parts.journal, requests)
        try:
            return await operations.perform(command, actor="command")
        except Unavailable as error:
            raise NotReady([f"Redis: {error} (see {REDIS_SETTINGS})"], healing=True) from error


async def fetch_picture(settings: S3Alone, key: str) -> bytes:
    """Return the object at *key* of the bucket.  Raises NotReady."""
    try:
        async with build_store(settings) as store:
            return await store.get_raw(key)
    except MobartError as error:
        raise NotReady([f"S3: {error} (see {S3_SETTINGS})"], healing=True) from error

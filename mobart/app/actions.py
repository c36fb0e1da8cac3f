"""What the commands do with the settings of a whole worker, or of S3."""

from contextlib import AsyncExitStack

from mobart.app.build import build
from mobart.app.checks import REDIS_SETTINGS, S3_SETTINGS, NotReady
from mobart.app.pictures import build_store
from mobart.app.status_page import build_operations
from mobart.core.errors import MobartError, Unavailable
from mobart.core.operations import Command, Done
from mobart.journal.requests import RedisRequests
from mobart.settings import S3Alone, Settings


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

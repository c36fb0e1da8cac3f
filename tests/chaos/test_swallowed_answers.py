"""A command was done and its answer lost: whoever repeats it changes nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from mobart.errors import Unavailable
from mobart.local.redis import RedisServer
from mobart.ports import Acceptance, Claim
from mobart.wire import Refusal, parse_request
from tests.chaos.proxy import Proxy
from tests.worlds import (
    DISPROVED,
    DONE,
    RECEIVED,
    REQUEST,
    STARTED,
    Desk,
    RedisWorld,
    settled,
)

NO_REQUEST = b'{"request_id": "request-1"}'


@dataclass(frozen=True, slots=True)
class Line:
    """A worker whose Redis is behind a proxy, beside one who sees it directly."""

    proxy: Proxy
    world: RedisWorld
    worker: Desk
    other: Desk

    async def twice(self, act: Callable[[], Awaitable[object]]) -> object:
        """Run *act* with its answer swallowed, then again; return the second answer."""
        self.proxy.troubles.swallow = 1
        with pytest.raises(Unavailable):
            await act()
        done = await self.world.snapshot()
        answer = await act()
        assert await self.world.snapshot() == done
        return answer


@pytest.fixture
async def line(shared_redis: RedisServer) -> AsyncIterator[Line]:
    """Put a proxy between a worker and Redis; the scripts are known to it already."""
    world = await RedisWorld.open(shared_redis.url, namespace="swallowed")
    await world.redis.flushdb()
    other = await world.desk("other")
    for claim in (await other.settled(DONE), await other.paying()):
        await other.leases.release(claim)
    await other.leases.strike(await other.take())
    await world.redis.flushdb()
    async with Proxy(shared_redis.port) as proxy:
        world.url = shared_redis.url.replace(f":{shared_redis.port}", f":{proxy.port}")
        yield Line(proxy, world, await world.desk("worker"), other)
        await world.close()

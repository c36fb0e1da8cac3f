"""What is outstanding, as the gauge sees it."""

import asyncio

from fakeredis import FakeAsyncRedis

from mobart.app.clock import SystemClock
from mobart.journal.backlog import Backlog
from mobart.journal.keys import Keys
from tests.daemon.deployment import until


async def test_the_backlog_is_the_length_of_the_request_stream() -> None:
    """Entries are deleted when they are settled, so all that are there are outstanding."""
    redis, keys = FakeAsyncRedis(), Keys()
    for _ in range(3):
        await redis.xadd(keys.requests, {"request": "{}"})
    backlog = Backlog(redis, keys=keys)
    looking = asyncio.create_task(backlog.run(SystemClock()))
    await until(lambda: backlog.size == 3, "the first look")
    looking.cancel()
    await redis.aclose()

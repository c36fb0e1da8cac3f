"""What is outstanding, as the gauge sees it."""

import math
from datetime import UTC, datetime

from fakeredis import FakeAsyncRedis

from mobart.journal.backlog import Backlog
from mobart.journal.keys import Keys


async def test_the_backlog_is_the_length_of_the_request_stream() -> None:
    """Entries are deleted when they are settled, so all that are there are outstanding."""
    redis, keys = FakeAsyncRedis(), Keys()
    for _ in range(3):
        await redis.xadd(keys.requests, {"request": "{}"})
    backlog = Backlog(redis, keys=keys)
    await backlog.look()
    assert backlog.size == 3
    await redis.aclose()


async def test_its_age_is_that_of_the_oldest_entry() -> None:
    """Without an entry it is nothing; of a Redis that does not answer it is unknown."""
    redis, keys = FakeAsyncRedis(), Keys()
    backlog = Backlog(redis, keys=keys)
    assert backlog.age(datetime.fromtimestamp(1100, UTC)) == 0
    await redis.xadd(keys.requests, {"request": "{}"}, id="1000000-0")
    await redis.xadd(keys.requests, {"request": "{}"}, id="1090000-0")
    await backlog.look()
    assert backlog.age(datetime.fromtimestamp(1100, UTC)) == 100
    await redis.set(keys.requests, "no stream")
    await backlog.look()
    assert math.isnan(backlog.size)
    assert math.isnan(backlog.age(datetime.fromtimestamp(1100, UTC)))
    await redis.aclose()

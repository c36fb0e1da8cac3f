"""Script calls of many jobs that are sent together: each caller has its own answer, or error."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import RedisError, ResponseError

from mobart.journal.connection import connect
from mobart.journal.pipeline import MOST, Pipeline
from mobart.journal.scripts import Run
from tests.support.backends import RedisWorld
from tests.support.proxy import Proxy

CROWD = 3 * MOST


def jobs(world: RedisWorld) -> list[str]:
    """Return the keys of many jobs."""
    return [world.keys.job(f"r-{number}") for number in range(CROWD)]


async def connections(world: RedisWorld) -> int:
    """Count those that were ever opened."""
    received: int = (await world.redis.info("stats"))["total_connections_received"]
    return received


@pytest.fixture
def crash(redis_world: RedisWorld) -> Run:
    """Return a script that counts against the job that its caller names."""
    return Pipeline(redis_world.redis).script("crash")


@pytest.fixture
async def records(redis_world: RedisWorld) -> AsyncIterator[list[str]]:
    """Write as many records, each of an epoch of its own; count what Redis is sent."""
    keys = jobs(redis_world)
    async with redis_world.redis.pipeline(transaction=False) as pipe:
        for number, key in enumerate(keys):
            known: list[str] = ["epoch", str(number), "entry", "1-1", "stage", "paid"]
            pipe.hset(key, items=[*known, "strikes", str(number)])
        await pipe.execute()
    yield keys
    await redis_world.redis.delete(*keys)


async def test_each_caller_has_its_own_answer(crash: Run, records: list[str]) -> None:
    """Whoever asks at the same time, also where Redis does not know the script yet."""
    calls = (crash([key], ["1-1", number]) for number, key in enumerate(records))
    assert await asyncio.gather(*calls) == [number + 1 for number in range(CROWD)]


async def test_calls_that_are_made_together_share_connections(
    redis_world: RedisWorld, crash: Run, records: list[str]
) -> None:
    """However many there are, one connection is enough, and it is kept."""
    await crash([records[0]], ["1-1", 0])
    before = await connections(redis_world)
    await asyncio.gather(*(crash([key], ["1-1", 0]) for key in records))
    assert await connections(redis_world) == before


async def test_calls_of_a_script_that_redis_forgot_share_them_too(
    redis_world: RedisWorld, crash: Run, records: list[str]
) -> None:
    """After a restart all come at once."""
    await crash([records[0]], ["1-1", 0])
    before = await connections(redis_world)
    await redis_world.redis.script_flush()
    await asyncio.gather(*(crash([key], ["1-1", 0]) for key in records))
    assert await connections(redis_world) == before


async def test_an_error_is_its_callers_alone(
    redis_world: RedisWorld, crash: Run, records: list[str]
) -> None:
    """The calls around it are answered."""
    await redis_world.redis.set(records[1], "a string", keepttl=True)
    await redis_world.redis.hset(records[2], "strikes", "no number")
    calls = (crash([key], ["1-1", number]) for number, key in enumerate(records[:4]))
    *fine, broken, last = await asyncio.gather(*calls, return_exceptions=True)
    assert (fine, last) == ([1, 0], 4)
    assert isinstance(broken, ResponseError)


async def test_a_caller_that_is_cancelled_disturbs_nobody(crash: Run, records: list[str]) -> None:
    """Before its call was sent, and while it is under way."""
    tasks = [
        asyncio.create_task(crash([key], ["1-1", number])) for number, key in enumerate(records)
    ]
    await asyncio.sleep(0)
    tasks[0].cancel()  # not sent yet
    await tasks[1]
    tasks[-1].cancel()  # some are under way by now
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert answers[1:-1] == [number + 1 for number in range(1, CROWD - 1)]


async def test_a_lost_connection_leaves_all_calls_on_it_in_doubt(
    redis_world: RedisWorld, crash: Run, records: list[str]
) -> None:
    """Each has an error of its own, nobody waits for ever, and the next call is answered."""
    await crash([records[0]], ["1-1", 0])  # the script is known
    port = int(redis_world.redis.connection_pool.connection_kwargs["port"])
    async with Proxy(port) as proxy:
        redis = connect(proxy.url, name="cut")
        run = Pipeline(redis).script("crash")
        await run([records[1]], ["1-1", 1])
        proxy.troubles.swallow_every = proxy.answered + 1
        calls = (run([key], ["1-1", 0]) for key in records[:MOST])
        errors = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(error, RedisError | OSError) for error in errors)
        assert len({id(error) for error in errors}) == MOST
        proxy.troubles.swallow_every = 0
        assert await run([records[2]], ["1-1", 2]) == 3
        await redis.aclose()


async def test_a_server_that_is_away_is_told_to_each_caller(redis_world: RedisWorld) -> None:
    """As a lost connection is, and whoever asks once it is back is answered."""
    port = int(redis_world.redis.connection_pool.connection_kwargs["port"])
    async with Proxy(port) as proxy:
        proxy.troubles.refusing = True
        redis = connect(proxy.url, name="away")
        run = Pipeline(redis).script("crash")
        calls = (run(["x"], ["1-1", 0]) for _ in range(3))
        told = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(error, RedisError | OSError) for error in told)
        proxy.troubles.refusing = False
        assert await run(["x"], ["1-1", 0]) == 0
        await redis.aclose()

"""Whoever is cancelled while Redis is asked ends as cancelled, and the next one gets its own answer."""

import asyncio

import pytest
from redis.asyncio import Redis

from mobart.journal.connection import connect
from tests.support.backends import RedisWorld

MOMENTS = range(12)
"""Rounds of the event loop, more than a command on an open connection takes."""


async def echo(redis: Redis, text: str) -> bytes | str:
    """Have Redis say *text*."""
    return await redis.echo(text)


@pytest.mark.parametrize("rounds", MOMENTS)
async def test_no_moment_of_a_command_loses_a_cancellation(
    redis_world: RedisWorld, rounds: int
) -> None:
    """Neither that at which it was sent: before Python 3.12 `asyncio.wait_for` forgets it there."""
    redis = connect(redis_world.url, name="cancelled", connections=1)
    await redis.ping()
    asking = asyncio.create_task(echo(redis, "mine"))
    for _ in range(rounds):
        await asyncio.sleep(0)
    was_cancelled = asking.cancel()
    await asyncio.wait([asking])
    assert asking.cancelled() == was_cancelled
    assert await echo(redis, "the next one's") == b"the next one's"
    await redis.aclose()

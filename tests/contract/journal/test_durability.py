"""A payment that waits until the right to it cannot be lost with one server."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from mobart.core.domain import Stage
from mobart.core.errors import Rejected, Unavailable
from mobart.journal import durability
from mobart.journal.durability import Durability
from mobart.journal.record import RedisJournal
from tests.support.backends import STARTED, RedisWorld, WorkerView
from tests.support.servers import redis_server


async def waiting(world: RedisWorld, wanted: Durability) -> WorkerView:
    """Return a worker's view whose payments wait as *wanted*."""
    view = await world.view("a")
    assert isinstance(view.journal, RedisJournal)
    view.journal._durability = wanted
    return replace(view)


async def test_without_its_replicas_nothing_is_paid(
    redis_world: RedisWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right to pay is not given, and the job is tried again."""
    monkeypatch.setattr(durability, "WAIT_SECONDS", 0.05)
    view = await waiting(redis_world, Durability(replicas=1))
    claim = await view.accepted()
    with pytest.raises(Unavailable, match="0 of 1 replicas"):
        await view.journal.record(claim, STARTED)


async def test_a_right_to_pay_that_is_on_disk_is_given(redis_world: RedisWorld) -> None:
    """The server writes it down before anything is paid."""
    version = (await redis_world.redis.info("server"))["redis_version"]
    if tuple(int(part) for part in version.split(".")[:2]) < (7, 2):
        pytest.skip("WAITAOF came with Redis 7.2")
    await redis_world.redis.config_set("appendonly", "yes")
    view = await waiting(redis_world, Durability(disk=True))
    claim = await view.accepted()
    await view.journal.record(claim, STARTED)
    assert claim.job.stage is Stage.PAYING
    await redis_world.redis.config_set("appendonly", "no")


async def test_a_right_to_pay_that_cannot_be_made_safe_is_not_used(
    redis_world: RedisWorld,
) -> None:
    """Redis refuses to wait for its disk, since it writes to none: nothing is paid, nothing crashes."""
    await redis_world.redis.config_set("appendonly", "no")
    view = await waiting(redis_world, Durability(disk=True))
    claim = await view.accepted()
    with pytest.raises(Unavailable, match=r"(?i)waitaof"):
        await view.journal.record(claim, STARTED)
    assert claim.job.stage is Stage.ACCEPTED


async def test_a_start_is_refused_where_that_would_be_so(redis_world: RedisWorld) -> None:
    """Before the first job finds out."""
    await redis_world.redis.config_set("appendonly", "no")
    with pytest.raises(Rejected, match="MOBART_REDIS_WAIT_DISK needs Redis"):
        await Durability(disk=True).check(redis_world.redis)
    await Durability(replicas=1).check(redis_world.redis)


async def test_what_a_failover_may_cost_is_told_where_there_are_replicas(tmp_path: Path) -> None:
    """The cut-off master first: the replicas are there, and nothing waits for them."""
    with redis_server(tmp_path / "master") as master, redis_server(tmp_path / "replica") as replica:
        async with Redis.from_url(master.url) as redis, Redis.from_url(replica.url) as other:
            assert await Durability().warnings(redis) == []
            (lacking,) = await Durability(replicas=1).warnings(redis)
            assert "has 0 replicas: nothing is paid" in lacking
            await other.replicaof("127.0.0.1", str(master.port))
            async with asyncio.timeout(30):
                while not await redis.wait(1, 1000):
                    pass
            told = await Durability().warnings(redis)
            assert [line.split(" is ")[0] for line in told] == [
                "MOBART_REDIS_WAIT_REPLICAS",
                "min-replicas-to-write",
            ]
            await redis.config_set("min-replicas-to-write", 1)
            assert await Durability(replicas=1).warnings(redis) == []

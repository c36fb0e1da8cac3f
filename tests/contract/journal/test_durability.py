"""A payment that waits until the right to it cannot be lost with one server."""

from dataclasses import replace

import pytest

from mobart.core.domain import Stage
from mobart.core.errors import Unavailable
from mobart.journal import durability
from mobart.journal.durability import Durability
from mobart.journal.record import RedisJournal
from tests.support.backends import STARTED, RedisWorld, WorkerView


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

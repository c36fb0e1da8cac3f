"""A real Redis that comes back as it was a moment ago, under workers that go on."""

import shutil
from pathlib import Path

import pytest

from mobart_local.redis import RedisServer
from mobart_local.standin import Script
from tests.daemon.deployment import Deployment, until

REQUESTS = [f"r-{number}" for number in range(5)]


def copied(own_redis: RedisServer, tmp_path: Path) -> Path:
    """Return a copy of what the server has on disk, as a replica that lags would have it."""
    return Path(shutil.copytree(own_redis.folder, tmp_path / "earlier"))


def bring_back(own_redis: RedisServer, earlier: Path) -> None:
    """Kill the server, and start it again on the same port with the *earlier* data."""
    own_redis.kill()
    shutil.rmtree(own_redis.folder)
    shutil.copytree(earlier, own_redis.folder)
    own_redis.start()


@pytest.mark.parametrize("forgotten", ["the requests", "the payments"])
async def test_a_redis_that_comes_back_older_has_nothing_paid_twice(
    deployment: Deployment, own_redis: RedisServer, tmp_path: Path, forgotten: str
) -> None:
    """The worker that paid is alive, and another one looks for work."""
    deployment.midjourney.play(Script(seconds=4.0, side=64))
    await deployment.ready_worker()
    earlier = copied(own_redis, tmp_path) if forgotten == "the requests" else None
    for request_id in REQUESTS:
        await deployment.enqueue(request_id)
    if earlier is None:
        earlier = copied(own_redis, tmp_path)
    await deployment.until_paid(len(REQUESTS))

    bring_back(own_redis, earlier)
    await deployment.start()

    for request_id in REQUESTS:
        assert (await deployment.outcome(request_id))["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == len(REQUESTS)
    assert set(deployment.announcements().values()) == {1}


async def test_a_newcomer_does_not_pay_for_a_worker_that_came_after_the_copy(
    deployment: Deployment, own_redis: RedisServer, tmp_path: Path
) -> None:
    """Nothing in the copy tells of the one that paid, which is slow to come back; the requests had waited long."""
    deployment.midjourney.play(Script(seconds=4.0, side=64))
    before = await deployment.ready_worker()
    await deployment.enqueue("r-before", waited=120)
    await deployment.outcome("r-before")
    assert await before.end() == 0
    for request_id in REQUESTS:
        await deployment.enqueue(request_id, waited=60)
    earlier = copied(own_redis, tmp_path)
    payer = await deployment.ready_worker(MOBART_LEASE_SECONDS="10")
    await deployment.until_paid(1 + len(REQUESTS))
    payer.freeze()
    bring_back(own_redis, earlier)
    newcomer = await deployment.start(MOBART_LEASE_SECONDS="10")
    begins = ("redis.replaced", "job.claimed")
    await until(lambda: any(map(newcomer.logged, begins)), "the newcomer begins")
    payer.thaw()

    for request_id in REQUESTS:
        assert (await deployment.outcome(request_id))["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == 1 + len(REQUESTS)
    assert set(deployment.announcements().values()) == {1}

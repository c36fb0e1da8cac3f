"""Masters that become replicas, under a worker that goes on."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from mobart_local.redis import RedisServer
from mobart_local.standin import Script
from tests.daemon.deployment import REDIS_PASSWORD, Deployment, until
from tests.support.proxy import Proxy
from tests.support.servers import redis_server

MASTERAUTH = ("--masterauth", REDIS_PASSWORD)
LOOPBACK = "127.0.0.1"


@pytest.fixture
def second_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """Run the server that becomes the master."""
    folder = tmp_path / "second"
    with redis_server(folder, password=REDIS_PASSWORD, options=MASTERAUTH) as server:
        yield server


async def until_synchronised(replica: Redis) -> None:
    """Wait until *replica* has what its master has."""

    async def linked() -> bool:
        info = await replica.info("replication")
        return info.get("master_link_status") == "up"

    await until(linked, "the replica follows")


async def test_a_worker_leaves_a_demoted_master_for_the_new_one(
    deployment: Deployment, own_redis: RedisServer, second_redis: RedisServer
) -> None:
    """The address leads to the new one, and the connections to the old one stand."""
    deployment.midjourney.play(Script(seconds=3.0, side=64))
    old, new = deployment.redis, Redis.from_url(second_redis.url, protocol=2)
    await old.config_set("masterauth", REDIS_PASSWORD)
    await new.replicaof(LOOPBACK, str(own_redis.port))
    await until_synchronised(new)
    async with Proxy(own_redis.port) as address:
        worker = await deployment.ready_worker(
            REDIS_URL=f"redis://:{REDIS_PASSWORD}@{urlsplit(address.url).netloc}/0"
        )
        await deployment.ask("paid-before")
        await worker.until_logged("job.paid")
        address.target = second_redis.port  # for new connections only
        await new.replicaof("NO", "ONE")
        await old.replicaof(LOOPBACK, str(second_redis.port))
        deployment.redis = new
        await until(lambda: heard(deployment, "image_generation_complete"), "the backend is there")
        await worker.until_ready()
        await until(lambda: heard(deployment, "image_generation_requests"), "the worker is there")
        await deployment.ask("asked-after")
        for request_id in ("paid-before", "asked-after"):
            assert (await deployment.outcome(request_id))["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == 2
    await new.aclose()


async def heard(deployment: Deployment, channel: str) -> bool:
    """Return whether somebody is subscribed to *channel* at the current master."""
    return bool((await deployment.redis.pubsub_numsub(deployment.channel(channel)))[0][1])


async def test_a_master_that_is_emptied_by_a_demotion_and_back_has_nothing_paid_twice(
    deployment: Deployment, own_redis: RedisServer, second_redis: RedisServer
) -> None:
    """A live worker waits, then writes again what it holds."""
    del own_redis
    deployment.midjourney.play(Script(seconds=3.0, side=64))
    worker = await deployment.ready_worker()
    await deployment.ask("r-1")
    await worker.until_logged("job.paid")
    await deployment.redis.config_set("masterauth", REDIS_PASSWORD)
    await deployment.redis.replicaof(LOOPBACK, str(second_redis.port))
    await until_synchronised(deployment.redis)
    await worker.until_logged("redis.demoted")
    status, said = await worker.probe("/readyz")
    assert (status, "is a replica" in said) == (503, True)
    await deployment.redis.replicaof("NO", "ONE")
    await worker.until_logged("redis.promoted")
    assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == 1
    assert deployment.announcements() == {"r-1": 1}

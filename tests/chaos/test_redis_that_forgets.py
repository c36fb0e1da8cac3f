"""Real servers that come back without what was written last: nothing is paid or announced twice."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from mobart_local.redis import RedisServer
from mobart_local.standin import Script
from tests.daemon.deployment import REDIS_PASSWORD, Deployment, until
from tests.support.proxy import Proxy
from tests.support.servers import redis_server

SLOW = Script(seconds=3, side=64)
NAMES = [f"r-{number}" for number in range(5)]
PAUSE = 3.0
"""Seconds in which a second payment or announcement would show: more than the lease of 2."""


@contextmanager
def forgetting(folder: Path, server: RedisServer) -> Iterator[None]:
    """Copy what *server* has on disk; kill it afterwards, and start it from that copy."""
    kept = folder / "kept"
    shutil.copytree(folder / "redis", kept)
    yield
    server.kill()
    shutil.rmtree(folder / "redis" / "appendonlydir")
    shutil.copytree(kept / "appendonlydir", folder / "redis" / "appendonlydir")
    server.start()


async def ask_all(deployment: Deployment, how: str) -> None:
    """Ask for `NAMES` on the channel or in the stream."""
    for name in NAMES:
        prompt = f"a dragon called {name}"
        await (
            deployment.ask(name, prompt) if how == "channel" else deployment.enqueue(name, prompt)
        )


async def check_all(deployment: Deployment) -> None:
    """See that each request was paid once and announced once, and that nothing follows."""
    for name in NAMES:
        assert (await deployment.outcome(name))["status"] == "completed"
    await asyncio.sleep(PAUSE)
    assert deployment.midjourney.ledger.paid() == len(NAMES)
    assert not deployment.midjourney.ledger.paid_twice()
    assert deployment.announcements() == dict.fromkeys(NAMES, 1)
    for name in NAMES:
        assert (await deployment.record(name))["stage"] == "settled"


@pytest.mark.parametrize("how", ["channel", "stream"])
@pytest.mark.parametrize("workers", [1, 2])
async def test_jobs_that_redis_never_heard_of_go_on(
    deployment: Deployment,
    own_redis: RedisServer,
    tmp_path: Path,
    workers: int,
    how: str,
) -> None:
    """Killed, and brought back from a copy that is older than the requests."""
    deployment.midjourney.play(SLOW)
    for _ in range(workers):
        await deployment.ready_worker()
    with forgetting(tmp_path, own_redis):
        await ask_all(deployment, how)
        await deployment.until_paid(len(NAMES))
    await check_all(deployment)


@pytest.mark.parametrize("workers", [1, 2])
async def test_jobs_of_which_redis_forgot_the_payment_go_on(
    deployment: Deployment,
    own_redis: RedisServer,
    tmp_path: Path,
    workers: int,
) -> None:
    """The copy has the requests, and some of the claims, and none of the payments."""
    deployment.midjourney.play(SLOW)
    running = [await deployment.ready_worker() for _ in range(workers)]
    for worker in running:
        worker.freeze()
    await ask_all(deployment, "stream")
    with forgetting(tmp_path, own_redis):
        for worker in running:
            worker.thaw()
        await deployment.until_paid(len(NAMES))
    await check_all(deployment)


async def test_outcomes_that_redis_forgot_are_neither_made_nor_announced_again(
    deployment: Deployment,
    own_redis: RedisServer,
    tmp_path: Path,
) -> None:
    """They can be read and replayed as before."""
    worker = await deployment.ready_worker()
    with forgetting(tmp_path, own_redis):
        await ask_all(deployment, "channel")
        await worker.until_logged("job.settled", len(NAMES))
    await worker.until_logged("redis.replaced")
    await check_all(deployment)
    completions = f"{{{deployment.namespace}}}:completions"
    assert await deployment.redis.xlen(completions) == len(NAMES)
    await deployment.ask(NAMES[0])
    await until(lambda: len(deployment.outcomes(NAMES[0])) == 2, "the replay")
    assert deployment.outcomes(NAMES[0])[1]["duplicate"] is True
    assert deployment.midjourney.ledger.paid() == len(NAMES)


async def test_a_replica_that_lagged_and_is_promoted_costs_nothing(
    deployment: Deployment,
    own_redis: RedisServer,
    tmp_path: Path,
) -> None:
    """It lacks all that was written since it lost touch; the workers reach it by the same address."""
    deployment.midjourney.play(SLOW)
    with redis_server(tmp_path / "replica", password=REDIS_PASSWORD) as replica:
        follower = Redis.from_url(replica.url, protocol=2)
        await follower.config_set("masterauth", REDIS_PASSWORD)
        await follower.replicaof("127.0.0.1", str(own_redis.port))

        async def linked() -> bool:
            return (await follower.info("replication")).get("master_link_status") == "up"

        await until(linked, "the replica follows")
        async with Proxy(own_redis.port) as proxy:
            address = own_redis.url.replace(f":{own_redis.port}", f":{proxy.port}")
            for _ in range(2):
                await deployment.ready_worker(REDIS_URL=address)
            await follower.replicaof("NO", "ONE")
            await ask_all(deployment, "channel")
            await deployment.until_paid(len(NAMES))
            own_redis.kill()
            proxy.target = replica.port
            deployment.redis = follower
            await check_all(deployment)
        await follower.aclose()

"""Redis away, frozen, full, read-only, loading, cutting us off: nothing is lost, told or paid twice."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import psutil
import pytest

from mobart_local.standin import Script
from tests.daemon.deployment import Deployment, WorkerProcess, until
from tests.support.proxy import Proxy, Troubles

AWAY_SECONDS = 10
BUSY_LOOP = 0.3
"""CPU seconds a second; a loop that does not wait takes all it can get."""
ROUNDS = 6.0
"""Seconds in which everything that looks at Redis now and then, but for neighbours, has done so."""
LOADING = b"-LOADING Redis is loading the dataset in memory\r\n"
SLOW = Script(seconds=2, side=64)


async def worker_behind(proxy: Proxy, deployment: Deployment) -> WorkerProcess:
    """Start a worker that sees Redis through *proxy* only."""
    server = deployment.redis_server
    return await deployment.ready_worker(
        REDIS_URL=server.url.replace(f":{server.port}", f":{proxy.port}")
    )


async def completed_once(deployment: Deployment, *names: str) -> None:
    """Wait for the outcome of each and prove that it came once and cost once."""
    for name in names:
        assert (await deployment.outcome(name))["status"] == "completed"
    assert all(deployment.announcements()[name] == 1 for name in names)
    assert not deployment.midjourney.ledger.paid_twice()


@pytest.mark.parametrize("how", ["frozen", "killed"])
async def test_a_worker_waits_for_redis_without_working_itself_hot(
    deployment: Deployment,
    own_redis: object,
    how: str,
) -> None:
    """Ten seconds without Redis, a paid job in hand: it completes once, and the CPU stays cold."""
    del own_redis
    deployment.midjourney.play(SLOW)
    worker = await deployment.ready_worker()
    await deployment.ask("r-1")
    await worker.until_logged("job.paid")
    server, process = deployment.redis_server, psutil.Process(worker.process.pid)
    go, come = (server.freeze, server.thaw) if how == "frozen" else (server.kill, server.start)

    go()
    before = process.cpu_times()
    await asyncio.sleep(AWAY_SECONDS)  # the outage itself
    after = process.cpu_times()
    come()

    assert after.user + after.system - before.user - before.system < BUSY_LOOP * AWAY_SECONDS
    assert worker.logged("redis.lost")
    await worker.until_logged("redis.recovered")
    await worker.until_ready()
    await deployment.ask("r-2")
    await worker.until_logged("job.settled", 2)
    assert (await deployment.record("r-1"))["stage"] == "settled"
    assert await deployment.redis.xlen(f"{{{deployment.namespace}}}:completions") == 2
    assert deployment.midjourney.ledger.paid() == 2


async def test_a_half_open_connection_is_noticed_and_left(deployment: Deployment) -> None:
    """Everything vanishes and nothing is closed: the worker finds itself deaf, and comes back."""
    async with Proxy(deployment.redis_server.port) as proxy:
        worker = await worker_behind(proxy, deployment)
        proxy.troubles.black_hole = True
        await worker.until_logged("intake.deafened")
        assert (await worker.probe("/readyz"))[0] == 503
        proxy.troubles.black_hole = False
        await worker.until_logged("intake.interrupted")
        await worker.until_ready()
        await deployment.ask("r-1")
        await completed_once(deployment, "r-1")


async def test_lost_answers_all_the_time_double_nothing(deployment: Deployment) -> None:
    """Every 23rd answer of Redis is lost with its connection, while 20 jobs go through."""
    async with Proxy(deployment.redis_server.port) as proxy:
        await worker_behind(proxy, deployment)
        proxy.troubles.swallow_every = 23
        names = [f"r-{number}" for number in range(20)]
        for name in names:
            await deployment.enqueue(name, f"a dragon called {name},")
        await completed_once(deployment, *names)


@pytest.mark.parametrize("kind", ["normal", "pubsub"])
async def test_killed_connections_cost_nothing(deployment: Deployment, kind: str) -> None:
    """CLIENT KILL while a job is under way; a cut subscription is counted as a gap."""
    deployment.midjourney.play(SLOW)
    worker = await deployment.ready_worker()
    await deployment.ask("r-1")
    await worker.until_logged("job.paid")
    await deployment.redis.client_kill_filter(_type=kind, skipme=True)
    if kind == "pubsub":
        await worker.until_logged("intake.interrupted")
        told = (await worker.probe("/metrics"))[1]
        assert "mobart_pubsub_gaps_total 1.0" in told
    await worker.until_logged("job.settled")
    await worker.until_ready()
    await deployment.ask("r-2")
    await completed_once(deployment, "r-2")
    assert deployment.midjourney.ledger.paid() == 2


async def fill(deployment: Deployment) -> None:
    """Leave no memory for another write."""
    await deployment.redis.config_set("maxmemory", "1")


async def empty(deployment: Deployment) -> None:
    """Take the limit away."""
    await deployment.redis.config_set("maxmemory", "0")


async def demote(deployment: Deployment) -> None:
    """Make it a replica of nobody: read-only."""
    await deployment.redis.replicaof("127.0.0.1", "1")


async def promote(deployment: Deployment) -> None:
    """Make it a primary again."""
    await deployment.redis.replicaof("NO", "ONE")


Change = Callable[[Deployment], Awaitable[None]]


@pytest.mark.parametrize(
    ("break_it", "mend_it"),
    [pytest.param(fill, empty, id="out-of-memory"), pytest.param(demote, promote, id="read-only")],
)
async def test_a_redis_that_takes_no_writes_is_waited_for(
    deployment: Deployment,
    own_redis: object,
    break_it: Change,
    mend_it: Change,
) -> None:
    """A paid job waits to be settled, a new one waits to be accepted, and nothing is paid for it."""
    del own_redis
    deployment.midjourney.play(SLOW)
    worker = await deployment.ready_worker()
    await deployment.ask("r-1")
    await worker.until_logged("job.paid")
    await break_it(deployment)
    await deployment.ask("r-2")
    await worker.until_logged("asset.stored")
    await worker.until_logged("job.delayed", 2)
    assert deployment.midjourney.ledger.paid() == 1
    await mend_it(deployment)
    await completed_once(deployment, "r-1", "r-2")


async def test_a_redis_that_is_loading_is_waited_for(deployment: Deployment) -> None:
    """It says LOADING to everything for a while."""
    deployment.midjourney.play(SLOW)
    async with Proxy(deployment.redis_server.port) as proxy:
        worker = await worker_behind(proxy, deployment)
        await deployment.ask("r-1")
        await worker.until_logged("job.paid")
        proxy.troubles.canned = LOADING
        proxy.reset_all()
        await worker.until_logged("redis.lost", 2)
        proxy.troubles.canned = None
        await completed_once(deployment, "r-1")
        assert not worker.logged("job.crashed") + worker.logged("loop.crashed")


@pytest.mark.parametrize(
    "nonsense",
    [b"-ERR unknown command\r\n", b"$-1\r\n", b":1\r\n", b"*0\r\n"],
    ids=["error", "nil", "number", "nothing"],
)
async def test_a_redis_that_says_what_nobody_knows_is_survived(
    deployment: Deployment, nonsense: bytes
) -> None:
    """A proxy or a host's own limit may answer for it: no worker ends, and it goes on by itself."""
    deployment.midjourney.play(SLOW)
    async with Proxy(deployment.redis_server.port) as proxy:
        worker = await worker_behind(proxy, deployment)
        await deployment.ask("r-1")
        await worker.until_logged("job.paid")
        proxy.troubles.canned = nonsense

        async def is_unready() -> bool:
            return (await worker.probe("/readyz"))[0] == 503

        await until(is_unready, "the probe tells it")
        await asyncio.sleep(ROUNDS)  # what looks at Redis now and then does so, and meets it
        proxy.troubles.canned = None
        await completed_once(deployment, "r-1")
        await worker.until_ready()


async def test_a_redis_that_may_evict_jobs_is_warned_about(
    deployment: Deployment,
    own_redis: object,
) -> None:
    """The worker says so when it starts, and starts."""
    del own_redis
    await deployment.redis.config_set("maxmemory-policy", "allkeys-lru")
    worker = await deployment.ready_worker()
    (warned,) = worker.logged("check.warned")
    assert "allkeys-lru" in warned["detail"]


async def test_a_subscriber_that_redis_cuts_off_counts_the_gap(
    deployment: Deployment,
    own_redis: object,
) -> None:
    """A worker too slow to listen is disconnected without a word; it notices, and listens again."""
    del own_redis
    worker = await deployment.ready_worker()
    await deployment.redis.config_set("client-output-buffer-limit", "pubsub 64kb 32kb 1")
    worker.freeze()

    async def is_cut_off() -> bool:
        for _ in range(50):
            await deployment.publish(b"noise" * 10_000)
        listening: list[Any] = await deployment.redis.client_list(_type="pubsub")
        return not any(client["name"].endswith(":hear") for client in listening)

    await until(is_cut_off, "Redis cuts the subscriber off")
    worker.thaw()
    await worker.until_logged("intake.interrupted")
    await worker.until_ready()
    await deployment.ask("r-1")
    await completed_once(deployment, "r-1")


async def test_slow_lines_are_only_slow(deployment: Deployment) -> None:
    """Thirty milliseconds more for every answer of Redis change nothing but the time."""
    async with Proxy(deployment.redis_server.port, Troubles(latency=0.03)) as proxy:
        await worker_behind(proxy, deployment)
        await deployment.ask("r-1")
        await completed_once(deployment, "r-1")

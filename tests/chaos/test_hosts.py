"""Five workers on hosts of their own, two of which are cut off in the middle of a load."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from mobart_local.standin import Script
from tests.chaos.backend import Backend
from tests.chaos.soak import outcome_in, prompt_of
from tests.chaos.storm import stages_of
from tests.daemon.deployment import REDIS_PASSWORD, Deployment, WorkerProcess, deployed
from tests.support.hosts import HUB, PROVIDER_NET, REDIS_NET, Hosts, hosts
from tests.support.servers import redis_server, s3_server

JOBS = 60
STEP = 10
"""Outcomes from one event to the next."""
CUT_SECONDS = 6.0
"""Three leases."""
LOAD = Script(seconds=1, side=64)


@pytest.fixture
def five() -> Iterator[Hosts]:
    """Build five hosts."""
    with hosts(5) as built:
        yield built


async def test_workers_that_are_cut_off_lose_nothing_and_pay_nothing_twice(
    five: Hosts, tmp_path: Path
) -> None:
    """One from Redis, one from the provider; the others take over, and both come back."""
    names = [f"r-{number}" for number in range(JOBS)]
    listening = ("--bind", "127.0.0.1", f"{REDIS_NET}.{HUB}")
    with (
        redis_server(tmp_path / "redis", password=REDIS_PASSWORD, options=listening) as redis,
        s3_server(host=f"{PROVIDER_NET}.{HUB}") as s3,
    ):
        address = redis.url.replace("127.0.0.1", f"{REDIS_NET}.{HUB}")
        async with deployed(
            redis, s3, tmp_path, namespace="hosts", script=LOAD, address=address,
            host=f"{PROVIDER_NET}.{HUB}",
        ) as fleet:  # fmt: skip
            fleet.environment |= {
                "MOBART_HTTP_HOST": "0.0.0.0",  # noqa: S104 - on a host that nobody else reaches
                "MOBART_MAX_CONCURRENT_JOBS": "3",
                "MIDJOURNEY_SUBMIT_TIMEOUT_SECONDS": "5",
            }
            workers = await asyncio.gather(*(start(fleet, five, n) for n in range(2, 7)))
            backend = Backend(fleet, prompt_of)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(backend.watch())
                asking = tasks.create_task(backend.feed(names))
                await backend.progress(STEP)
                doubted = await cut(fleet, five)
                await asking
                backend.over = True
            await asyncio.gather(*(one.until_ready() for one in workers))

    assert all(worker.logged("job.claimed") for worker in workers)
    assert workers[0].logged("redis.lost")
    assert not fleet.midjourney.ledger.paid_twice()
    assert backend.announced() == Counter(names)
    outcomes = {name: outcome_in(told) for name, told in backend.told().items()}
    assert {name for name, said in outcomes.items() if said != "completed"} <= doubted
    assert set(outcomes.values()) <= {"completed", "submit_unknown"}


async def start(fleet: Deployment, there: Hosts, number: int) -> WorkerProcess:
    """Start a worker on a host."""
    return await fleet.ready_worker(host=f"{REDIS_NET}.{number}", within=there.within(number))


async def cut(fleet: Deployment, there: Hosts) -> set[str]:
    """Cut two hosts off for a while; return the requests whose payment that may have put in doubt."""
    there.cut(2, REDIS_NET)
    there.cut(3, PROVIDER_NET)
    before = await stages_of(fleet)
    await asyncio.sleep(CUT_SECONDS)  # the outage itself
    seen = [*before.items(), *(await stages_of(fleet)).items()]
    there.cut(2, REDIS_NET, off=False)
    there.cut(3, PROVIDER_NET, off=False)
    return {name for name, stage in seen if stage == b"paying"}

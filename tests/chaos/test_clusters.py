"""A Redis Cluster of three masters with replicas, in the middle of a load."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from mobart_local.s3 import S3Server
from mobart_local.standin import Script
from tests.chaos.backend import Backend
from tests.chaos.forgetful_cluster import MASTERS, ForgetfulCluster, forgetful_cluster
from tests.chaos.soak import prompt_of, witnessed
from tests.chaos.verdict import judge
from tests.daemon.deployment import deployed
from tests.support.cluster_on_hosts import cluster_on
from tests.support.hosts import Hosts, hosts
from tests.support.redis_groups import follow, owner_of, until_whole
from tests.support.servers import s3_server

NAMESPACE = "clustered"
KEY = f"{{{NAMESPACE}}}:requests"
JOBS = 48
STEP = 8
"""Outcomes from one event to the next."""
LOAD = Script(seconds=1, side=64)


async def test_a_master_that_dies_and_a_slot_that_moves_cost_nothing(
    tmp_path: Path, own_s3: S3Server
) -> None:
    """Of what a live worker holds, nothing is lost, paid twice or told twice."""
    async with forgetful_cluster(tmp_path / "redis", key=KEY) as redis:
        await judge_under_load(tmp_path, own_s3, redis, redis.promote, redis.move_slot)


@pytest.fixture
def four() -> Iterator[Hosts]:
    """Build four hosts."""
    with hosts(4) as built:
        yield built


async def test_a_master_that_clients_reach_and_other_masters_do_not_costs_nothing(
    four: Hosts, tmp_path: Path
) -> None:
    """It goes on to take writes for two seconds, and forgets them when it is back."""
    with cluster_on(four, tmp_path / "redis", MASTERS) as servers, s3_server() as s3:
        await until_whole(servers)
        await follow(servers[owner_of(servers, KEY)], servers[MASTERS])
        redis = ForgetfulCluster(servers, KEY)
        await judge_under_load(tmp_path, s3, redis, lambda: redis.part(four))


async def judge_under_load(
    folder: Path, s3: S3Server, redis: ForgetfulCluster, *hurts: Callable[[], Awaitable[None]]
) -> None:
    """Hurt *redis* under two workers with jobs in hand; none of these is lost, or paid or told twice."""
    names = [f"r-{number}" for number in range(JOBS)]
    async with deployed(
        redis.active, s3, folder, namespace=NAMESPACE, script=LOAD, address=redis.url
    ) as deployment:
        deployment.environment |= {"MOBART_MAX_CONCURRENT_JOBS": "4"}
        backend, hurting = Backend(deployment, prompt_of), asyncio.Lock()
        backend.unrest = hurting.locked
        await asyncio.gather(deployment.ready_worker(), deployment.ready_worker())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(backend.watch())
            asking = tasks.create_task(backend.feed(names))
            for hurt in hurts:
                await backend.progress(STEP)
                async with hurting:
                    await hurt()
            await asking
            backend.over = True
        seen = witnessed(deployment, redis, backend, [], names)
    report = judge(seen, dict.fromkeys(names, "completed"), kills=0)
    assert report.wrongs() == []
    assert report.exposed == 0

"""A Redis Cluster of three masters with replicas, in the middle of a load."""

import asyncio
from pathlib import Path

from mobart_local.s3 import S3Server
from mobart_local.standin import Script
from tests.chaos.backend import Backend
from tests.chaos.forgetful_cluster import forgetful_cluster
from tests.chaos.soak import prompt_of, witnessed
from tests.chaos.verdict import judge
from tests.daemon.deployment import deployed

NAMESPACE = "clustered"
JOBS = 48
STEP = 8
"""Outcomes from one event to the next."""
LOAD = Script(seconds=1, side=64)


async def test_a_master_that_dies_and_a_slot_that_moves_cost_nothing(
    tmp_path: Path, own_s3: S3Server
) -> None:
    """Of what a live worker holds, nothing is lost, paid twice or told twice."""
    names = [f"r-{number}" for number in range(JOBS)]
    async with (
        forgetful_cluster(tmp_path / "redis", key=f"{{{NAMESPACE}}}:requests") as redis,
        deployed(
            redis.active, own_s3, tmp_path, namespace=NAMESPACE, script=LOAD, address=redis.url
        ) as deployment,
    ):
        deployment.environment |= {"MOBART_MAX_CONCURRENT_JOBS": "4"}
        backend, hurting = Backend(deployment, prompt_of), asyncio.Lock()
        backend.unrest = hurting.locked
        await asyncio.gather(deployment.ready_worker(), deployment.ready_worker())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(backend.watch())
            asking = tasks.create_task(backend.feed(names))
            for hurt in (redis.promote, redis.move_slot):
                await backend.progress(STEP)
                async with hurting:
                    await hurt()
            await asking
            backend.over = True
        seen = witnessed(deployment, redis, backend, [], names)

    report = judge(seen, dict.fromkeys(names, "completed"), kills=0)
    assert report.wrongs() == []
    assert report.exposed == 0

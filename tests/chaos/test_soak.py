"""The short form of the soak; `make soak` runs the long one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mobart_local.s3 import S3Server
from tests.chaos.forgetful_redis import ForgetfulRedis, forgetful_redis
from tests.chaos.soak import Plan, soak
from tests.daemon.deployment import REDIS_PASSWORD, deployed
from tests.support.servers import QUICK


@pytest.fixture
async def forgetful(tmp_path: Path) -> AsyncIterator[ForgetfulRedis]:
    """Run a Redis that forgets."""
    async with forgetful_redis(tmp_path / "redis", password=REDIS_PASSWORD) as redis:
        yield redis


@pytest.mark.timeout(600)
@pytest.mark.parametrize("confirmed", [False, True])
async def test_workers_and_redis_under_fire_keep_what_is_promised(
    forgetful: ForgetfulRedis, own_s3: S3Server, tmp_path: Path, confirmed: bool
) -> None:
    """Random kills, a flaky provider, a Redis that forgets: none paid twice, none lost.

    *confirmed* by a replica, each payment is known of even if its worker dies with the master.
    """
    plan = Plan(
        jobs=60,
        kill_every=15,
        kills=2,
        seed=113,
        events_every=10,
        events=2,
        lease=7 if confirmed else 4,
        confirmed=confirmed,
    )
    async with deployed(
        forgetful.active, own_s3, tmp_path, namespace="soak", script=QUICK, address=forgetful.url
    ) as deployment:
        if confirmed:
            await forgetful.attach()
        report = await soak(deployment, forgetful, plan)

    assert report.wrongs() == []
    assert report.kills
    assert report.events

"""The short form of the soak; `make soak` runs the long one."""

import pytest

from tests.chaos.soak import soak
from tests.daemon.deployment import Deployment


@pytest.mark.timeout(300)
async def test_a_worker_under_fire_stays_as_small_as_it_was(
    deployment: Deployment,
    own_redis: object,
) -> None:
    """150 jobs, random kills, a flaky provider: all settled, none paid twice, nothing left behind."""
    del own_redis
    report = await soak(deployment, jobs=150, kill_every=3.0, kills=5, seed=113)

    assert report.wrongs() == []

"""`kill -9` at every point in the life of a job, in every dialect.

One worker takes a job to each point and holds it there; then it is killed, once, and another one
finds all of them.
"""

import asyncio
from pathlib import Path

import pytest

from mobart.providers.registry import PROVIDERS
from mobart_local.redis import RedisServer
from mobart_local.s3 import S3Server
from mobart_local.standin.dialects.table import DIALECTS
from tests.chaos.fleet import rigged_fleet, stored
from tests.chaos.points import ALL, HOLD, IN_DOUBT, KEEPING
from tests.daemon.deployment import Deployment, until
from tests.support.provider_builders import capabilities

BEFORE = ALL[: ALL.index("payment_started.before")]
"""Points that no provider has a part in: a job held there is not renewed, and taken up again."""
POINTS = [point for point in (*ALL, *sorted(KEEPING)) if point not in BEFORE]
KEPT = "keep.after"
"""Bought, and safe in the vault, though the journal knows nothing of it yet."""
MANY = str(len(POINTS) + 1)


def hurried(name: str) -> dict[str, str]:
    """Return settings with which a doubt is decided soon, but not before pictures are painted."""
    prefix, immediate = DIALECTS[name].prefix, PROVIDERS[name].immediate
    timeout = {f"{prefix}_TIMEOUT_SECONDS": "8"} if immediate else {}
    return timeout | {
        f"{prefix}_SUBMIT_TIMEOUT_SECONDS": "5",
        "MOBART_MAX_CONCURRENT_JOBS": MANY,
    }


async def is_stuck(fleet: Deployment, point: str) -> bool:
    """Return whether a job is held at its point, or went past all that its provider has."""
    return (fleet.folder / "traps" / point).exists() or bool(fleet.outcomes(point))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", PROVIDERS)
async def test_a_kill_at_any_point_in_any_dialect_loses_and_pays_nothing_twice(
    name: str, shared_redis: RedisServer, s3: S3Server, tmp_path: Path
) -> None:
    """One outcome each, at most one payment, and paid work is kept."""
    folder = tmp_path / f"fire-{name}"
    async with rigged_fleet(shared_redis, s3, folder, act=HOLD, providers=name) as fleet:
        worker = await fleet.ready_worker(**hurried(name))
        for point in POINTS:
            await fleet.ask(point, user_id=fleet.namespace)
        for point in POINTS:
            await until(lambda point=point: is_stuck(fleet, point), f"a job at {point}")
        await worker.kill()
        await fleet.ready_worker(**hurried(name))
        outcomes = await asyncio.gather(*(fleet.outcome(point) for point in POINTS))
        told = dict(zip(POINTS, outcomes, strict=True))

        again = IN_DOUBT | KEEPING if capabilities(name).free else frozenset()
        assert set(fleet.announcements().values()) == {1}
        for point in POINTS:
            payments = fleet.midjourney.ledger.paid(f"called {point}", provider=name)
            assert payments <= (2 if point in again else 1), point
            if told[point]["status"] == "completed":
                assert payments >= 1, point
                assert told[point]["provider"] == name
            else:
                assert point in IN_DOUBT | KEEPING - {KEPT}, point
                assert told[point]["error_code"] == "submit_unknown"
        if capabilities(name).idempotent:
            assert {outcome["status"] for outcome in outcomes} == {"completed"}
        completed = [point for point in POINTS if told[point]["status"] == "completed"]
        assert sorted(await stored(s3, fleet.namespace)) == sorted(completed)

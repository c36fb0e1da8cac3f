"""A worker that is frozen beyond its lease, taken over, and wakes up again.

The cases run side by side beforehand; the tests look at what came of them.
"""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from mobart_local.redis import RedisServer
from mobart_local.s3 import S3Server
from mobart_local.standin import Script
from tests.chaos.fleet import SUBMIT_TIMEOUT, rigged_fleet, stored, until_sprung
from tests.daemon.deployment import REDIS_PASSWORD, Deployment, until
from tests.support.servers import redis_server

pytestmark = pytest.mark.timeout(900)
UNPAID, WOKEN_INTO_THE_POST = "payment_started.after", "submit.before"
PAID = ("poll.before", "render.after", "outcome_settled.before")
CASES = (UNPAID, WOKEN_INTO_THE_POST, *PAID)


@dataclass(frozen=True, slots=True)
class Awakening:
    """What came of the job a worker froze over, and of the next one."""

    announced: list[dict[str, Any]]
    payments: int
    objects: int
    lost: int
    next_status: str
    next_by_the_woken: int


@pytest.fixture(scope="module")
def awakenings(
    tmp_path_factory: pytest.TempPathFactory,
    s3: S3Server,
) -> Mapping[str, Awakening]:
    """Freeze and wake a worker at each point."""
    found: dict[str, Awakening] = {}

    async def go_through() -> None:
        with ExitStack() as stack:
            async with asyncio.TaskGroup() as cases:
                for point in CASES:
                    folder = tmp_path_factory.mktemp("zombie-")
                    redis = stack.enter_context(
                        redis_server(folder / "redis", password=REDIS_PASSWORD)
                    )
                    cases.create_task(one_case(point, redis, folder))

    async def one_case(point: str, redis: RedisServer, folder: Any) -> None:
        async with rigged_fleet(redis, s3, folder, act="SIGSTOP") as fleet:
            fleet.environment["MIDJOURNEY_SUBMIT_TIMEOUT_SECONDS"] = SUBMIT_TIMEOUT
            found[point] = await freeze_at(point, fleet, s3)

    asyncio.run(go_through())
    return found


async def freeze_at(point: str, fleet: Deployment, s3: S3Server) -> Awakening:
    """Freeze a worker at *point*, let another end the job, wake it, and give it something to do."""
    fleet.midjourney.play(Script(seconds=0.5, side=64))
    zombie = await fleet.ready_worker()
    await fleet.ask(point, user_id=fleet.namespace)
    await until_sprung(fleet, point)
    heir = await fleet.ready_worker()
    await fleet.outcome(point)
    await heir.end()
    zombie.thaw()
    await zombie.until_logged("job.lost")
    await zombie.until_ready()
    tellings = 2 if point == WOKEN_INTO_THE_POST else 1
    await until(lambda: len(fleet.outcomes(point)) == tellings, f"{tellings} outcomes of {point}")
    await fleet.ask("next", user_id=fleet.namespace)
    following = await fleet.outcome("next")
    await zombie.until_logged("job.settled")  # the log is written after the announcement
    return Awakening(
        announced=fleet.outcomes(point),
        payments=fleet.midjourney.ledger.paid(f"called {point}"),
        objects=(await stored(s3, fleet.namespace)).count(point),
        lost=len(zombie.logged("job.lost")),
        next_status=following["status"],
        next_by_the_woken=len(zombie.logged("job.settled")),
    )


@pytest.mark.parametrize("point", PAID)
def test_a_worker_that_froze_over_a_paid_job_tells_nothing_when_it_wakes(
    awakenings: Mapping[str, Awakening],
    point: str,
) -> None:
    """The other worker's outcome is the only one, paid once, stored once."""
    left = awakenings[point]

    assert [told["status"] for told in left.announced] == ["completed"]
    assert (left.payments, left.objects) == (1, 1)


def test_a_worker_that_froze_before_it_could_pay_does_not_pay_when_it_wakes(
    awakenings: Mapping[str, Awakening],
) -> None:
    """Its right to pay is older than its lease, so it gives up; the job was told as in doubt."""
    left = awakenings[UNPAID]

    assert [told.get("error_code") for told in left.announced] == ["submit_unknown"]
    assert left.payments == 0


def test_a_worker_that_wakes_into_its_post_pays_once_and_its_ticket_is_kept(
    awakenings: Mapping[str, Awakening],
) -> None:
    """The one gap no lock closes: the doubt that was announced is corrected, nobody pays twice."""
    left = awakenings[WOKEN_INTO_THE_POST]

    assert [told["status"] for told in left.announced] == ["failed", "completed"]
    assert (left.payments, left.objects) == (1, 1)


@pytest.mark.parametrize("point", CASES)
def test_a_woken_worker_goes_on_with_new_work(
    awakenings: Mapping[str, Awakening],
    point: str,
) -> None:
    """It lost one job and does the next."""
    left = awakenings[point]

    assert left.lost >= 1
    assert left.next_status == "completed"
    assert left.next_by_the_woken >= 1

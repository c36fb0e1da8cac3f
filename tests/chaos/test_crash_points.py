"""`kill -9` at every point in the life of a job, with one worker and with three.

All points are gone through beforehand, one after another in the same fleet, since a job in doubt
takes its time; the tests look at what is left.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from mobart_local.s3 import S3Server
from tests.chaos.fleet import SUBMIT_TIMEOUT, rigged_fleet, stored, until_sprung
from tests.chaos.points import ALL, IN_DOUBT, ORDERED, UNHEARD
from tests.daemon.deployment import REDIS_PASSWORD, Deployment
from tests.support.servers import redis_server

pytestmark = pytest.mark.timeout(900)
SIZES = (1, 3)


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What is left of one request."""

    announced: list[dict[str, Any]]
    payments: int
    stage: str
    objects: int


@pytest.fixture(scope="module")
def aftermaths(
    tmp_path_factory: pytest.TempPathFactory,
    s3: S3Server,
) -> Mapping[tuple[int, str], Aftermath]:
    """Kill a worker at every point, in fleets of every size, side by side."""
    found: dict[tuple[int, str], Aftermath] = {}

    async def go_through() -> None:
        with ExitStack() as stack:
            async with asyncio.TaskGroup() as fleets:
                for size, points in product(SIZES, (ALL[::2], ALL[1::2])):
                    folder = tmp_path_factory.mktemp(f"fleet-of-{size}-")
                    redis = stack.enter_context(
                        redis_server(folder / "redis", password=REDIS_PASSWORD)
                    )
                    fleet = rigged_fleet(redis, s3, folder, act="SIGKILL")
                    fleets.create_task(one_fleet(fleet, size, points))

    async def one_fleet(
        opening: AbstractAsyncContextManager[Deployment],
        size: int,
        points: Sequence[str],
    ) -> None:
        async with opening as fleet:
            fleet.environment["MIDJOURNEY_SUBMIT_TIMEOUT_SECONDS"] = SUBMIT_TIMEOUT
            await asyncio.gather(*(fleet.ready_worker() for _ in range(size)))
            for point in points:
                await kill_at(point, fleet, alone=size == 1)
            for point in points:
                await fleet.outcome(point)
            objects = await stored(s3, fleet.namespace)
            for point in points:
                found[size, point] = Aftermath(
                    announced=fleet.outcomes(point),
                    payments=fleet.midjourney.ledger.paid(f"called {point}"),
                    stage=(await fleet.record(point))["stage"],
                    objects=objects.count(point),
                )

    asyncio.run(go_through())
    return found


async def kill_at(point: str, fleet: Deployment, *, alone: bool) -> None:
    """Let a worker of *fleet* die at *point*, bring a fresh one, and wait for the end if it is near."""
    await fleet.ask(point, user_id=fleet.namespace)
    await until_sprung(fleet, point)
    fresh = asyncio.create_task(fleet.ready_worker())
    if point == UNHEARD and alone:  # nobody else heard it, and pub/sub does not repeat itself
        await fresh
        assert not await fleet.record(point)
        assert fleet.midjourney.ledger.paid() == 0
        await fleet.ask(point, user_id=fleet.namespace)
    if point not in IN_DOUBT:
        await fleet.outcome(point)
    await fresh


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("point", ALL)
def test_a_kill_at_any_point_leaves_one_outcome_and_one_payment(
    aftermaths: Mapping[tuple[int, str], Aftermath],
    size: int,
    point: str,
) -> None:
    """One announcement, a settled record, at most one payment, one picture if it completed."""
    left = aftermaths[size, point]
    outcomes = [told["status"] for told in left.announced]

    assert len(outcomes) == 1
    assert left.stage == "settled"
    assert left.payments <= 1
    assert left.objects == outcomes.count("completed")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("point", [point for point in ALL if point not in IN_DOUBT])
def test_a_kill_outside_the_payment_costs_nothing(
    aftermaths: Mapping[tuple[int, str], Aftermath],
    size: int,
    point: str,
) -> None:
    """The request is completed all the same, and was paid once."""
    left = aftermaths[size, point]

    assert left.announced[0]["status"] == "completed"
    assert left.payments == 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("point", sorted(IN_DOUBT))
def test_a_kill_during_the_payment_is_told_as_what_it_is(
    aftermaths: Mapping[tuple[int, str], Aftermath],
    size: int,
    point: str,
) -> None:
    """Nobody knows whether it was paid, and the completion says so; nobody pays again."""
    left = aftermaths[size, point]
    told = left.announced[0]

    assert (told["error_code"], told["paid"]) == ("submit_unknown", "unknown")
    assert left.payments == int(point in ORDERED)

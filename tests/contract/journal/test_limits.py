"""What every `Journal` promises about money: no right to pay beyond a limit, none lost or counted twice."""

import asyncio
import copy
from dataclasses import replace

import pytest

from mobart.core.domain import Failed, Stage
from mobart.core.errors import Code, LeaseLost, Rejected
from mobart.core.lifecycle import Event, Transition
from mobart.core.limits import Limits
from mobart.core.ports import Claim
from mobart.journal.record import RedisJournal
from tests.support.backends import (
    DISPROVED,
    DONE,
    RECEIVED,
    REQUEST,
    STARTED,
    TICKET,
    UNKNOWN,
    RedisWorld,
    WorkerView,
    World,
    settled,
)

DAY = 24 * 3600.0
GIVEN_UP = Transition(Event.PAYMENT_DISPROVED, doubted=True)
LIMITS = {
    "user, at once": (Limits(user_concurrent=2), Code.QUOTA_EXCEEDED),
    "user, a day": (Limits(user_daily=2), Code.QUOTA_EXCEEDED),
    "all, a day": (Limits(daily_budget=2), Code.BUDGET_EXCEEDED),
}
every_limit = pytest.mark.parametrize(("limits", "code"), LIMITS.values(), ids=LIMITS)


async def accepted(view: WorkerView, name: str, user: str = "user-1") -> Claim:
    """Take in a request of this id, and claim it."""
    request = replace(REQUEST, request_id=name, user_id=user)
    await view.intake.accept(request)
    (delivery,) = await view.queue.receive(1, wait=0.01)
    claim = await view.queue.claim(delivery, request)
    assert isinstance(claim, Claim)
    return claim


async def paying(view: WorkerView, name: str, user: str = "user-1") -> Claim:
    """As `accepted`, with the right to pay."""
    claim = await accepted(view, name, user)
    await view.journal.record(claim, STARTED)
    return claim


async def refused(view: WorkerView, name: str, user: str = "user-1") -> Rejected:
    """Ask for a right to pay that is refused."""
    claim = await accepted(view, name, user)
    with pytest.raises(Rejected) as no:
        await view.journal.record(claim, STARTED)
    assert claim.job.stage is Stage.ACCEPTED
    return no.value


# ---------------------------------------------------------------- the limits


@every_limit
async def test_no_right_to_pay_beyond_a_limit(world: World, limits: Limits, code: Code) -> None:
    """The third of two is refused and settled for free."""
    view = await world.view("a", limits=limits)
    for name in ("r1", "r2"):
        await paying(view, name)
    claim = await accepted(view, "r3")
    with pytest.raises(Rejected) as no:
        await view.journal.record(claim, STARTED)
    assert no.value.code is code
    await view.journal.record(claim, settled(Failed(code, no.value.sentence, paid=False)))
    assert (await world.announced())[-1]["paid"] is False
    assert await world.bought("user-1") == (2, 2, 2)


async def test_without_limits_purchases_are_counted_all_the_same(world: World) -> None:
    """So that a limit that is set later knows of them."""
    view, limited = await world.view("a"), await world.view("b", limits=Limits(daily_budget=3))
    for number in range(3):
        await paying(view, f"r{number}")
    assert (await refused(limited, "r3")).code is Code.BUDGET_EXCEEDED


@pytest.mark.parametrize("limits", [Limits(user_concurrent=1), Limits(user_daily=1)])
async def test_a_users_limit_does_not_hold_up_others(world: World, limits: Limits) -> None:
    """Each has its own."""
    view = await world.view("a", limits=limits)
    await paying(view, "r1", "user-1")
    await paying(view, "r2", "user-2")
    await refused(view, "r3", "user-2")


async def test_the_budget_is_for_all(world: World) -> None:
    """For every user."""
    view = await world.view("a", limits=Limits(daily_budget=1))
    await paying(view, "r1", "user-1")
    await refused(view, "r2", "user-2")


async def test_a_settled_job_makes_room_for_the_next_of_its_user(world: World) -> None:
    """The limit at once is about what is in the making."""
    view = await world.view("a", limits=Limits(user_concurrent=1))
    claim = await paying(view, "r1")
    await view.journal.record(claim, RECEIVED)
    await refused(view, "r2")
    await view.journal.record(claim, settled(DONE))
    await paying(view, "r3")
    assert await world.bought("user-1") == (1, 2, 2)


async def test_a_cancelled_paid_job_makes_room_as_well(world: World) -> None:
    """And still counts as bought."""
    view = await world.view("a", limits=Limits(user_concurrent=1))
    await view.journal.record(await paying(view, "r1"), RECEIVED)
    assert await view.intake.cancel("r1")
    assert await world.bought("user-1") == (0, 1, 1)
    await paying(view, "r2")


@every_limit
async def test_the_next_day_is_another(world: World, limits: Limits, code: Code) -> None:
    """What was counted is forgotten by itself."""
    del code
    view = await world.view("a", limits=limits)
    for name in ("r1", "r2"):
        await view.journal.record(await paying(view, name), settled(UNKNOWN))
    await world.pass_time(DAY)
    assert await world.bought("user-1") == (0, 0, 0)
    for name in ("r3", "r4"):
        await paying(view, name)
    await refused(view, "r5")


@every_limit
async def test_of_many_workers_at_once_only_so_many_get_the_right(
    world: World, limits: Limits, code: Code
) -> None:
    """Counting and taking the right are one step."""
    del code
    desks = [await world.view(f"worker-{number}", limits=limits) for number in range(6)]
    claims = [await accepted(view, f"r{number}") for number, view in enumerate(desks)]
    answers = await asyncio.gather(
        *(view.journal.record(claim, STARTED) for view, claim in zip(desks, claims, strict=True)),
        return_exceptions=True,
    )
    assert (
        sorted(type(answer).__name__ for answer in answers) == ["NoneType"] * 2 + ["Rejected"] * 4
    )
    assert await world.bought("user-1") == (2, 2, 2)


# ---------------------------------------------------------------- given back, kept


async def test_what_is_proven_not_bought_is_given_back(world: World) -> None:
    """And can be counted again, by the same job or another."""
    view = await world.view("a", limits=Limits(1, 1, 1))
    claim = await paying(view, "r1")
    await view.journal.record(claim, DISPROVED)
    assert await world.bought("user-1") == (0, 0, 0)
    await view.journal.record(claim, STARTED)
    assert await world.bought("user-1") == (1, 1, 1)
    await refused(view, "r2")


async def test_what_may_have_been_bought_is_kept_in_the_books(world: World) -> None:
    """The job is over, so its user is not busy with it."""
    view = await world.view("a", limits=Limits(user_daily=1))
    await view.journal.record(await paying(view, "r1"), settled(UNKNOWN))
    assert await world.bought("user-1") == (0, 1, 1)
    await refused(view, "r2")


async def test_what_is_paid_again_without_proof_counts_twice(world: World) -> None:
    """The operator wants it so, and the first may have been paid."""
    view = await world.view("a", limits=Limits(user_daily=2))
    claim = await paying(view, "r1")
    await view.journal.record(claim, GIVEN_UP)
    assert await world.bought("user-1") == (0, 1, 1)
    await view.journal.record(claim, STARTED)
    assert await world.bought("user-1") == (1, 2, 2)
    await refused(view, "r2")


async def test_a_cancel_before_the_payment_costs_nothing(world: World) -> None:
    """Nor does one during a submit that is refused."""
    view = await world.view("a", limits=Limits(1, 1, 1))
    await accepted(view, "r1")
    assert await view.intake.cancel("r1")
    claim = await paying(view, "r2")
    assert not await view.intake.cancel("r2")
    with pytest.raises(Rejected):
        await view.journal.record(claim, DISPROVED)
    assert await world.bought("user-1") == (0, 0, 0)
    await paying(view, "r3")


async def test_what_is_given_back_the_next_day_was_not_bought_on_it(world: World) -> None:
    """Each day has its own books."""
    view, other = await world.view("a"), await world.view("b")
    await paying(view, "r1")
    await world.pass_time(DAY)
    await paying(view, "r2")
    (delivery,) = await other.queue.rescue(1, held=())
    claim = await other.queue.claim(delivery, replace(REQUEST, request_id="r1"))
    assert isinstance(claim, Claim)
    await other.journal.record(claim, DISPROVED)
    assert (await world.bought("user-1"))[1:] == (1, 1)


async def test_a_ticket_that_turns_up_after_submit_unknown_keeps_its_user_busy_again(
    world: World,
) -> None:
    """It was counted as bought all along."""
    view = await world.view("a")
    claim = await view.paying()
    late = copy.copy(claim)
    await view.journal.record(claim, settled(UNKNOWN))
    with pytest.raises(LeaseLost):
        await view.journal.record(late, RECEIVED)
    assert await world.bought("user-1") == (1, 1, 1)
    await view.journal.record(await view.take(), settled(DONE))
    assert await world.bought("user-1") == (0, 1, 1)


async def test_a_ticket_that_somebody_else_brings_keeps_its_user_busy_as_well(
    redis_world: RedisWorld,
) -> None:
    """The provider called back after `submit_unknown`."""
    view = await redis_world.view("a")
    await view.settled(UNKNOWN)
    assert isinstance(view.journal, RedisJournal)
    await view.journal.adopt("request-1", TICKET)
    assert await redis_world.bought("user-1") == (1, 1, 1)
    assert (await view.take()).job.correction


# ---------------------------------------------------------------- crashes, repeats


@pytest.mark.parametrize(
    "write", [STARTED, DISPROVED, GIVEN_UP, RECEIVED, settled(DONE)], ids=range(5)
)
async def test_a_write_that_is_sent_twice_counts_once(world: World, write: Transition) -> None:
    """Its answer may have been lost."""
    view = await world.view("a")
    await paying(view, "other")
    claim = await accepted(view, "r1")
    if write is not STARTED:
        await view.journal.record(claim, STARTED)
    if write.outcome is not None:
        await view.journal.record(claim, RECEIVED)
    again = copy.copy(claim)
    await view.journal.record(claim, write)
    once = await world.bought("user-1")
    await view.journal.record(again, write)
    assert await world.bought("user-1") == once


async def test_a_worker_that_dies_with_a_right_to_pay_leaves_it_counted_to_the_rescuer(
    world: World,
) -> None:
    """The sum of what is counted is what is being paid or paid, whichever worker has it."""
    view, other = await world.view("a"), await world.view("b")
    zombie = await view.paying()
    await view.queue.release(zombie)
    claim = await other.take()
    assert await world.bought("user-1") == (1, 1, 1)
    with pytest.raises(LeaseLost):
        await view.journal.record(zombie, DISPROVED)
    assert await world.bought("user-1") == (1, 1, 1)
    await other.journal.record(claim, DISPROVED)
    assert await world.bought("user-1") == (0, 0, 0)


async def test_what_redis_lost_is_counted_again_when_it_is_written_again(
    redis_world: RedisWorld,
) -> None:
    """By the worker that remembers it, once."""
    view = await redis_world.view("a")
    claim = await view.paid()
    await redis_world.redis.flushall()
    for _ in range(2):
        await view.queue.renew([claim])
    assert await redis_world.bought("user-1") == (1, 1, 1)


async def test_counters_go_by_themselves(redis_world: RedisWorld) -> None:
    """Within a day, so that no user leaves anything behind."""
    view = await redis_world.view("a")
    await view.settled()
    for key in (redis_world.keys.spent, redis_world.keys.spent_by("user-1")):
        assert 0 < await redis_world.redis.ttl(key) <= DAY
    assert not await redis_world.redis.exists(redis_world.keys.busy("user-1"))


async def test_a_job_that_nobody_settles_counts_for_a_day_at_most(redis_world: RedisWorld) -> None:
    """A record deleted by hand must not lock its user out forever."""
    view = await redis_world.view("a", limits=Limits(user_concurrent=1))
    await paying(view, "r1")
    busy = redis_world.keys.busy("user-1")
    assert 0 < await redis_world.redis.ttl(busy) <= DAY
    await redis_world.redis.delete(redis_world.keys.job("r1"))
    await redis_world.redis.zincrby(busy, -DAY * 1000, redis_world.keys.job("r1"))
    await paying(view, "r2")
    assert (await redis_world.bought("user-1"))[0] == 1


async def test_leases_do_not_change_the_books(world: World) -> None:
    """Renewed, run out, taken over."""
    view, other = await world.view("a"), await world.view("b")
    claim = await view.paid()
    await view.queue.renew([claim])
    await view.queue.release(claim)
    await other.take()
    assert await world.bought("user-1") == (1, 1, 1)

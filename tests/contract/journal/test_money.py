"""What every `Journal` promises about sums of money: none spent beyond the day's, each price counted once."""

import asyncio
import copy
from dataclasses import replace

import pytest

from mobart.core.domain import Completed, Failed, Stage, Ticket
from mobart.core.errors import Code, LeaseLost, Rejected
from mobart.core.lifecycle import Event, Transition
from mobart.core.limits import Limits
from mobart.core.ports import Claim
from tests.support.backends import (
    DISPROVED,
    DONE,
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
CENT = 10_000
"""Millionths of a USD."""
TEN_CENTS = Limits(daily_budget_micros=10 * CENT)
GIVEN_UP = Transition(Event.PAYMENT_DISPROVED, doubted=True)


def costing(usd: float | None) -> Transition:
    """Take the right to pay so much."""
    return replace(STARTED, price=usd)


def received(usd: float | None = None) -> Transition:
    """Bring in a ticket that tells what it cost."""
    return Transition(Event.TICKET_RECEIVED, ticket=replace(TICKET, cost=usd))


def done(usd: float | None) -> Completed:
    """Complete a job that cost so much."""
    return replace(DONE, cost=usd)


async def accepted(view: WorkerView, name: str) -> Claim:
    """Take in a request of this id, and claim it."""
    request = replace(REQUEST, request_id=name)
    await view.intake.accept(request)
    (delivery,) = await view.queue.receive(1, wait=0.01)
    claim = await view.queue.claim(delivery, request)
    assert isinstance(claim, Claim)
    return claim


async def paying(view: WorkerView, name: str, usd: float | None) -> Claim:
    """As `accepted`, with the right to pay so much."""
    claim = await accepted(view, name)
    await view.journal.record(claim, costing(usd))
    return claim


async def test_no_right_to_pay_beyond_the_days_sum(world: World) -> None:
    """What would exceed it is refused for free; what still fits is not."""
    view = await world.view("a", limits=TEN_CENTS)
    await paying(view, "r1", 0.06)
    claim = await accepted(view, "r2")
    with pytest.raises(Rejected) as no:
        await view.journal.record(claim, costing(0.05))
    assert (no.value.code, claim.job.stage) == (Code.BUDGET_EXCEEDED, Stage.ACCEPTED)
    assert no.value.retry_after is not None
    await paying(view, "r3", 0.04)
    assert await world.spent() == 10 * CENT


async def test_of_many_workers_at_once_only_so_many_get_the_right(world: World) -> None:
    """Counting and taking the right are one step."""
    desks = [await world.view(f"worker-{number}", limits=TEN_CENTS) for number in range(5)]
    claims = [await accepted(view, f"r{number}") for number, view in enumerate(desks)]
    answers = await asyncio.gather(
        *(
            view.journal.record(claim, costing(0.04))
            for view, claim in zip(desks, claims, strict=True)
        ),
        return_exceptions=True,
    )
    assert (
        sorted(type(answer).__name__ for answer in answers) == ["NoneType"] * 2 + ["Rejected"] * 3
    )
    assert await world.spent() == 8 * CENT


async def test_what_has_no_price_counts_as_nothing(world: World) -> None:
    """A start with such a provider and a budget is refused, but a preset may choose an odd model."""
    view = await world.view("a", limits=TEN_CENTS)
    claim = await paying(view, "r1", None)
    assert claim.job.price is None
    assert await world.spent() == 0


async def test_what_is_proven_not_bought_is_given_back(world: World) -> None:
    """To the millionth; and can be spent again."""
    view = await world.view("a", limits=TEN_CENTS)
    claim = await paying(view, "r1", 0.019397)
    assert await world.spent() == 19_397
    await view.journal.record(claim, DISPROVED)
    assert (await world.spent(), claim.job.price) == (0, None)
    await view.journal.record(claim, costing(0.1))
    assert await world.spent() == 10 * CENT


async def test_what_is_paid_again_without_proof_counts_twice(world: World) -> None:
    """The first may have been paid."""
    view = await world.view("a")
    claim = await paying(view, "r1", 0.05)
    await view.journal.record(claim, GIVEN_UP)
    await view.journal.record(claim, costing(0.05))
    assert await world.spent() == 10 * CENT


async def test_what_the_ticket_tells_corrects_the_estimate(world: World) -> None:
    """And whoever takes the job over knows it."""
    view, other = await world.view("a"), await world.view("b")
    claim = await view.accepted()
    await view.journal.record(claim, costing(0.05))
    await view.journal.record(claim, received(0.08))
    assert (await world.spent(), claim.job.price) == (8 * CENT, 0.08)
    await view.queue.release(claim)
    assert (await other.take()).job.price == 0.08


async def test_a_ticket_that_tells_nothing_leaves_the_estimate(world: World) -> None:
    """It is the best that is known."""
    view = await world.view("a")
    claim = await paying(view, "r1", 0.05)
    await view.journal.record(claim, received())
    assert (await world.spent(), claim.job.price) == (5 * CENT, 0.05)


@pytest.mark.parametrize(
    ("outcome", "cents"),
    [
        (done(0.03), 3),
        (done(None), 5),
        (Failed(Code.GENERATION_FAILED, "No.", paid=False, cost=0.0), 0),
        (Failed(Code.GENERATION_FAILED, "No.", paid=True, cost=0.05), 5),
        (UNKNOWN, 5),
    ],
)
async def test_the_outcome_has_the_last_word(
    world: World, outcome: Completed | Failed, cents: int
) -> None:
    """What was paid back is not spent, what nobody knows may have been."""
    view = await world.view("a")
    claim = await paying(view, "r1", 0.05)
    if outcome is not UNKNOWN:
        await view.journal.record(claim, received())
    await view.journal.record(claim, settled(outcome))
    assert await world.spent() == cents * CENT


@pytest.mark.parametrize(
    "write", [costing(0.05), DISPROVED, received(0.08), settled(done(0.03))], ids=range(4)
)
async def test_a_write_that_is_sent_twice_counts_once(world: World, write: Transition) -> None:
    """Its answer may have been lost."""
    view = await world.view("a")
    await paying(view, "other", 0.02)
    claim = await accepted(view, "r1")
    if write.event is not Event.PAYMENT_STARTED:
        await view.journal.record(claim, costing(0.05))
    if write.outcome is not None:
        await view.journal.record(claim, received())
    again = copy.copy(claim)
    await view.journal.record(claim, write)
    once = await world.spent()
    await view.journal.record(again, write)
    assert await world.spent() == once


async def test_what_an_operator_knows_was_not_bought_is_given_back(world: World) -> None:
    """And counted after all where its ticket turns up and tells what it cost."""
    view = await world.view("a")
    claim = await view.accepted()
    await view.journal.record(claim, costing(0.05))
    await view.journal.record(claim, settled(UNKNOWN))
    assert await world.operating().resolve(REQUEST, unpaid=True)
    assert await world.spent() == 0
    with pytest.raises(LeaseLost):
        await view.journal.record(claim, received(0.08))
    assert await world.spent() == 8 * CENT


async def test_a_zombie_changes_no_sum(world: World) -> None:
    """Its right to pay is another one's by now."""
    view, other = await world.view("a"), await world.view("b")
    zombie = await view.accepted()
    await view.journal.record(zombie, costing(0.05))
    await view.queue.release(zombie)
    await other.take()
    for write in (DISPROVED, settled(Failed(Code.INTERNAL, "No.", paid=False, cost=0.0))):
        with pytest.raises(LeaseLost):
            await view.journal.record(zombie, write)
    assert await world.spent() == 5 * CENT


async def test_the_next_day_has_a_sum_of_its_own(world: World) -> None:
    """What turns out cheaper then was not spent on it."""
    view = await world.view("a", limits=TEN_CENTS)
    claim = await paying(view, "r1", 0.05)
    await view.journal.record(claim, received())
    late = copy.copy(claim)
    await world.pass_time(DAY)
    assert await world.spent() == 0
    await paying(view, "r2", 0.1)
    await view.queue.renew([late])
    await view.journal.record(late, settled(done(0.01)))
    assert await world.spent() == 10 * CENT


async def test_what_redis_lost_is_counted_again_when_it_is_written_again(
    redis_world: RedisWorld,
) -> None:
    """By the worker that remembers its price, once."""
    view = await redis_world.view("a")
    claim = await paying(view, "r1", 0.05)
    await view.journal.record(claim, received(0.08))
    await redis_world.redis.flushall()
    for _ in range(2):
        await view.queue.renew([claim])
    assert await redis_world.spent() == 8 * CENT
    assert 0 < await redis_world.redis.ttl(redis_world.keys.money) <= DAY


async def test_a_key_of_another_kind_is_no_obstacle(redis_world: RedisWorld) -> None:
    """Somebody else wrote there."""
    view = await redis_world.view("a", limits=TEN_CENTS)
    await redis_world.redis.set(redis_world.keys.money, "x")
    await paying(view, "r1", 0.05)
    assert await redis_world.spent() == 5 * CENT


async def test_a_ticket_of_a_callback_keeps_the_price(redis_world: RedisWorld) -> None:
    """It tells none."""
    view = await redis_world.view("a")
    claim = await view.accepted()
    await view.journal.record(claim, costing(0.05))
    adopt = getattr(view.journal, "adopt")  # noqa: B009 - only the one on Redis has it
    await adopt("request-1", Ticket("midjourney", "task-1"))
    await view.journal.read(claim)
    assert (claim.job.stage, claim.job.price) == (Stage.PAID, 0.05)
    assert await redis_world.spent() == 5 * CENT


async def test_a_cancelled_purchase_says_what_it_cost(world: World) -> None:
    """It is counted as spent like one that was completed."""
    view = await world.view("a")
    claim = await view.accepted()
    await view.journal.record(claim, costing(0.25))
    await view.journal.record(claim, received())
    cancelled = await view.intake.cancel(REQUEST.request_id)
    assert cancelled is not None
    assert (cancelled.paid, cancelled.cost) == (True, 0.25)

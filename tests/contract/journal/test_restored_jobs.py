"""What comes back of a job when a worker writes it again that Redis lost: all that the worker knows."""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import pytest

from mobart.core import wire
from mobart.core.domain import Job, Picture, Stage
from mobart.core.errors import Code, Rejected
from mobart.core.limits import Limits
from mobart.core.ports import Acceptance, Claim
from mobart.journal.entries import KNOWN
from mobart.journal.scripts import text_of
from mobart.testing.memory_redis import InMemoryRedis
from tests.support.backends import (
    DISPROVED,
    DONE,
    LEASE,
    RECEIVED,
    REQUEST,
    STARTED,
    TICKET,
    UNKNOWN,
    MemoryWorld,
    RedisWorld,
    WorkerView,
    World,
    settled,
)

SAMPLES: Mapping[str, object] = {
    "request": REQUEST,
    "stage": Stage.PAID,
    "epoch": 7,
    "payment_epoch": 5,
    "right": 3,
    "provider": TICKET.provider,
    "ticket": TICKET,
    "price": 0.02,
    "correction": True,
    "made_from": "request-0",
    "reuses": True,
    "kept": Picture.stored("raw/request-0.png", grid=True),
}
"""A value that is not the default for each field of a job that is not settled; its outcome is none."""
NOT_KNOWN = {
    "request": "handed over beside the rest",
    "fingerprint": "made of the request",
    "entry": "a new one",
    "accepted_at": "not before it was claimed",
    "version": "of a newer version",
    "cancelled": "who heard of the cancellation writes it again",
    "adopted": "the ticket counts as the provider's own",
    "strikes": "counted anew",
    "struck": "counted anew",
    "disproved:": "the payment that is known was not",
    "completion": "only of settled jobs",
    "settled_at": "only of settled jobs",
    "told": "only of settled jobs",
    "in_doubt": "only of settled jobs",
    "resolved": "only of settled jobs",
    "resent_at": "only of settled jobs",
    "refused_at": "only of refused messages",
}
"""Fields of a record that a worker does not tell of a job that it works on, and why."""
WRITTEN = re.compile(
    r"'(?:HSET|HSETNX|HINCRBY)', (?:job|old|new|KEYS\[[12i]\]),(.*?)\)(?: +--[^\n]*)?\n",
    re.DOTALL,
)


async def lost(world: World) -> None:
    """Have Redis lose everything."""
    await world.roll_back({} if isinstance(world, RedisWorld) else InMemoryRedis())


async def again(world: World, view: WorkerView, claim: Claim) -> Claim:
    """Lose everything, write *claim* again, and claim the job anew."""
    await lost(world)
    assert await view.queue.renew([claim]) == [claim]
    await world.pass_time(LEASE)
    return await view.take()


async def test_every_field_of_a_job_comes_back(world: World) -> None:
    """A field that is added to `Job` needs a sample here, and the scripts need to know it."""
    assert SAMPLES.keys() | {"outcome"} == {field.name for field in fields(Job)}
    view = await world.view("a")
    claim = await view.accepted()
    samples: Any = SAMPLES
    claim.job = Job(**samples)
    claim.paying_at, claim.paid_at = claim.claimed_at, claim.claimed_at
    restored = await again(world, view, claim)
    assert replace(restored.job, epoch=claim.job.epoch) == claim.job
    assert restored.job.epoch > claim.job.epoch


async def test_times_come_back_as_they_were(world: World) -> None:
    """Deadlines, and the time after which an absence is believed, do not begin anew."""
    view = await world.view("a")
    claim = await view.accepted()
    await world.pass_time(10)
    await view.queue.renew([claim])
    await view.journal.record(claim, STARTED)
    await world.pass_time(10)
    await view.queue.renew([claim])
    await view.journal.record(claim, RECEIVED)
    restored = await again(world, view, claim)
    assert restored.times == pytest.approx(claim.times, abs=5)  # a real server takes real time


async def test_an_entry_that_had_waited_is_no_new_message_for_a_job_that_was_written_again() -> (
    None
):
    """It is in the copy that came back, and its outcome is not announced a second time.

    In memory alone: the ids of a server's entries tell of its own clock, which no test moves.
    """
    world = MemoryWorld()
    view = await world.view("a")
    await world.add(wire.encode_request(REQUEST))
    earlier = await world.copy()
    await world.pass_time(60)
    claim = await view.take()
    await world.roll_back(earlier)
    assert await view.queue.renew([claim]) == [claim]
    await world.pass_time(LEASE)
    old, anew = await view.queue.receive(2, wait=0.01)
    restored = await view.queue.claim(anew, REQUEST)
    assert isinstance(restored, Claim)
    await view.journal.record(restored, STARTED)
    await view.journal.record(restored, RECEIVED)
    await view.journal.record(restored, settled(DONE))
    assert await view.queue.claim(old, REQUEST) is Acceptance.REPEATED
    assert len(await world.announced()) == 1


async def test_an_entry_that_had_waited_is_no_new_message_for_an_outcome_that_was_written_again() -> (
    None
):
    """As above, where the job had ended when the older copy came back."""
    world = MemoryWorld()
    view = await world.view("a")
    await world.add(wire.encode_request(REQUEST))
    earlier = await world.copy()
    await world.pass_time(60)
    claim = await view.take()
    for transition in (STARTED, RECEIVED, settled(DONE)):
        await view.journal.record(claim, transition)
    await world.roll_back(earlier)
    assert await view.queue.renew([]) == []
    await world.pass_time(LEASE)
    (old,) = await view.queue.receive(1, wait=0.01)
    assert await view.queue.claim(old, REQUEST) is Acceptance.REPEATED
    assert len(await world.announced()) == 1


def test_every_field_that_scripts_write_is_told_or_excused() -> None:
    """So that a new one cannot be forgotten."""
    written = set[str]()
    for name in (
        "derive",
        "resettle",
        "ticket",
        "pay",
        "unpay",
        "settle",
        "accept",
        "claim",
        "cancel",
    ):
        for arguments in WRITTEN.findall(text_of(name)):
            written |= set(re.findall(r"'([a-z_]+_at|[a-z_]+:?)'", arguments))
    fields_of_records = {*KNOWN, *NOT_KNOWN, "heard_at", "claimed_at", "paying_at", "paid_at"}
    values = {str(stage) for stage in Stage} | {"given_up", "unpaid"}
    assert written - values <= fields_of_records
    assert {*KNOWN} <= written


LIMITS = Limits(daily_budget_micros=10**9)


@pytest.mark.parametrize("paid", [True, False])
async def test_what_was_bought_and_settled_is_counted_again(world: World, paid: bool) -> None:
    """Limits of a day count what Redis has, and so does the sum that was spent."""
    view = await world.view("a", limits=LIMITS)
    claim = await view.accepted()
    await view.queue.renew([claim])
    earlier = await world.copy()
    await view.journal.record(claim, replace(STARTED, price=0.05))
    if paid:
        await view.journal.record(claim, RECEIVED)
    outcome = replace(DONE, cost=0.07) if paid else UNKNOWN
    await view.journal.record(claim, settled(outcome))
    books = await world.bought(REQUEST.user_id), await world.spent()
    await world.roll_back(earlier)
    await view.queue.renew([])
    assert (await world.bought(REQUEST.user_id), await world.spent()) == books
    assert books == ((0, 1, 1), 70_000 if paid else 50_000)


async def test_what_was_still_counted_is_not_counted_twice(world: World) -> None:
    """Redis went back to when the payment was known already; only what it cost came later."""
    view = await world.view("a", limits=LIMITS)
    claim = await view.accepted()
    await view.journal.record(claim, replace(STARTED, price=0.05))
    await view.queue.renew([claim])
    earlier = await world.copy()
    await view.journal.record(claim, RECEIVED)
    await view.journal.record(claim, settled(replace(DONE, cost=0.07)))
    await world.roll_back(earlier)
    await view.queue.renew([])
    assert (await world.bought(REQUEST.user_id), await world.spent()) == ((0, 1, 1), 70_000)


async def test_what_was_not_bought_is_not_counted(world: World) -> None:
    """It was given back before it ended; nor is what uses another one's payment."""
    view = await world.view("a")
    claim = await view.accepted()
    await view.queue.renew([claim])
    earlier = await world.copy()
    await view.journal.record(claim, STARTED)
    await view.journal.record(claim, DISPROVED)
    await view.journal.record(claim, settled(replace(UNKNOWN, paid=False)))
    await world.roll_back(earlier)
    await view.queue.renew([])
    assert await world.bought(REQUEST.user_id) == (0, 0, 0)


async def test_what_a_cancelled_job_had_bought_is_counted_again(world: World) -> None:
    """Whoever cancelled it remembers that."""
    view = await world.view("a")
    claim = await view.accepted()
    await view.queue.renew([claim])
    earlier = await world.copy()
    await view.journal.record(claim, replace(STARTED, price=0.05))
    await view.journal.record(claim, RECEIVED)
    assert await view.intake.cancel(REQUEST.request_id)
    await world.roll_back(earlier)
    await view.queue.renew([])
    assert (await world.bought(REQUEST.user_id), await world.spent()) == ((0, 1, 1), 50_000)


async def test_a_cancellation_that_came_first_is_known_again(world: World) -> None:
    """Also of a request that was accepted since, and is lost with it."""
    view = await world.view("a")
    await view.queue.renew([])
    other = replace(REQUEST, request_id="request-2")
    for request in (REQUEST, other):
        await view.intake.cancel(request.request_id)
    assert await view.intake.accept(other) is Acceptance.CANCELLED
    await lost(world)
    await view.queue.renew([])
    await world.pass_time(LEASE)
    heir = await world.view("heir")
    assert await heir.intake.accept(REQUEST) is Acceptance.CANCELLED
    claims = [
        await heir.queue.claim(delivery, wire.decode_request(delivery.payload))
        for delivery in await heir.queue.receive(2, wait=0.01)
    ]
    assert [isinstance(claim, Claim) and claim.cancelled for claim in claims] == [True, True]


async def test_a_cancellation_that_was_noted_is_noted_again(world: World) -> None:
    """So its job is settled as cancelled when its submit is over, though Redis forgot the note."""
    view = await world.view("a")
    claim = await view.paying()
    assert await view.queue.renew([claim]) == []
    earlier = await world.copy()
    await view.intake.cancel(REQUEST.request_id)
    await world.roll_back(earlier)
    assert await view.queue.renew([claim]) == []
    with pytest.raises(Rejected) as no:
        await view.journal.record(claim, DISPROVED)
    assert no.value.code is Code.CANCELLED


async def test_a_cancellation_is_not_noted_in_what_is_settled(redis_world: RedisWorld) -> None:
    """Redis may have gone back to a moment after the end; a record is not changed without need."""
    view = await redis_world.view("a")
    claim = await view.paying()
    await view.queue.renew([claim])
    await view.intake.cancel(REQUEST.request_id)
    await view.journal.record(claim, settled(UNKNOWN))
    job = redis_world.keys.job(REQUEST.request_id)
    await redis_world.redis.hdel(job, "cancelled")
    await redis_world.roll_back(await redis_world.copy())
    await view.queue.renew([])
    assert not await redis_world.redis.hexists(job, "cancelled")


async def test_a_job_that_uses_anothers_payment_is_not_counted_as_bought(
    redis_world: RedisWorld,
) -> None:
    """Also where it has to be written again."""
    view = await redis_world.view("a")
    claim = await view.accepted()
    claim.job = replace(claim.job, stage=Stage.PAID, ticket=TICKET, reuses=True)
    await again(redis_world, view, claim)
    books: Any = await redis_world.bought(REQUEST.user_id)
    assert books == (0, 0, 0)

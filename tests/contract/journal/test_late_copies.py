"""What every `Journal` promises about a call that comes in twice, the second time when it is long over.

A call whose answer did not come is made again; the first copy may lie in a buffer, or be sent again by
the network, and arrive after whatever the same claim did since.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace
from typing import Any

import pytest

from mobart.core.domain import Failed, Stage
from mobart.core.errors import Code, LeaseLost
from mobart.core.lifecycle import Event, Transition
from mobart.core.limits import SuspensionPolicy
from mobart.core.ports import Claim, Journal
from tests.support.backends import (
    DISPROVED,
    LEASE,
    RECEIVED,
    REQUEST,
    TICKET,
    Operating,
    RedisWorld,
    World,
    settled,
)

TO_ANOTHER = Transition(Event.PAYMENT_STARTED, provider="another", price=0.01)
TO_SELLER = replace(TO_ANOTHER, provider=TICKET.provider, price=0.02)
GIVEN_UP = Transition(Event.PAYMENT_DISPROVED, doubted=True)


async def refused_late(world: World, journal: Journal, late: Claim, call: Transition) -> None:
    """Have a copy of a call arrive that was made when the claim was *late*: it changes nothing."""
    before = await world.snapshot()
    with pytest.raises(LeaseLost):
        await journal.record(late, call)
    assert await world.snapshot() == before


async def test_a_giving_back_that_is_late_leaves_the_next_right_alone(world: World) -> None:
    """The first provider refused; the next one is being paid when the copy arrives."""
    view = await world.view("a")
    claim = await view.accepted()
    await view.journal.record(claim, TO_ANOTHER)
    late = copy(claim)
    await view.journal.record(claim, DISPROVED)
    await view.journal.record(claim, TO_SELLER)
    await refused_late(world, view.journal, late, DISPROVED)
    await view.journal.record(claim, RECEIVED)
    assert claim.job.stage is Stage.PAID


async def test_a_right_to_pay_that_was_given_back_is_not_taken_by_a_late_copy(world: World) -> None:
    """Nobody would use it, and who finds it would ask a provider that was never paid."""
    view = await world.view("a")
    claim = await view.accepted()
    late = copy(claim)
    await view.journal.record(claim, TO_ANOTHER)
    await view.journal.record(claim, DISPROVED)
    await refused_late(world, view.journal, late, TO_ANOTHER)
    assert await world.bought(REQUEST.user_id) == (0, 0, 0)


async def test_a_late_right_to_pay_another_provider_does_not_take_the_place_of_the_next(
    world: World,
) -> None:
    """The record says who was paid."""
    view, other = await world.view("a"), await world.view("b")
    claim = await view.accepted()
    late = copy(claim)
    await view.journal.record(claim, TO_ANOTHER)
    await view.journal.record(claim, DISPROVED)
    await view.journal.record(claim, TO_SELLER)
    await refused_late(world, view.journal, late, TO_ANOTHER)
    await world.pass_time(LEASE)
    assert (await other.take()).job.provider == TICKET.provider


async def test_where_an_answer_was_lost_the_next_call_says_who_is_paid(world: World) -> None:
    """The right was taken for one provider, the worker heard of nothing, and asks another one."""
    view, other = await world.view("a"), await world.view("b")
    claim = await view.accepted()
    unheard = copy(claim)
    await view.journal.record(unheard, TO_ANOTHER)
    claim.asked = unheard.asked
    await view.journal.record(claim, TO_SELLER)
    assert await world.bought(REQUEST.user_id) == (1, 1, 1)
    assert await world.spent() == 20_000
    await refused_late(world, view.journal, replaced(unheard, claim), TO_ANOTHER)
    await world.pass_time(LEASE)
    assert (await other.take()).job.provider == TICKET.provider


def replaced(unheard: Claim, claim: Claim) -> Claim:
    """Return *claim* as it was when the call was made whose answer was lost."""
    late = copy(claim)
    late.job = replace(claim.job, stage=Stage.ACCEPTED, payment_epoch=0, right=0)
    late.asked = unheard.asked - 1
    return late


async def test_a_ticket_of_a_payment_that_was_given_up_is_not_taken_for_the_next_ones(
    world: World,
) -> None:
    """Both were asked for under one claim."""
    view = await world.view("a")
    claim = await view.paying()
    late = copy(claim)
    await view.journal.record(claim, GIVEN_UP)
    await view.journal.record(claim, TO_SELLER)
    await refused_late(world, view.journal, late, RECEIVED)


async def test_a_payment_that_was_disproved_stays_so_whatever_was_tried_since(world: World) -> None:
    """A worker that froze over it wakes after its heir has tried a provider as well."""
    view, heir = await world.view("a"), await world.view("b")
    zombie = await view.paying()
    await world.pass_time(LEASE)
    claim = await heir.take()
    await heir.journal.record(claim, DISPROVED)
    await heir.journal.record(claim, TO_ANOTHER)
    await heir.journal.record(claim, DISPROVED)
    before = await world.snapshot()
    assert await view.queue.renew([zombie]) == [zombie]
    assert await world.snapshot() == before


async def test_a_renewal_that_crosses_a_giving_back_is_not_taken_for_a_loss(world: World) -> None:
    """It tells of the stage before, and finds the record behind that."""
    view = await world.view("a")
    claim = await view.paying()
    crossing = copy(claim)
    await view.journal.record(claim, DISPROVED)
    await view.queue.renew([crossing])
    await view.journal.read(claim)
    assert claim.job.stage is Stage.ACCEPTED


# ---------------------------------------------------------------- operators

Act = Callable[[Operating], Awaitable[object]]


async def pause(operating: Operating) -> None:
    """Have nothing new begun."""
    await operating.switch(paused=True)


async def resume(operating: Operating) -> None:
    """Go on."""
    await operating.switch(paused=False)


@asynccontextmanager
async def overheard(client: Any) -> AsyncIterator[list[tuple[Any, ...]]]:
    """List the commands that a client sends, each as it may arrive again."""
    sent, send = list[tuple[Any, ...]](), client.execute_command

    async def noting(*args: Any, **options: Any) -> Any:
        sent.append(args)
        return await send(*args, **options)

    client.execute_command = noting
    yield sent
    client.execute_command = send


async def arriving(world: RedisWorld, sent: Sequence[tuple[Any, ...]]) -> None:
    """Have commands that were sent before arrive again."""
    redis: Any = world.redis
    for command in sent:
        await redis.execute_command(*command)


@pytest.mark.parametrize(("first", "then"), [(resume, pause), (pause, resume)])
async def test_a_late_switching_does_not_undo_the_newer_one(
    redis_world: RedisWorld, first: Act, then: Act
) -> None:
    """An operator whose resume got no answer pauses, and relies on that."""
    view, operating = await redis_world.view("a"), redis_world.operating()
    await then(operating)
    async with overheard(redis_world.redis) as sent:
        await first(operating)
    await then(operating)
    before = await view.queue.paused()
    await arriving(redis_world, sent)
    assert await view.queue.paused() is before is (then is pause)


async def test_a_switching_that_meets_another_one_is_made_all_the_same(
    redis_world: RedisWorld,
) -> None:
    """It is the last thing that somebody wants."""
    view, operating = await redis_world.view("a"), redis_world.operating()
    redis: Any = redis_world.redis
    send, others = redis.execute_command, [pause, pause]

    async def racing(*args: Any, **options: Any) -> Any:
        answer = await send(*args, **options)
        if others:
            await others.pop()(operating)
        return answer

    redis.execute_command = racing
    await resume(operating)
    assert not others
    assert not await view.queue.paused()


async def test_a_late_lifting_does_not_end_the_next_suspension(redis_world: RedisWorld) -> None:
    """Nor does it forget the offences that led to that one."""
    view = await redis_world.view("a", suspension=SuspensionPolicy(1, 600.0))
    operating, users = redis_world.operating(), redis_world.reading().users
    blocked = settled(Failed(Code.MODERATION_BLOCKED, "No.", paid=False))
    await view.journal.record(await view.accepted(), blocked)
    async with overheard(redis_world.redis) as sent:
        assert await operating.lift(REQUEST.user_id)
    again = replace(REQUEST, request_id="request-2")
    await view.intake.accept(again)
    (delivery,) = await view.queue.receive(1, wait=0.01)
    claim = await view.queue.claim(delivery, again)
    assert isinstance(claim, Claim)
    await view.journal.record(claim, blocked)
    before = await redis_world.snapshot()
    await arriving(redis_world, sent)
    assert await redis_world.snapshot() == before
    assert (await users.user(REQUEST.user_id)).suspended_seconds > 0

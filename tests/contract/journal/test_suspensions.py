"""What every `Journal` promises about a user whose requests moderation keeps blocking."""

import copy
from dataclasses import replace

import pytest

from mobart.core import wire
from mobart.core.domain import Failed, Refusal
from mobart.core.errors import Code, Rejected
from mobart.core.limits import SuspensionPolicy
from mobart.core.ports import Claim
from tests.support.backends import (
    DONE,
    NO,
    RECEIVED,
    REQUEST,
    STARTED,
    RedisWorld,
    WorkerView,
    World,
    settled,
)

HOUR = 3600.0
DAY = 24 * HOUR
BLOCKED = Failed(Code.MODERATION_BLOCKED, "It was refused.", paid=True)
TWO_STRIKES = SuspensionPolicy(offences=2, seconds=HOUR)


async def accepted(view: WorkerView, name: str, user: str = "user-1") -> Claim:
    """Take in a request of this id, and claim it."""
    request = replace(REQUEST, request_id=name, user_id=user)
    await view.intake.accept(request)
    (delivery,) = await view.queue.receive(1, wait=0.01)
    claim = await view.queue.claim(delivery, request)
    assert isinstance(claim, Claim)
    return claim


async def ended(
    view: WorkerView, name: str, outcome: Failed = BLOCKED, user: str = "user-1"
) -> Claim:
    """Take in a request and settle it, unpaid."""
    claim = await accepted(view, name, user)
    await view.journal.record(claim, settled(outcome))
    return claim


async def refused_at_the_door(
    view: WorkerView, name: str, code: Code = Code.MODERATION_BLOCKED
) -> bool:
    """Refuse a message of this id, as the list of the operator's own words does."""
    request = replace(REQUEST, request_id=name)
    refusal = Refusal(name, REQUEST.user_id, Failed(code, "No.", paid=False), "words")
    return await view.intake.refuse(refusal, payload=wire.encode_request(request))


async def may_pay(view: WorkerView, name: str, user: str = "user-1") -> bool:
    """Whether a new request of the user's gets the right to pay; it is settled either way."""
    claim, outcome = await accepted(view, name, user), NO
    try:
        await view.journal.record(claim, STARTED)
    except Rejected as no:
        outcome = Failed(no.code, no.sentence, paid=False)
    await view.journal.record(claim, settled(outcome))
    assert outcome.code in {NO.code, Code.USER_SUSPENDED}
    return outcome is NO


async def test_nothing_is_bought_for_a_user_who_was_blocked_so_often(world: World) -> None:
    """Whichever worker is asked; the request fails at once and for free."""
    view, other = [await world.view(name, suspension=TWO_STRIKES) for name in "ab"]
    await ended(view, "r1")
    assert await may_pay(other, "r2")
    await ended(other, "r3")
    before = await world.bought("user-1")
    assert not await may_pay(view, "r4")
    told = (await world.announced())[-1]
    assert (told["error_code"], told["paid"], told["retryable"]) == ("user_suspended", False, True)
    assert await world.bought("user-1") == before


async def test_other_users_are_not_concerned(world: World) -> None:
    """Each has strikes of its own."""
    view = await world.view("a", suspension=TWO_STRIKES)
    await ended(view, "r1", user="user-2")
    await ended(view, "r2")
    await ended(view, "r3")
    assert await may_pay(view, "r4", "user-2")


async def test_what_the_providers_moderation_and_the_own_list_block_is_one_count(
    world: World,
) -> None:
    """Refused at the door, or settled."""
    view = await world.view("a", suspension=TWO_STRIKES)
    assert await refused_at_the_door(view, "r1")
    await ended(view, "r2")
    assert not await may_pay(view, "r3")


async def test_other_failures_and_refusals_are_no_strikes(world: World) -> None:
    """Nor is a suspension."""
    view = await world.view("a", suspension=SuspensionPolicy(offences=1, seconds=HOUR))
    await ended(view, "r1", NO)
    await refused_at_the_door(view, "r2", Code.PROMPT_REJECTED)
    assert await may_pay(view, "r3")
    await ended(view, "r4")
    assert not await may_pay(view, "r5")
    await world.pass_time(HOUR + 1)
    assert await may_pay(view, "r6")


async def test_a_request_is_one_strike_however_often_it_is_heard(world: World) -> None:
    """By many workers at once, and again later."""
    view, other = [await world.view(name, suspension=TWO_STRIKES) for name in "ab"]
    assert await refused_at_the_door(view, "r1")
    assert not await refused_at_the_door(other, "r1")
    await world.pass_time(60)
    assert await refused_at_the_door(other, "r1")
    assert await may_pay(view, "r2")


async def test_an_outcome_that_is_written_twice_is_one_strike(world: World) -> None:
    """Its answer may have been lost."""
    view = await world.view("a", suspension=TWO_STRIKES)
    claim = await accepted(view, "r1")
    again = copy.copy(claim)
    await view.journal.record(claim, settled(BLOCKED))
    await view.journal.record(again, settled(BLOCKED))
    assert await may_pay(view, "r2")


async def test_each_suspension_is_twice_as_long_as_the_one_before(world: World) -> None:
    """One hour, two hours, four."""
    view = await world.view("a", suspension=TWO_STRIKES)
    for hours in (1, 2, 4):
        await ended(view, f"first-{hours}")
        assert await may_pay(view, f"between-{hours}")
        await ended(view, f"second-{hours}")
        await world.pass_time(hours * HOUR - 60)
        assert not await may_pay(view, f"too-early-{hours}")
        await world.pass_time(61)
        assert await may_pay(view, f"over-{hours}")


async def test_strikes_are_forgotten_after_a_day(world: World) -> None:
    """Without new ones."""
    view = await world.view("a", suspension=TWO_STRIKES)
    await ended(view, "r1")
    await world.pass_time(DAY + 1)
    await ended(view, "r2")
    assert await may_pay(view, "r3")


async def test_what_was_paid_before_is_completed(world: World) -> None:
    """A suspension is about what is bought."""
    view = await world.view("a", suspension=SuspensionPolicy(offences=1, seconds=HOUR))
    claim = await accepted(view, "r1")
    await view.journal.record(claim, STARTED)
    await ended(view, "r2")
    await view.journal.record(claim, RECEIVED)
    await view.journal.record(claim, settled(DONE))
    assert (await world.announced())[-1]["status"] == "completed"


async def test_without_strikes_nobody_is_suspended_and_nothing_is_kept(
    redis_world: RedisWorld,
) -> None:
    """As it is by default."""
    view = await redis_world.view("a")
    for number in range(5):
        await ended(view, f"r{number}")
    await refused_at_the_door(view, "r5")
    assert await may_pay(view, "r6")
    assert not await redis_world.redis.exists(redis_world.keys.blocked("user-1"))


async def test_strikes_and_suspensions_go_by_themselves(redis_world: RedisWorld) -> None:
    """Within a day; an operator can lift one before, and put one up."""
    view = await redis_world.view("a", suspension=SuspensionPolicy(offences=1, seconds=10 * DAY))
    await ended(view, "r1")
    suspended = redis_world.keys.suspended("user-1")
    for key in (redis_world.keys.blocked("user-1"), suspended):
        assert 0 < await redis_world.redis.ttl(key) <= DAY
    await redis_world.redis.delete(suspended)
    assert await may_pay(view, "r2")
    await redis_world.redis.set(suspended, 1)
    assert not await may_pay(view, "r3")


@pytest.mark.parametrize(
    ("blocks", "hours"), [(1, 0), (2, 0), (3, 1), (4, 0), (6, 2), (9, 4), (30_000, 24)]
)
def test_the_length_of_a_suspension_is_a_pure_number(blocks: int, hours: float) -> None:
    """Every third, doubled, a day at most."""
    assert SuspensionPolicy(offences=3, seconds=HOUR).suspension(blocks) == hours * HOUR

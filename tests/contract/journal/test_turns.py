"""Whose turn it is: what every `JobQueue` promises to users beside each other."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core import wire
from mobart.core.domain import GenerationRequest, Priority
from mobart.core.ports import Claim
from mobart.journal import turns as journal_turns
from mobart.journal.keys import GROUP
from mobart.journal.scripts import script
from mobart.testing.turns import WAITING, Turns
from tests.support.backends import LEASE, NO, REQUEST, RedisWorld, WorkerView, World, settled

FLOOD = 100


def asked(user: str, number: int, priority: Priority = Priority.NORMAL) -> GenerationRequest:
    """Return a request of a user."""
    return replace(
        REQUEST, request_id=f"{user}-{priority}-{number}", user_id=user, priority=priority
    )


async def flood(view: WorkerView, user: str, count: int = FLOOD) -> None:
    """Ask for much."""
    await view.intake.accept_all([asked(user, number) for number in range(count)])


async def next_ones(view: WorkerView, slots: int) -> list[str]:
    """Return the ids of what is next."""
    deliveries = await view.queue.receive(slots, wait=0.01)
    return [json.loads(delivery.payload)["request_id"] for delivery in deliveries]


async def take(view: WorkerView) -> Claim:
    """Claim what is next."""
    (delivery,) = await view.queue.receive(1, wait=0.01)
    claim = await view.queue.claim(delivery, wire.decode_request(delivery.payload))
    assert isinstance(claim, Claim)
    return claim


# ---------------------------------------------------------------- between users


async def test_one_request_does_not_wait_for_the_many_of_another_user(world: World) -> None:
    """It is the next but one at the latest."""
    view = await world.view("a")
    await flood(view, "flood")
    await next_ones(view, 4)
    await view.intake.accept(asked("single", 1))
    assert "single-normal-1" in await next_ones(view, 2)


async def test_what_a_backend_adds_by_itself_takes_its_turn_likewise(world: World) -> None:
    """Through whichever door a flood comes."""
    view = await world.view("a")
    for number in range(FLOOD):
        await world.add(wire.encode_request(asked("flood", number)))
    await world.add(wire.encode_request(asked("single", 1)))
    assert "single-normal-1" in await next_ones(view, 2)


async def test_users_take_turns_and_each_in_its_own_order(world: World) -> None:
    """One of each, over and over, whichever worker asks."""
    view, other = await world.view("a"), await world.view("b")
    for user in ("ann", "bob", "cid"):
        await flood(view, user, 3)
    taken = [one for each in (view, other, view) for one in await next_ones(each, 3)]
    for number in range(3):
        together = sorted(taken[3 * number : 3 * number + 3])
        assert together == [f"{user}-normal-{number}" for user in ("ann", "bob", "cid")]


async def test_a_user_who_comes_back_has_no_turns_saved_up(world: World) -> None:
    """Nobody is paid for the time in which nothing was asked for."""
    view = await world.view("a")
    await flood(view, "late", 1)
    await flood(view, "busy")
    await next_ones(view, 50)
    await flood(view, "late", 10)
    taken = await next_ones(view, 8)
    assert sum(one.startswith("busy") for one in taken) in {3, 4, 5}


async def test_requests_of_users_with_one_each_come_out_as_they_came_in(world: World) -> None:
    """Where nobody has more than others, first come, first served."""
    view = await world.view("a")
    users = ["z", "m", "a", "q"]
    for user in users:
        await view.intake.accept(asked(user, 1))
        await world.pass_time(0.002)
    taken = [one.partition("-")[0] for one in await next_ones(view, 9)]
    assert sorted(taken) == sorted(users)
    if not isinstance(world, RedisWorld):  # a real server's milliseconds do not wait for us
        assert taken == users


async def test_what_is_no_request_waits_as_nobodys(world: World) -> None:
    """It is delivered, so that it can be refused, and holds nobody up."""
    view = await world.view("a")
    for number in range(20):
        await world.add(b"{%d" % number)
    await world.add(b'{"user_id": {"a": 1}, "priority": ["high"]}')
    await world.add(b"[]")
    await world.add(b'"text"')
    await view.intake.accept(asked("ann", 1))
    payloads = [one.payload for one in await view.queue.receive(2, wait=0.01)]
    assert wire.encode_request(asked("ann", 1)) in payloads
    assert len(await view.queue.receive(99, wait=0.01)) == 22


# ---------------------------------------------------------------- priorities


async def test_a_high_request_goes_before_what_its_user_asked_for_before(world: World) -> None:
    """And a low one behind what it asks for afterwards."""
    view = await world.view("a")
    for priority in (Priority.LOW, Priority.NORMAL, Priority.HIGH):
        await view.intake.accept(asked("ann", 1, priority))
    assert await next_ones(view, 3) == ["ann-high-1", "ann-normal-1", "ann-low-1"]


async def test_a_high_request_goes_before_the_normal_ones_of_others(world: World) -> None:
    """Also where many wait."""
    view = await world.view("a")
    for user in range(20):
        await view.intake.accept(asked(f"user-{user}", 1))
    await view.intake.accept(asked("ann", 1, Priority.HIGH))
    assert await next_ones(view, 1) == ["ann-high-1"]


async def test_priorities_share_and_do_not_shut_out(world: World) -> None:
    """Of one high, one normal and one low user with much to ask, nobody waits for ever."""
    view = await world.view("a")
    for user, priority in zip("hnl", Priority, strict=True):
        await view.intake.accept_all([asked(user, number, priority) for number in range(100)])
    taken = [one[0] for one in await next_ones(view, 63)]
    shares = [taken.count(user) for user in "hnl"]
    assert shares[0] > 40
    assert shares[1] in range(10, 14)
    assert shares[2] in range(2, 5)


async def test_a_low_request_ages(world: World) -> None:
    """After ten minutes it stands where a normal one does that comes now."""
    view = await world.view("a")
    await world.add(wire.encode_request(asked("ann", 1, Priority.LOW)))
    if isinstance(world, RedisWorld):  # the ids of entries are times of the server, which goes on
        await world.redis.delete(world.keys.requests)
        old = int((await world.redis.time())[0]) * 1000 - 601_000
        low = wire.encode_request(asked("ann", 1, Priority.LOW))
        await world.redis.xadd(world.keys.requests, {"request": low}, id=f"{old}-0")
    else:
        await world.pass_time(601)
    await view.intake.accept(asked("ann", 1))
    assert await next_ones(view, 2) == ["ann-low-1", "ann-normal-1"]


# ---------------------------------------------------------------- as many as a user may


async def test_what_is_beyond_a_users_slots_waits_until_one_is_free(world: World) -> None:
    """Nothing is refused, and other users go on."""
    view = await world.view("a", user_slots=2)
    other = await world.view("b", user_slots=2)
    await flood(view, "ann", 5)
    first, second = await take(view), await take(other)
    assert await next_ones(view, 9) == []
    await view.intake.accept(asked("bob", 1))
    assert await next_ones(other, 9) == ["bob-normal-1"]
    await view.journal.record(first, settled(NO))
    assert await next_ones(other, 9) == ["ann-normal-2"]
    await view.intake.cancel(second.request.request_id)
    assert await next_ones(view, 9) == ["ann-normal-3"]


async def test_a_job_that_changes_its_worker_takes_no_second_slot(world: World) -> None:
    """It is rescued although its user has all slots, and frees one in the end."""
    view = await world.view("a", user_slots=1)
    other = await world.view("b", user_slots=1)
    await flood(view, "ann", 2)
    claim = await take(view)
    await view.queue.release(claim)
    (delivery,) = await other.queue.rescue(9, held=())
    again = await other.queue.claim(delivery, claim.request)
    assert isinstance(again, Claim)
    assert await next_ones(view, 9) == []
    await other.journal.record(again, settled(NO))
    assert await next_ones(view, 9) == ["ann-normal-1"]


async def test_a_slot_that_was_freed_unnoticed_is_found(world: World) -> None:
    """As by a worker of an older version, or by a stranger who deletes entries."""
    view = await world.view("a", user_slots=1)
    await flood(view, "ann", 2)
    (delivery,) = await view.queue.receive(1, wait=0.01)
    assert await next_ones(view, 9) == []
    await view.queue.discard(delivery)
    await view.queue.rescue(9, held=())
    assert await next_ones(view, 9) == ["ann-normal-1"]


async def test_without_a_limit_any_more_everybody_goes_on(world: World) -> None:
    """The operator took it away, and started the workers anew."""
    view, later = await world.view("a", user_slots=1), await world.view("b")
    await flood(view, "ann", 3)
    assert len(await next_ones(view, 9)) == 1
    assert await next_ones(view, 9) == []
    await later.queue.rescue(9, held=())
    assert len(await next_ones(later, 9)) == 2


# ---------------------------------------------------------------- nothing is lost of what waits


async def waiting(view: WorkerView, world: World) -> None:
    """Have four requests wait, of five."""
    await flood(view, "ann", 5)
    assert len(await next_ones(view, 1)) == 1
    assert await world.outstanding() == 5


async def test_what_waits_is_nobodys_to_rescue(world: World) -> None:
    """However long it waits."""
    view = await world.view("a")
    await waiting(view, world)
    await world.pass_time(10 * LEASE)
    assert len(await view.queue.rescue(9, held=())) == 1
    assert len(await next_ones(view, 9)) == 4


async def test_what_is_cancelled_while_it_waits_is_passed_over(world: World) -> None:
    """And costs its user no turn."""
    view = await world.view("a")
    await flood(view, "ann", 300)
    await flood(view, "bob", 2)
    assert len(await next_ones(view, 2)) == 2
    for number in range(1, 299):
        await view.intake.cancel(f"ann-normal-{number}")
    assert sorted(await next_ones(view, 2)) == ["ann-normal-299", "bob-normal-1"]
    assert await next_ones(view, 2) == []


async def test_a_worker_of_an_older_version_takes_what_waits(redis_world: RedisWorld) -> None:
    """It knows no turns: it finds what waits as abandoned, and no job has two owners."""
    view, redis = await redis_world.view("new"), redis_world.redis
    await waiting(view, redis_world)
    await redis_world.pass_time(LEASE)
    stream = redis_world.keys.requests
    answer: Any = await redis.xautoclaim(stream, GROUP, "old", int(LEASE * 1000), "0-0", count=9)
    assert len(answer[1]) == 5
    assert await next_ones(view, 9) == []
    await flood(view, "bob", 2)
    answer = await redis.xreadgroup(GROUP, "old", {stream: ">"}, count=1)
    assert len(answer[0][1]) == 1
    assert await next_ones(view, 9) == ["bob-normal-1"]


@pytest.mark.parametrize("lost", ["turns", "turns:ann", "turn", "*"])
async def test_turns_that_are_lost_are_made_anew(redis_world: RedisWorld, lost: str) -> None:
    """Somebody deleted their keys, or wrote something else there."""
    view, redis = await redis_world.view("a"), redis_world.redis
    await waiting(view, redis_world)
    found = await redis.keys(f"{{{redis_world.keys.namespace}}}:turn{'*' if lost == '*' else ''}")
    names = found if lost == "*" else [f"{{{redis_world.keys.namespace}}}:{lost}"]
    for name in names:
        await redis.delete(name)
        await redis.hset(name, "no", "turns")
    await view.queue.rescue(9, held=())
    assert len(await next_ones(view, 9)) == 4


async def test_an_entry_that_was_deleted_while_it_waits_is_forgotten(
    redis_world: RedisWorld,
) -> None:
    """By hand; nothing is left of it in the group either."""
    view, redis = await redis_world.view("a"), redis_world.redis
    await waiting(view, redis_world)
    entries: Any = await redis.xrange(redis_world.keys.requests)
    for entry, _ in entries[1:]:
        await redis.xdel(redis_world.keys.requests, entry)
    assert await next_ones(view, 9) == []
    await view.queue.rescue(9, held=())
    left: Any = await redis.xpending(redis_world.keys.requests, GROUP)
    assert left["pending"] == 1


async def test_more_than_one_step_looks_at_is_put_in_turns_at_once(
    redis_world: RedisWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much comes before it, a single request is seen."""
    monkeypatch.setattr(journal_turns, "LOOKED_AT", 8)
    view = await redis_world.view("a")
    await flood(view, "flood")
    await view.intake.accept(asked("single", 1))
    assert "single-normal-1" in await next_ones(view, 2)
    pending: Any = await redis_world.redis.xpending(redis_world.keys.requests, GROUP)
    assert {one["name"]: one["pending"] for one in pending["consumers"]} == {
        b"a": 2,
        WAITING.encode(): FLOOD - 1,
    }


# ---------------------------------------------------------------- the readable version

USERS = st.sampled_from(["ann", "bob", "cid", ""])
ASKED = st.tuples(st.integers(0, 5_000_000), USERS, st.sampled_from(Priority))
ACTS = st.lists(st.one_of(ASKED, st.integers(1, 3)), max_size=30)


def order_in_memory(acts: Sequence[Any]) -> list[str]:
    """Return the entries in the order in which `Turns` takes them."""
    turns, taken, last = Turns(), list[str](), 0
    for act in [*acts, 99]:
        if isinstance(act, int):
            for _ in range(act):
                entry = turns.take(lambda _: True, is_full=lambda _: False)
                taken += [entry] if entry else []
        else:
            later, user, priority = act
            last += later + 1
            told = {"user_id": user, "priority": priority}
            turns.file(f"{last}-0", json.dumps(told).encode())
    return taken


@given(acts=ACTS)
def test_users_never_wait_longer_than_their_share(acts: Sequence[Any]) -> None:
    """Nothing is lost and nothing is taken twice, whatever comes in whatever order."""
    taken = order_in_memory(acts)
    assert len(taken) == len(set(taken)) == sum(not isinstance(act, int) for act in acts)


PLAYS: list[Sequence[Any]] = [
    [(1, user, priority) for user in ("ann", "bob") for priority in Priority] * 3,
    [(7, "ann", Priority.LOW), 1, (600_001, "ann", Priority.NORMAL), (1, "bob", Priority.HIGH), 2],
    [(1, "ann", Priority.NORMAL)] * 9
    + [3, (1, "bob", Priority.LOW)]
    + [(1, "cid", Priority.HIGH)] * 9,
    [(1000, "", Priority.NORMAL)] * 3
    + [2, (1, "bob", Priority.NORMAL), 1, (1, "ann", Priority.LOW)],
]


@pytest.mark.parametrize("acts", PLAYS)
async def test_the_scripts_keep_the_order_of_the_readable_version(
    redis_world: RedisWorld, acts: Sequence[Any]
) -> None:
    """Entry by entry."""
    redis, stream = redis_world.redis, redis_world.keys.requests
    receive, taken, last = script(redis, "receive"), list[str](), 0
    await redis.xgroup_create(stream, GROUP, id="0", mkstream=True)
    for act in [*acts, 99]:
        if isinstance(act, int):
            _, entries = await receive([stream], [GROUP, "a", act, 0, 128])
            taken += [entry.decode() for entry, _ in entries]
        else:
            later, user, priority = act
            last += later + 1
            told = json.dumps({"user_id": user, "priority": priority})
            await redis.xadd(stream, {"request": told}, id=f"{last}-0")
            await receive([stream], [GROUP, "a", 0, 0, 128])
    assert taken == order_in_memory(acts)

"""What happens where somebody else writes under names of ours, or takes rights from our user."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from redis.exceptions import NoPermissionError, NoScriptError, ResponseError

from mobart.core import wire
from mobart.core.domain import Failed, Refusal
from mobart.core.errors import Code, Unavailable
from mobart.core.limits import Limits
from mobart.core.ports import Acceptance, Claim
from mobart.core.views import Batch, Moment, Spent
from mobart.journal.failures import translated
from tests.contract.journal.test_reading import STATUS
from tests.support.backends import DONE, LEASE, RECEIVED, REQUEST, STARTED, RedisWorld, settled

Put = Callable[[RedisWorld, str], Awaitable[object]]
LIMITS = Limits(user_concurrent=9, user_daily=9, daily_budget=9, daily_budget_micros=10**9)
LEFT = ("requests", "job:", "paused", "suspended:")
"""The requests themselves; records, of which there are tests of their own; and marks of any kind."""


async def put_text(world: RedisWorld, name: str) -> object:
    """Make a key a string."""
    return await world.redis.set(name, "another's")


async def put_list(world: RedisWorld, name: str) -> object:
    """Make a key a list."""
    return await world.redis.rpush(name, "another's")


async def whole_life(world: RedisWorld, request_id: str) -> None:
    """Take a request from the intake to its outcome, and write down what happened."""
    view, reading = (
        await world.view(f"worker-{request_id}", limits=LIMITS, user_slots=2),
        world.reading(),
    )
    request = replace(REQUEST, request_id=request_id)
    await view.intake.accept(request)
    await view.queue.renew([])
    await world.pass_time(LEASE)
    (delivery,) = await view.queue.receive(1, wait=0.01)
    claim = await view.queue.claim(delivery, request)
    assert isinstance(claim, Claim)
    await view.journal.record(claim, replace(STARTED, price=0.01))
    await view.journal.record(claim, RECEIVED)
    await view.journal.record(claim, settled(DONE))
    moments = {request_id: [Moment(1.0, "job.settled", "w", {})]}
    batch = Batch(
        STATUS, moments, {request_id: "user-1"}, {"completed": 1}, {"user-1": Spent(1, 0.01)}
    )
    await reading.recording.write(batch)


@pytest.mark.parametrize("put", [put_text, put_list])
async def test_a_key_of_another_type_under_any_name_of_ours_heals(
    redis_world: RedisWorld, put: Put
) -> None:
    """The next write puts things right; no job waits for somebody to look."""
    await whole_life(redis_world, "r1")
    prefix = f"{{{redis_world.keys.namespace}}}:"
    found: Any = await redis_world.redis.keys(f"{prefix}*")
    names = [name.decode() for name in found]
    ours = [name for name in names if not name.removeprefix(prefix).startswith(LEFT)]
    for name in ours:
        await redis_world.redis.delete(name)
        await put(redis_world, name)
    await whole_life(redis_world, "r2")
    assert redis_world.keys.history in ours
    assert len(await redis_world.announced()) == 2


@pytest.mark.parametrize("put", [put_text, put_list])
async def test_whoever_asks_under_the_name_of_such_data_is_answered(
    redis_world: RedisWorld, put: Put
) -> None:
    """As where another request has the id: by the channel and by the stream, each once."""
    view, asked, payload = (
        await redis_world.view("a"),
        REQUEST.request_id,
        wire.encode_request(REQUEST),
    )
    await put(redis_world, redis_world.keys.job(asked))
    assert await view.intake.accept(REQUEST) is Acceptance.CONFLICTED
    await redis_world.redis.xadd(redis_world.keys.requests, {"request": payload})
    (delivery,) = await view.queue.receive(1, wait=0.01)
    assert await view.queue.claim(delivery, REQUEST) is Acceptance.CONFLICTED
    no = Refusal(asked, "user-1", Failed(Code.REQUEST_CONFLICT, "No.", paid=False), reason=None)
    told = [
        await view.intake.answer_conflict(no, payload=payload, fingerprint="f") for _ in range(2)
    ]
    assert told == [True, False]
    (message,) = await redis_world.announced()
    assert message["error_code"] == "request_conflict"


@pytest.mark.parametrize("put", [put_text, put_list])
async def test_nothing_is_cancelled_where_such_data_are(redis_world: RedisWorld, put: Put) -> None:
    """And nobody tries for ever."""
    view = await redis_world.view("a")
    await put(redis_world, redis_world.keys.job("r1"))
    assert await view.intake.cancel("r1") is None


@pytest.mark.parametrize(
    "error",
    [
        NoScriptError("No matching script. Please use EVAL."),  # flushed between loading and use
        NoPermissionError("this user has no permissions to run the 'evalsha' command"),
        ResponseError("The user executing the script can't run this command or subcommand"),
        ResponseError("ACL failure in script: User w has no permissions to run the 'xadd' command"),
        ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value"),
        ResponseError("max daily request limit exceeded. Limit: 10000, Usage: 10000."),
    ],
    ids=["flushed", "command", "script", "script-of-valkey", "type", "quota"],
)
async def test_what_somebody_else_has_to_mend_is_waited_for(error: Exception) -> None:
    """It is no bug of ours, and counts as none against a job."""
    with pytest.raises(Unavailable, match="redis: "), translated():
        raise error

"""What happens where somebody else writes under names of ours, or takes rights from our user."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from redis.exceptions import NoPermissionError, NoScriptError, ResponseError

from mobart.core.errors import Unavailable
from mobart.core.limits import Limits
from mobart.core.ports import Claim
from mobart.core.views import Batch, Moment, Spent
from mobart.journal.connection import translated
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


@pytest.mark.parametrize(
    "error",
    [
        NoScriptError("No matching script. Please use EVAL."),  # flushed between loading and use
        NoPermissionError("this user has no permissions to run the 'evalsha' command"),
        ResponseError("The user executing the script can't run this command or subcommand"),
        ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value"),
    ],
    ids=["flushed", "command", "script", "type"],
)
async def test_what_somebody_else_has_to_mend_is_waited_for(error: Exception) -> None:
    """It is no bug of ours, and counts as none against a job."""
    with pytest.raises(Unavailable, match="redis: "), translated():
        raise error

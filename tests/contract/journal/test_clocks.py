"""What happens when the clock of Redis's host is set: nothing waits for the time that it had before."""

from typing import Any

from mobart.journal.keys import GROUP
from tests.support.backends import DONE, LEASE, REQUEST, RedisWorld, World

HOUR = 3600.0


async def test_a_finished_request_is_announced_again_after_the_clock_was_set_back(
    redis_world: RedisWorld,
) -> None:
    """It is not taken for a message of the same moment until that hour is over; nor is a resending."""
    view = await redis_world.view("a")
    await view.settled(DONE)
    await redis_world.pass_time(60)
    await view.intake.accept(REQUEST)
    assert await view.intake.resend(REQUEST.request_id)
    await redis_world.pass_time(-HOUR)
    assert await view.intake.accept(REQUEST) == "replayed"
    assert await view.intake.resend(REQUEST.request_id)


async def test_what_happens_later_by_the_clock_happened_now(redis_world: RedisWorld) -> None:
    """Or the deadlines of a job would move by what the clock was set back."""
    view = await redis_world.view("a")
    claim = await view.paid()
    await view.queue.release(claim)
    for name in claim.times:
        key = redis_world.keys.job(REQUEST.request_id)
        await redis_world.redis.hincrby(key, name, int(HOUR * 1000))
    again = await view.take()
    assert again.times.keys() == claim.times.keys()
    assert {at <= redis_world.clock.monotonic() for at in again.times.values()} == {True}


async def test_leases_begin_anew_when_redis_was_replaced(world: World) -> None:
    """They were measured by its clock: a job of a dead worker is taken over one lease after that."""
    dead, heir = await world.view("dead"), await world.view("heir")
    await dead.paid()
    await world.pass_time(10 * LEASE)
    await world.roll_back(await world.copy())
    await heir.queue.renew([])
    if isinstance(world, RedisWorld):
        held: Any = await world.redis.xpending_range(
            world.keys.requests, GROUP, min="-", max="+", count=9
        )
        assert held[0]["time_since_delivered"] < LEASE * 1000
    await world.pass_time(LEASE)
    assert (await heir.take()).job.ticket is not None

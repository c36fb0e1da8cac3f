"""What happens when the clock of Redis's host is set: nothing waits for the time that it had before."""

import asyncio
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


async def test_jobs_of_a_dead_worker_do_not_wait_for_the_clock_to_catch_up(
    redis_world: RedisWorld,
) -> None:
    """Where it was set back under a Redis that goes on."""
    redis_world.lease = 0.001
    dead, heir = await redis_world.view("dead"), await redis_world.view("heir")
    await dead.paid()
    await heir.queue.renew([])
    await set_back(redis_world, HOUR)
    await heir.queue.renew([])
    async with asyncio.timeout(20):
        while not await heir.queue.rescue(1, held=()):  # until the entry is a lease old
            pass


async def test_a_clock_that_is_put_forward_takes_no_job_from_a_live_worker(
    redis_world: RedisWorld,
) -> None:
    """All its leases look over at once; who notices it first begins them anew."""
    live, other = await redis_world.view("live"), await redis_world.view("other")
    claim = await live.paid()
    await other.queue.renew([])
    await put_forward(redis_world, HOUR)
    assert await other.queue.rescue(1, held=()) == []
    await put_forward(redis_world, HOUR)
    await live.queue.renew([claim])
    await put_forward(redis_world, HOUR)
    await other.queue.renew([])
    await put_forward(redis_world, HOUR)
    await other.queue.renew([])
    assert await other.queue.rescue(1, held=()) == []
    assert await live.queue.renew([claim]) == []


async def put_forward(world: RedisWorld, seconds: float) -> None:
    """Have the server's clock jump, and no other one."""
    await world.pass_time(seconds)
    world.clock.seconds -= seconds
    await world.redis.hincrby(world.keys.history, "seen", -int(seconds * 1000))


async def set_back(world: RedisWorld, seconds: float) -> None:
    """Have the one entry that is held be delivered at a time that is still to come.

    No command does that, so the time is changed in a copy of the stream.
    """
    stream, back = world.keys.requests, int(seconds * 1000)
    held: Any
    (held,) = await world.redis.xpending_range(stream, GROUP, min="-", max="+", count=9)
    now, _ = await world.redis.time()
    at = now * 1000 - 1234
    await world.redis.xclaim(
        stream, GROUP, held["consumer"], 0, [held["message_id"]], time=at, justid=True
    )
    dumped: Any = await world.redis.dump(stream)
    then, later = (each.to_bytes(8, "little") for each in (at, at + back))
    assert dumped.count(then) == 1
    content = dumped[:-8].replace(then, later)
    await world.redis.restore(stream, 0, content + check_sum(content), replace=True)
    await world.redis.hincrby(world.keys.history, "seen", back)


def check_sum(content: bytes) -> bytes:
    """Return the CRC-64 (Jones) that `RESTORE` wants."""
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x95AC9329AC4BC9B5 if crc & 1 else 0)
    return crc.to_bytes(8, "little")

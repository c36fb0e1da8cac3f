"""A bell wakes the job it hangs for, and no other."""

import asyncio

from mobart.jobs.wakeups import NoWakeups, PubSubWakeups
from tests.support.clocks import LoopClock, SimulatedClock

LONG = 3600.0


async def test_a_ring_ends_the_wait() -> None:
    """Long before its time."""
    wakeups = PubSubWakeups(LoopClock())
    with wakeups.waiting_for("r-1") as bell:
        waiting = asyncio.create_task(bell.wait(LONG))
        await asyncio.sleep(0)
        await wakeups.on_message(b"r-1")
        await asyncio.wait_for(waiting, 5)


async def test_a_ring_before_the_wait_is_not_forgotten() -> None:
    """The provider may call while it is being asked."""
    wakeups = PubSubWakeups(LoopClock())
    with wakeups.waiting_for("r-1") as bell:
        await wakeups.on_message(b"r-1")
        await asyncio.wait_for(bell.wait(LONG), 5)


async def test_one_ring_ends_one_wait() -> None:
    """The next one waits for the next ring."""
    wakeups = PubSubWakeups(SimulatedClock())
    with wakeups.waiting_for("r-1") as bell:
        await wakeups.on_message(b"r-1")
        await bell.wait(LONG)
        assert not wakeups.waiting["r-1"].is_set()


async def test_a_ring_for_others_is_nothing() -> None:
    """Most jobs are on other workers, and some callers make things up."""
    wakeups = PubSubWakeups(LoopClock())
    with wakeups.waiting_for("r-1"):
        for payload in (b"r-2", b"", b"\xff", b"../r-1"):
            await wakeups.on_message(payload)
        assert not wakeups.waiting["r-1"].is_set()
    assert wakeups.waiting == {}


async def test_without_bells_the_time_passes() -> None:
    """As the clock has it."""
    clock = SimulatedClock()
    with NoWakeups(clock).waiting_for("r-1") as bell:
        await bell.wait(LONG)
    assert clock.slept == [LONG]

"""How rarely dependencies are asked, however often the worker is probed."""

import asyncio
from collections.abc import Sequence

import pytest

from mobart.web.readiness import Readiness
from tests.support.clocks import SimulatedClock


class Dependencies:
    """What is asked, and how often."""

    def __init__(self, *problems: str) -> None:
        """Take what is wrong with them."""
        self.problems: Sequence[str] = problems
        self.asked = 0
        self.answer = asyncio.Event()
        self.answer.set()

    async def ask(self) -> Sequence[str]:
        """Say what is wrong, once the answer may be given."""
        self.asked += 1
        await self.answer.wait()
        return self.problems


async def test_an_answer_is_kept_for_its_time_and_then_asked_for_again() -> None:
    """Bad news and good news alike."""
    clock, world = SimulatedClock(), Dependencies("redis is away")
    readiness = Readiness(ask=world.ask, clock=clock, max_age=1.0)
    assert await readiness.problems() == ("redis is away",)
    world.problems = ()
    clock.seconds += 0.9
    assert await readiness.problems() == ("redis is away",)
    clock.seconds += 0.1
    assert await readiness.problems() == ()
    assert world.asked == 2


async def test_probes_that_come_during_a_check_wait_for_its_answer() -> None:
    """A hundred probes are one check."""
    world = Dependencies("s3 is away")
    world.answer.clear()
    readiness = Readiness(ask=world.ask, clock=SimulatedClock())
    probes = [asyncio.ensure_future(readiness.problems()) for _ in range(100)]
    await asyncio.sleep(0)
    world.answer.set()
    assert await asyncio.gather(*probes) == [("s3 is away",)] * 100
    assert world.asked == 1


async def test_a_check_that_hangs_is_itself_the_problem() -> None:
    """It is cut at its time limit."""
    world = Dependencies()
    world.answer.clear()
    readiness = Readiness(ask=world.ask, clock=SimulatedClock(), time_limit=0.01)
    assert await readiness.problems() == ("the checks took longer than 0.01 s",)


async def test_a_probe_that_gives_up_does_not_lock_out_the_next() -> None:
    """The check it was waiting for goes with it."""
    world = Dependencies()
    world.answer.clear()
    readiness = Readiness(ask=world.ask, clock=SimulatedClock())
    impatient = asyncio.ensure_future(readiness.problems())
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    world.answer.set()
    assert await readiness.problems() == ()

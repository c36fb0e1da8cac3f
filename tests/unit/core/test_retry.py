"""How long what is away is waited out, and what becomes of it in the end."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.errors import Code, InDoubt, LeaseLost, Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.policy import Backoff
from mobart.core.retry import Retrier
from tests.support.clocks import SimulatedClock
from tests.support.garbage import left_over
from tests.support.observers import Notes

AWAY = Unavailable(Code.STORAGE_UNAVAILABLE, "The store is away.", detail="http 503")


class Act:
    """Something that works once *failures* are used up."""

    def __init__(self, *failures: Exception) -> None:
        """Fail so."""
        self.failures = list(failures)
        self.tries = 0

    async def __call__(self) -> str:
        """Try once."""
        self.tries += 1
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        return "done"


def retrier(clock: SimulatedClock | None = None, notes: Notes | None = None) -> Retrier:
    """Make some."""
    return Retrier(clock or SimulatedClock(), notes or Notes(), Backoff(base=1.0, cap=8.0))


async def plain(act: Act) -> str:
    """Try through an ordinary function."""
    return await act()


WAYS: dict[str, Callable[[Act], Callable[[], Awaitable[str]]]] = {
    "a lambda": lambda act: lambda: plain(act),
    "an object": lambda act: act,
    "a bound method": lambda act: act.__call__,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_what_works_is_done_once_however_it_is_called(
    way: Callable[[Act], Callable[[], Awaitable[str]]],
) -> None:
    """And what it returns comes back, not a promise of it."""
    act = Act()
    assert await retrier().retry(way(act)) == "done"
    assert act.tries == 1


async def test_what_is_away_is_tried_ever_more_slowly_until_it_works() -> None:
    """Each wait is at most twice the one before, up to the cap."""
    clock = SimulatedClock(chance=1.0)
    act = Act(*[AWAY] * 6)
    assert await retrier(clock).retry(act) == "done"
    assert clock.slept == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


@pytest.mark.parametrize(
    "error",
    [
        Rejected(Code.PROVIDER_REJECTED, "No."),
        InDoubt("lost"),
        LeaseLost("gone"),
        RuntimeError("a bug"),
    ],
)
async def test_everything_else_goes_straight_through(error: Exception) -> None:
    """Only what is away is waited for."""
    act = Act(error)
    with pytest.raises(type(error)) as raised:
        await retrier().retry(act)
    assert raised.value is error
    assert act.tries == 1


async def test_at_the_deadline_there_is_a_last_try_and_then_a_rejection() -> None:
    """With the code and the sentence of what was away."""
    clock = SimulatedClock(seconds=0.0, chance=1.0)
    act = Act(*[AWAY] * 99)
    with pytest.raises(Rejected) as no:
        await retrier(clock).retry(act, until=10.0)
    assert (no.value.code, no.value.sentence) == (AWAY.code, AWAY.sentence)
    assert str(no.value) == "http 503"
    assert clock.seconds == 10.0
    assert clock.slept == [1.0, 2.0, 4.0, 3.0]
    assert act.tries == 5


async def test_past_the_deadline_there_is_still_one_try() -> None:
    """A job that was taken over late gets its chance."""
    act = Act(AWAY, AWAY)
    with pytest.raises(Rejected):
        await retrier(SimulatedClock(seconds=50.0)).retry(act, until=10.0)
    assert act.tries == 1


@pytest.mark.parametrize("until", [None, 10.0])
async def test_what_was_waited_out_or_given_up_leaves_nothing_in_memory(
    until: float | None,
) -> None:
    """An error knows all that led to it, a picture perhaps."""
    with left_over("mobart", "tenacity", "tests") as found, suppress(Rejected):
        await retrier().retry(Act(*[_away() for _ in range(5)]), until=until)
    assert found == []


def _away() -> Unavailable:
    return Unavailable(Code.STORAGE_UNAVAILABLE, "The store is away.")


@given(asked=st.floats(0.0, 120.0), chance=st.floats(0.0, 1.0))
def test_nobody_comes_back_before_the_time_that_was_asked_for(asked: float, chance: float) -> None:
    """A server that says when is believed."""
    clock = SimulatedClock(chance=chance)
    away = Unavailable(Code.PROVIDER_RATE_LIMITED, "Busy.", retry_after=asked)
    asyncio.run(_wait_out(retrier(clock), Act(away)))
    assert clock.slept[0] >= asked


async def _wait_out(retrier: Retrier, act: Act) -> None:
    await retrier.retry(act)


async def test_every_wait_is_noted_with_its_reason() -> None:
    """So that a slow job can be explained."""
    notes = Notes()
    await retrier(notes=notes).retry(Act(AWAY, AWAY))
    first, second = notes.of(LogEvent.JOB_DELAYED)
    assert first == {
        "code": "storage_unavailable",
        "detail": "http 503",
        "attempt": 1,
        "wait_seconds": 0.55,
    }
    assert second["attempt"] == 2


async def test_a_cancel_goes_through_at_once_with_its_reason() -> None:
    """A lost lease is told by the reason."""
    started = asyncio.Event()

    async def act() -> None:
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(retrier().retry(act))
    await started.wait()
    task.cancel("LeaseLost")
    with pytest.raises(asyncio.CancelledError) as cancelled:
        await task
    assert cancelled.value.args == ("LeaseLost",)

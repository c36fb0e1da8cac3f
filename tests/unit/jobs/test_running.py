"""The jobs that a worker has taken."""

import asyncio

from mobart.core.domain import GenerationRequest, Job
from mobart.core.ports import Claim
from mobart.jobs.running import RunningJobs


async def test_what_a_job_does_once_it_is_lost_is_not_cut_short() -> None:
    """It is cancelled once, though renewals are refused until its task has ended."""
    running, cancelled, going_on = RunningJobs(), asyncio.Event(), asyncio.Event()
    claim = Claim(Job(GenerationRequest("r-1", "u", "a dragon")), "1-1", claimed_at=0.0)
    told: list[str] = []

    async def work() -> None:
        running.keep(claim)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            await going_on.wait()
            told.append("lost")

    running.start(work())
    await asyncio.sleep(0)
    running.lose([claim])
    await cancelled.wait()
    running.lose([claim])
    going_on.set()
    await running.wait(5)
    assert told == ["lost"]
    assert not running.lost


async def test_a_job_that_noticed_its_loss_itself_is_not_cancelled() -> None:
    """A renewal that is refused while it tells so comes too late."""
    running, going_on = RunningJobs(), asyncio.Event()
    claim = Claim(Job(GenerationRequest("r-1", "u", "a dragon")), "1-1", claimed_at=0.0)
    told: list[str] = []

    async def work() -> None:
        running.keep(claim)
        running.lost.add(claim)
        await going_on.wait()
        told.append("lost")

    running.start(work())
    await asyncio.sleep(0)
    running.lose([claim])
    going_on.set()
    await running.wait(5)
    assert told == ["lost"]

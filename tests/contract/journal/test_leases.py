"""What all `Leases` promise: who renews keeps a job, who does not loses it, and knows."""

from dataclasses import replace

import pytest

from mobart.core.ports import Claim
from tests.support.backends import LEASE, REQUEST, World

# ---------------------------------------------------------------- renew


async def test_a_renewed_job_is_not_rescued(world: World) -> None:
    """However long it takes."""
    view, other = await world.view("a"), await world.view("b")
    claim = await view.accepted()
    for _ in range(3):
        await world.pass_time(LEASE - 1)
        assert await view.queue.renew([claim]) == []
    assert list(await other.queue.rescue(9, held=())) == []


async def test_renewing_nothing_is_nothing(world: World) -> None:
    """A worker without a job renews as well."""
    view = await world.view("a")
    assert list(await view.queue.renew([])) == []


async def test_renewal_is_refused_after_a_takeover_and_takes_nothing_back(world: World) -> None:
    """A worker that wakes late learns that the job is not its own."""
    view, other, third = [await world.view(name) for name in "abc"]
    stale = await view.accepted()
    await world.pass_time(LEASE)
    claim = await other.take()
    await world.pass_time(LEASE - 1)
    assert await view.queue.renew([stale]) == [stale]
    assert await other.queue.renew([claim]) == []
    await world.pass_time(LEASE - 1)
    assert await view.queue.renew([stale]) == [stale]
    await world.pass_time(1)
    assert len(await third.queue.rescue(9, held=())) == 1


async def test_jobs_are_renewed_and_lost_one_by_one(world: World) -> None:
    """The lost ones are named, whatever their place."""
    view, other = await world.view("a"), await world.view("b")
    claims = []
    for number in range(4):
        request = replace(REQUEST, request_id=f"r{number}")
        await view.intake.accept(request)
        (delivery,) = await view.queue.receive(1, wait=0.01)
        claim = await view.queue.claim(delivery, request)
        assert isinstance(claim, Claim)
        claims.append(claim)
    await other.intake.cancel("r1")
    await other.intake.cancel("r2")
    assert await view.queue.renew(claims) == [claims[1], claims[2]]


async def test_a_settled_job_is_not_renewed(world: World) -> None:
    """There is nothing left to keep."""
    view = await world.view("a")
    claim = await view.settled()
    assert await view.queue.renew([claim]) == [claim]
    assert await world.outstanding() == 0


# ---------------------------------------------------------------- release


async def test_a_released_job_is_rescued_at_once(world: World) -> None:
    """Without waiting for the lease."""
    view, other = await world.view("a"), await world.view("b")
    first = await view.paid()
    await view.queue.release(first)
    claim = await other.take()
    assert claim.job.epoch > first.job.epoch


async def test_releasing_what_another_worker_has_takes_nothing_away(world: World) -> None:
    """A zombie that is shut down tidily."""
    view, other, third = [await world.view(name) for name in "abc"]
    stale = await view.accepted()
    await world.pass_time(LEASE)
    claim = await other.take()
    before = await world.snapshot()
    await view.queue.release(stale)
    assert await world.snapshot() == before
    assert list(await third.queue.rescue(9, held=())) == []
    assert await other.queue.renew([claim]) == []


async def test_a_job_is_released_once(world: World) -> None:
    """Since the answer to the first time may have been lost."""
    view, other = await world.view("a"), await world.view("b")
    claim = await view.accepted()
    await view.queue.release(claim)
    await view.queue.release(claim)
    taken = await other.take()
    await view.queue.release(claim)
    assert await other.queue.renew([taken]) == []


async def test_releasing_a_settled_job_is_harmless(world: World) -> None:
    """It may be cancelled while its worker shuts down."""
    view = await world.view("a")
    claim = await view.settled()
    before = await world.snapshot()
    await view.queue.release(claim)
    assert await world.snapshot() == before


# ---------------------------------------------------------------- strike


async def test_strikes_are_counted_over_all_owners(world: World) -> None:
    """A poisonous job goes from worker to worker; a call that is repeated counts nothing."""
    view, other = await world.view("a"), await world.view("b")
    claim = await view.accepted()
    assert await view.queue.count_crash(claim) == 1
    assert await view.queue.count_crash(claim) == 1
    await world.pass_time(LEASE)
    assert await other.queue.count_crash(await other.take()) == 2


async def test_a_strike_against_a_lost_job_does_not_count(world: World) -> None:
    """Its owner of now has done nothing wrong."""
    view, other = await world.view("a"), await world.view("b")
    stale = await view.accepted()
    await world.pass_time(LEASE)
    claim = await other.take()
    assert await view.queue.count_crash(stale) == 0
    assert await other.queue.count_crash(claim) == 1


# ---------------------------------------------------------------- retire


async def test_a_worker_that_leaves_with_empty_hands_is_forgotten(world: World) -> None:
    """So that consumers do not pile up."""
    view, other = await world.view("a"), await world.view("b")
    await view.settled()
    assert list(await view.queue.retire(leaving=True)) == ["a"]
    assert list(await view.queue.retire(leaving=True)) == []
    await other.intake.accept(replace(REQUEST, request_id="next"))
    assert len(await other.queue.receive(1, wait=0.01)) == 1


async def test_a_worker_that_leaves_with_a_job_is_kept_and_the_job_with_it(world: World) -> None:
    """Forgetting it would lose the job."""
    view, other = await world.view("a"), await world.view("b")
    await view.accepted()
    assert list(await view.queue.retire(leaving=True)) == []
    await world.pass_time(LEASE)
    await other.take()
    assert list(await view.queue.retire(leaving=True)) == ["a"]


async def test_a_worker_that_released_its_jobs_can_leave(world: World) -> None:
    """They hang on no one any more, and are there for the next."""
    view, other = await world.view("a"), await world.view("b")
    first = await view.paid()
    await view.queue.release(first)
    assert list(await view.queue.retire(leaving=True)) == ["a"]
    claim = await other.take()
    assert claim.job.epoch > first.job.epoch


async def test_workers_that_are_well_are_not_forgotten(world: World) -> None:
    """With or without a job."""
    view, other = await world.view("a"), await world.view("b")
    await view.accepted()
    await other.queue.receive(1, wait=0.01)
    assert list(await other.queue.retire()) == []


@pytest.mark.parametrize("astray", [3600.0, -3600.0])
async def test_a_wall_clock_that_jumps_neither_ends_nor_prolongs_a_lease(
    world: World, astray: float
) -> None:
    """Of a worker's own machine; Redis measures with its own."""
    view, other = await world.view("a"), await world.view("b")
    claim = await view.paid()
    world.clock.astray = astray
    assert await other.queue.rescue(1, held=()) == []
    assert await view.queue.renew([claim]) == []
    await world.pass_time(LEASE + 1)
    (delivery,) = await other.queue.rescue(1, held=())
    assert delivery.entry == claim.entry

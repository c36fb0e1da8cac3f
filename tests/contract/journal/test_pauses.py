"""What every journal promises while the kill switch is on: nothing new begins, nothing is lost."""

import pytest

from mobart.core.domain import Stage
from mobart.core.errors import LeaseLost, Paused, Rejected
from mobart.core.ports import Acceptance
from tests.support.backends import (
    DISPROVED,
    DONE,
    LEASE,
    RECEIVED,
    REQUEST,
    STARTED,
    TICKET,
    World,
    settled,
)


async def test_the_switch_can_be_seen(world: World) -> None:
    """By every worker."""
    view = await world.view("a")
    assert not await view.queue.paused()
    await world.pause(paused=True)
    assert await view.queue.paused()
    await world.pause(paused=False)
    assert not await view.queue.paused()


@pytest.mark.parametrize("verifier", ["channel", "stream"])
async def test_what_waits_is_not_claimed_and_not_lost(world: World, verifier: str) -> None:
    """It is found again when the lease of its delivery ends."""
    view = await world.view("a")
    await world.pause(paused=True)
    if verifier == "channel":
        assert await view.intake.accept(REQUEST) is Acceptance.ACCEPTED
    else:
        await world.add(b'{"request_id":"request-1","user_id":"user-1","prompt":"a red fox"}')
    with pytest.raises(Paused):
        await view.take()
    await world.pass_time(LEASE)
    with pytest.raises(Paused):
        await view.take()
    await world.pause(paused=False)
    await world.pass_time(LEASE)
    claim = await view.take()
    assert claim.job.stage is Stage.ACCEPTED


async def test_no_payment_starts(world: World) -> None:
    """Of a job that was claimed before."""
    view = await world.view("a")
    claim = await view.accepted()
    await world.pause(paused=True)
    with pytest.raises(Paused):
        await view.journal.record(claim, STARTED)
    assert await world.bought("user-1") == (0, 0, 0)
    await world.pause(paused=False)
    await view.journal.record(claim, STARTED)


@pytest.mark.parametrize("claimed", [True, False])
async def test_no_deadline_runs(world: World, claimed: bool) -> None:
    """The time of the first claim is that of the first one after the pause."""
    view = await world.view("a")
    claim = await view.accepted()
    await view.queue.release(claim)
    await world.pause(paused=True)
    with pytest.raises(Paused):
        await (view.journal.record(claim, STARTED) if claimed else view.take())
    await world.pass_time(7 * LEASE)
    await world.pause(paused=False)
    again = await view.take()
    assert world.clock.monotonic() - again.claimed_at < 1


async def test_what_is_paid_goes_on(world: World) -> None:
    """Through a rescue, to its end."""
    view, other = await world.view("a"), await world.view("b")
    await view.paid()
    await world.pause(paused=True)
    await world.pass_time(LEASE)
    claim = await other.take()
    assert claim.job.ticket == TICKET
    await other.journal.record(claim, settled(DONE))
    assert len(await world.announced()) == 1


async def test_what_is_being_paid_goes_on(world: World) -> None:
    """Its ticket is taken, and a doubt is resolved; only a new payment is not started."""
    view, other = await world.view("a"), await world.view("b")
    zombie = await view.paying()
    await world.pause(paused=True)
    await world.pass_time(LEASE)
    claim = await other.take()
    assert claim.job.stage is Stage.PAYING
    await other.journal.record(claim, DISPROVED)
    with pytest.raises(Paused):
        await other.journal.record(claim, STARTED)
    with pytest.raises(LeaseLost):
        await view.journal.record(zombie, RECEIVED)


async def test_a_right_to_pay_that_was_given_is_not_taken_back(world: World) -> None:
    """A worker that got no answer asks again, and may pay."""
    view = await world.view("a")
    claim = await view.accepted()
    job = claim.job
    await view.journal.record(claim, STARTED)
    await world.pause(paused=True)
    claim.job = job
    await view.journal.record(claim, STARTED)
    assert claim.job.stage is Stage.PAYING


async def test_what_waits_can_be_cancelled(world: World) -> None:
    """For free."""
    view = await world.view("a")
    await world.pause(paused=True)
    await view.intake.accept(REQUEST)
    with pytest.raises(Paused):
        await view.take()
    assert await view.intake.cancel("request-1")
    assert await world.outstanding() == 0


async def test_what_is_finished_is_replayed(world: World) -> None:
    """That begins nothing."""
    view = await world.view("a")
    await view.settled()
    await world.pause(paused=True)
    await world.pass_time(60)
    assert await view.intake.accept(REQUEST) is Acceptance.REPLAYED


async def test_a_cancelled_job_does_not_wait_for_the_end_of_the_pause(world: World) -> None:
    """Its submit was refused after the cancel."""
    view = await world.view("a")
    claim = await view.paying()
    await view.intake.cancel("request-1")
    await world.pause(paused=True)
    with pytest.raises(Rejected):
        await view.journal.record(claim, DISPROVED)
    assert claim.job.stage is Stage.ACCEPTED

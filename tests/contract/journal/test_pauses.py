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
    desk = await world.desk("a")
    assert not await desk.switch.paused()
    await world.pause(paused=True)
    assert await desk.switch.paused()
    await world.pause(paused=False)
    assert not await desk.switch.paused()


@pytest.mark.parametrize("door", ["channel", "stream"])
async def test_what_waits_is_not_claimed_and_not_lost(world: World, verifier: str) -> None:
    """It is found again when the lease of its delivery ends."""
    desk = await world.desk("a")
    await world.pause(paused=True)
    if verifier == "channel":
        assert await desk.intake.accept(REQUEST) is Acceptance.ACCEPTED
    else:
        await world.add(b'{"request_id":"request-1","user_id":"user-1","prompt":"a red fox"}')
    with pytest.raises(Paused):
        await desk.take()
    await world.pass_time(LEASE)
    with pytest.raises(Paused):
        await desk.take()
    await world.pause(paused=False)
    await world.pass_time(LEASE)
    claim = await desk.take()
    assert (claim.job.stage, claim.job.epoch) == (Stage.ACCEPTED, 1)


async def test_no_payment_starts(world: World) -> None:
    """Of a job that was claimed before."""
    desk = await world.desk("a")
    claim = await desk.accepted()
    await world.pause(paused=True)
    with pytest.raises(Paused):
        await desk.journal.record(claim, STARTED)
    assert await world.bought("user-1") == (0, 0, 0)
    await world.pause(paused=False)
    await desk.journal.record(claim, STARTED)


@pytest.mark.parametrize("claimed", [True, False])
async def test_no_deadline_runs(world: World, claimed: bool) -> None:
    """The time of the first claim is that of the first one after the pause."""
    desk = await world.desk("a")
    claim = await desk.accepted()
    await desk.leases.release(claim)
    await world.pause(paused=True)
    with pytest.raises(Paused):
        await (desk.journal.record(claim, STARTED) if claimed else desk.take())
    await world.pass_time(7 * LEASE)
    await world.pause(paused=False)
    again = await desk.take()
    assert world.clock.monotonic() - again.began[None] < 1


async def test_what_is_paid_goes_on(world: World) -> None:
    """Through a rescue, to its end."""
    desk, other = await world.desk("a"), await world.desk("b")
    await desk.paid()
    await world.pause(paused=True)
    await world.pass_time(LEASE)
    claim = await other.take()
    assert claim.job.ticket == TICKET
    await other.journal.record(claim, settled(DONE))
    assert len(await world.announced()) == 1


async def test_what_is_being_paid_goes_on(world: World) -> None:
    """Its ticket is taken, and a doubt is resolved; only a new payment is not started."""
    desk, other = await world.desk("a"), await world.desk("b")
    zombie = await desk.paying()
    await world.pause(paused=True)
    await world.pass_time(LEASE)
    claim = await other.take()
    assert claim.job.stage is Stage.PAYING
    await other.journal.record(claim, DISPROVED)
    with pytest.raises(Paused):
        await other.journal.record(claim, STARTED)
    with pytest.raises(LeaseLost):
        await desk.journal.record(zombie, RECEIVED)


async def test_a_right_to_pay_that_was_given_is_not_taken_back(world: World) -> None:
    """Whoever got no answer asks again, and may pay."""
    desk = await world.desk("a")
    claim = await desk.accepted()
    job = claim.job
    await desk.journal.record(claim, STARTED)
    await world.pause(paused=True)
    claim.job = job
    await desk.journal.record(claim, STARTED)
    assert claim.job.stage is Stage.PAYING


async def test_what_waits_can_be_cancelled(world: World) -> None:
    """For free."""
    desk = await world.desk("a")
    await world.pause(paused=True)
    await desk.intake.accept(REQUEST)
    with pytest.raises(Paused):
        await desk.take()
    assert await desk.intake.cancel("request-1")
    assert await world.outstanding() == 0


async def test_what_is_finished_is_replayed(world: World) -> None:
    """That begins nothing."""
    desk = await world.desk("a")
    await desk.settled()
    await world.pause(paused=True)
    await world.pass_time(60)
    assert await desk.intake.accept(REQUEST) is Acceptance.REPLAYED


async def test_a_cancelled_job_does_not_wait_for_the_end_of_the_pause(world: World) -> None:
    """Its submit was refused after the cancel."""
    desk = await world.desk("a")
    claim = await desk.paying()
    await desk.intake.cancel("request-1")
    await world.pause(paused=True)
    with pytest.raises(Rejected):
        await desk.journal.record(claim, DISPROVED)
    assert claim.job.stage is Stage.ACCEPTED

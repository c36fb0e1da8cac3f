"""What every `Journal` promises: writes by the owner only, each once, outcomes announced once."""

import asyncio
import copy
from dataclasses import replace

import pytest

from mobart.core.domain import Stage, Ticket
from mobart.core.errors import LeaseLost
from mobart.core.lifecycle import Event, IllegalTransition, Transition
from mobart.core.ports import Claim
from mobart.journal.record import RedisJournal
from mobart.testing.journal import MemoryJournal
from tests.support.backends import (
    DISPROVED,
    DONE,
    LEASE,
    NO,
    RECEIVED,
    REQUEST,
    STARTED,
    TICKET,
    UNKNOWN,
    WorkerView,
    World,
    settled,
)

OTHER_TICKET = Transition(Event.TICKET_RECEIVED, ticket=Ticket("midjourney", "task-2"))
WRITES = {
    "accepted, payment started": ((), STARTED),
    "accepted, settled": ((), settled(NO)),
    "paying, disproved": ((STARTED,), DISPROVED),
    "paying, ticket received": ((STARTED,), RECEIVED),
    "paying, settled": ((STARTED,), settled(UNKNOWN)),
    "paid, settled": ((STARTED, RECEIVED), settled(DONE)),
}
SECOND = replace(REQUEST, request_id="request-2", user_id="user-2")
every_write = pytest.mark.parametrize(("before", "write"), WRITES.values(), ids=WRITES)


def remembered(claim: Claim) -> Claim:
    """Return the claim as a worker remembers it whose last answer was lost."""
    return copy.copy(claim)


async def brought(view: WorkerView, happenings: tuple[Transition, ...]) -> Claim:
    """Claim a job and let this happen to it."""
    claim = await view.accepted()
    for transition in happenings:
        await view.journal.record(claim, transition)
    return claim


# ---------------------------------------------------------------- record


async def test_a_job_goes_through_its_life(world: World) -> None:
    """And the claim follows."""
    view = await world.view("a")
    claim = await view.accepted()
    await view.journal.record(claim, STARTED)
    assert (claim.job.stage, claim.job.payment_epoch) == (Stage.PAYING, claim.job.epoch)
    await view.journal.record(claim, RECEIVED)
    assert (claim.job.stage, claim.job.ticket) == (Stage.PAID, TICKET)
    await view.journal.record(claim, settled(DONE))
    assert (claim.job.stage, claim.job.outcome) == (Stage.SETTLED, DONE)
    assert claim.paying_at is not None
    assert claim.paid_at is not None


async def test_a_payment_that_is_disproved_can_be_started_again(world: World) -> None:
    """Its time counts from the new start."""
    view = await world.view("a")
    claim = await view.paying()
    await view.journal.record(claim, DISPROVED)
    assert (claim.job.stage, claim.job.payment_epoch) == (Stage.ACCEPTED, 0)
    await world.pass_time(10)
    await view.journal.record(claim, STARTED)
    assert claim.paying_at == world.clock.monotonic()


async def test_what_the_table_forbids_is_not_written(world: World) -> None:
    """No row, no write."""
    view = await world.view("a")
    claim = await view.accepted()
    before = await world.snapshot()
    with pytest.raises(IllegalTransition):
        await view.journal.record(claim, RECEIVED)
    assert await world.snapshot() == before
    assert claim.job.stage is Stage.ACCEPTED


@every_write
async def test_a_write_that_is_repeated_changes_nothing(
    world: World,
    before: tuple[Transition, ...],
    write: Transition,
) -> None:
    """A worker that got no answer writes again."""
    view = await world.view("a")
    claim = await brought(view, before)
    again = remembered(claim)
    await view.journal.record(claim, write)
    once, told = await world.snapshot(), await world.announced()
    await view.journal.record(again, write)
    assert await world.snapshot() == once
    assert await world.announced() == told
    assert again.job == claim.job


@every_write
async def test_a_worker_that_lost_its_lease_writes_nothing(
    world: World,
    before: tuple[Transition, ...],
    write: Transition,
) -> None:
    """It wakes up, goes on where it was, and is stopped at the first write; a ticket is kept."""
    view, other = await world.view("a"), await world.view("b")
    zombie = await brought(view, before)
    await world.pass_time(LEASE)
    claim = await other.take()
    now = await world.snapshot()
    with pytest.raises(LeaseLost):
        await view.journal.record(zombie, write)
    if write is not RECEIVED:
        assert await world.snapshot() == now
    assert await world.announced() == []
    assert await other.queue.renew([claim]) == []


async def test_of_two_owners_at_once_one_settles(world: World) -> None:
    """And it is announced once."""
    view, other = await world.view("a"), await world.view("b")
    zombie = await view.paid()
    await world.pass_time(LEASE)
    claim = await other.take()
    answers = await asyncio.gather(
        view.journal.record(zombie, settled(DONE)),
        other.journal.record(claim, settled(DONE)),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [LeaseLost, type(None)]
    assert len(await world.announced()) == 1
    assert len(await world.kept()) == 1


async def test_the_start_of_a_payment_renews_the_lease(world: World) -> None:
    """A submit leaves only straight after a renewal."""
    view, other = await world.view("a"), await world.view("b")
    claim = await view.accepted()
    await world.pass_time(LEASE - 1)
    await view.journal.record(claim, STARTED)
    await world.pass_time(LEASE - 1)
    assert list(await other.queue.rescue(9, held=())) == []


# ---------------------------------------------------------------- settle


async def test_an_outcome_is_announced_kept_and_the_entry_forgotten(world: World) -> None:
    """In one step."""
    view, other = await world.view("a"), await world.view("b")
    await view.settled()
    (message,) = await world.announced()
    assert message["status"] == "completed"
    assert message["s3_key"] == "generated/user-1/request-1.png"
    assert await world.kept() == [message]
    assert await world.outstanding() == 0
    await world.pass_time(LEASE)
    assert list(await other.queue.rescue(9, held=())) == []


async def test_a_job_can_fail_before_it_was_paid(world: World) -> None:
    """Refused by the provider, or out of time."""
    view = await world.view("a")
    claim = await view.accepted()
    await view.journal.record(claim, settled(NO))
    (message,) = await world.announced()
    assert (message["status"], message["error_code"]) == ("failed", "provider_rejected")


# ---------------------------------------------------------------- the ticket


async def test_the_ticket_of_a_frozen_payer_is_kept_for_whoever_has_the_job(world: World) -> None:
    """Paid work is never thrown away."""
    view, other = await world.view("a"), await world.view("b")
    frozen = await view.paying()
    await world.pass_time(LEASE)
    claim = await other.take()
    assert claim.job.stage is Stage.PAYING
    with pytest.raises(LeaseLost):
        await view.journal.record(frozen, RECEIVED)
    await other.journal.read(claim)
    assert (claim.job.stage, claim.job.ticket) == (Stage.PAID, TICKET)
    await other.journal.record(claim, settled(DONE))
    (message,) = await world.announced()
    assert message["status"] == "completed"
    assert "correction" not in message


async def test_the_same_ticket_found_by_the_rescuer_and_brought_by_the_payer_is_one(
    world: World,
) -> None:
    """The rescuer asked the provider first."""
    view, other = await world.view("a"), await world.view("b")
    frozen = await view.paying()
    await world.pass_time(LEASE)
    claim = await other.take()
    await other.journal.record(claim, RECEIVED)
    now = await world.snapshot()
    with pytest.raises(LeaseLost):
        await view.journal.record(frozen, RECEIVED)
    assert await world.snapshot() == now
    await other.journal.record(claim, settled(DONE))


async def test_a_second_ticket_is_refused(world: World) -> None:
    """A job was paid with the first one."""
    view, other = await world.view("a"), await world.view("b")
    frozen = await view.paying()
    await world.pass_time(LEASE)
    claim = await other.take()
    await other.journal.record(claim, RECEIVED)
    now = await world.snapshot()
    with pytest.raises(LeaseLost):
        await view.journal.record(frozen, OTHER_TICKET)
    assert await world.snapshot() == now


async def adopted(view: WorkerView, ticket: Ticket) -> None:
    """Have an operator or a callback bring a ticket."""
    assert isinstance(view.journal, RedisJournal | MemoryJournal)
    await view.journal.adopt("request-1", ticket)


async def test_the_answer_to_the_submit_wins_over_a_callback(world: World) -> None:
    """A sender that knew the callback's address while the submit was under way could name any task."""
    view = await world.view("a")
    claim = await view.paying()
    await adopted(view, Ticket("midjourney", "task-of-another"))
    await view.journal.record(claim, RECEIVED)
    await view.journal.read(claim)
    assert claim.job.ticket == TICKET
    await adopted(view, Ticket("midjourney", "task-of-another"))
    await view.journal.read(claim)
    assert claim.job.ticket == TICKET


async def second_paying(view: WorkerView) -> Claim:
    """Begin to pay for another request."""
    await view.intake.accept(SECOND)
    (delivery,) = await view.queue.receive(1, wait=0.01)
    claim = await view.queue.claim(delivery, SECOND)
    assert isinstance(claim, Claim)
    await view.journal.record(claim, STARTED)
    return claim


async def test_a_callback_that_names_the_task_of_another_job_changes_nothing(world: World) -> None:
    """Or another player's picture would be delivered; what names the job's own is taken afterwards."""
    view = await world.view("a")
    other = await second_paying(view)
    await view.journal.record(other, RECEIVED)
    claim = await view.paying()
    await adopted(view, TICKET)
    await view.journal.read(claim)
    assert claim.job.stage is Stage.PAYING
    await view.journal.record(other, settled(DONE))
    await adopted(view, TICKET)
    await view.journal.read(claim)
    assert claim.job.stage is Stage.PAYING
    await adopted(view, Ticket("midjourney", "task-2"))
    await view.journal.read(claim)
    assert claim.job.ticket == Ticket("midjourney", "task-2")


async def test_a_task_that_a_callback_named_goes_back_to_the_job_whose_submit_it_answers(
    world: World,
) -> None:
    """The callback came first, and named it for another job: that one is in doubt again."""
    view = await world.view("a")
    claim, other = await view.paying(), await second_paying(view)
    await adopted(view, TICKET)
    await view.journal.read(claim)
    assert claim.job.ticket == TICKET
    await view.journal.record(other, RECEIVED)
    assert other.job.ticket == TICKET
    with pytest.raises(LeaseLost):
        await view.journal.record(claim, settled(DONE))
    await view.journal.record(other, settled(DONE))
    await world.pass_time(LEASE)
    heir = await (await world.view("b")).take()
    assert (heir.job.stage, heir.job.ticket) == (Stage.PAYING, None)


async def test_a_rescuer_whose_find_comes_too_late_is_told_to_look_again(world: World) -> None:
    """The payer brought another ticket meanwhile; the rescuer must not go on with its own."""
    view, other = await world.view("a"), await world.view("b")
    frozen = await view.paying()
    await world.pass_time(LEASE)
    claim = await other.take()
    with pytest.raises(LeaseLost):
        await view.journal.record(frozen, RECEIVED)
    with pytest.raises(LeaseLost):
        await other.journal.record(claim, OTHER_TICKET)
    assert claim.job.stage is Stage.PAYING


async def test_a_ticket_without_the_right_to_pay_is_refused(world: World) -> None:
    """The right was given back, and another epoch has it."""
    view, other = await world.view("a"), await world.view("b")
    frozen = await view.paying()
    await world.pass_time(LEASE)
    claim = await other.take()
    await other.journal.record(claim, DISPROVED)
    await other.journal.record(claim, STARTED)
    now = await world.snapshot()
    with pytest.raises(LeaseLost):
        await view.journal.record(frozen, RECEIVED)
    assert await world.snapshot() == now
    await other.journal.record(claim, OTHER_TICKET)


# ---------------------------------------------------------------- corrections


async def corrected(world: World) -> tuple[WorkerView, Claim]:
    """Bring a ticket in after `submit_unknown` was announced, and claim the job again."""
    view, other = await world.view("a"), await world.view("b")
    frozen = await view.paying()
    await world.pass_time(LEASE)
    claim = await other.take()
    await other.journal.record(claim, settled(UNKNOWN))
    assert await world.outstanding() == 0
    with pytest.raises(LeaseLost):
        await view.journal.record(frozen, RECEIVED)
    return other, await other.take()


async def test_a_ticket_that_turns_up_after_submit_unknown_opens_the_job_again(
    world: World,
) -> None:
    """For any worker that has room."""
    _, claim = await corrected(world)
    assert (claim.job.stage, claim.job.ticket) == (Stage.PAID, TICKET)
    assert claim.job.correction


async def test_a_correction_is_announced_once_and_marked(world: World) -> None:
    """It takes back what was announced before."""
    view, claim = await corrected(world)
    again = remembered(claim)
    await view.journal.record(claim, settled(DONE))
    await view.journal.record(again, settled(DONE))
    unknown, completed = await world.announced()
    assert unknown["error_code"] == "submit_unknown"
    assert (completed["status"], completed["correction"]) == ("completed", True)
    assert await world.kept() == [unknown, completed]
    assert await world.outstanding() == 0


async def test_after_the_correction_the_corrected_outcome_is_replayed(world: World) -> None:
    """Not the one that it corrects."""
    view, claim = await corrected(world)
    await view.journal.record(claim, settled(DONE))
    await world.pass_time(60)
    await view.intake.accept(claim.request)
    assert (await world.announced())[-1]["status"] == "completed"


async def test_a_correction_is_not_corrected(world: World) -> None:
    """The ticket may be brought in as often as it likes."""
    view, other = await world.view("a"), await world.view("b")
    frozen = await view.paying()
    await world.pass_time(LEASE)
    await other.journal.record(await other.take(), settled(UNKNOWN))
    for _ in range(2):
        with pytest.raises(LeaseLost):
            await view.journal.record(frozen, RECEIVED)
    assert await world.outstanding() == 1
    await other.journal.record(await other.take(), settled(DONE))
    now = await world.snapshot()
    with pytest.raises(LeaseLost):
        await view.journal.record(frozen, RECEIVED)
    assert await world.snapshot() == now


async def test_a_known_outcome_is_final_whatever_turns_up(world: World) -> None:
    """Only doubt is corrected."""
    view, other = await world.view("a"), await world.view("b")
    frozen = await view.paying()
    await world.pass_time(LEASE)
    await other.journal.record(await other.take(), settled(NO))
    now = await world.snapshot()
    with pytest.raises(LeaseLost):
        await view.journal.record(frozen, RECEIVED)
    assert await world.snapshot() == now
    assert len(await world.announced()) == 1


async def test_a_payer_that_settled_in_doubt_itself_is_not_the_owner_of_the_correction(
    world: World,
) -> None:
    """The job is opened for all; its old claim is worth nothing."""
    view = await world.view("a")
    claim = await view.paying()
    late = remembered(claim)
    await view.journal.record(claim, settled(UNKNOWN))
    with pytest.raises(LeaseLost):
        await view.journal.record(late, RECEIVED)
    assert await view.queue.renew([late]) == [late]
    assert (await view.take()).job.correction


# ---------------------------------------------------------------- read


async def test_reading_shows_what_is_there(world: World) -> None:
    """Without a change, the same."""
    view = await world.view("a")
    claim = await view.paid()
    job = claim.job
    await view.journal.read(claim)
    assert claim.job == job


async def test_reading_a_lost_or_settled_job_says_so(world: World) -> None:
    """As a write would."""
    view, other = await world.view("a"), await world.view("b")
    zombie = await view.paid()
    await world.pass_time(LEASE)
    claim = await other.take()
    with pytest.raises(LeaseLost):
        await view.journal.read(zombie)
    late = remembered(claim)
    await other.journal.record(claim, settled(DONE))
    with pytest.raises(LeaseLost):
        await other.journal.read(late)

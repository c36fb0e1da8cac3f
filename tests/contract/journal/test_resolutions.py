"""What every journal promises of the changes that operators make: nothing is paid twice, nothing lost."""

from dataclasses import replace

import pytest

from mobart.core.domain import Failed, GenerationRequest, Picture, Stage
from mobart.core.errors import Code, LeaseLost
from mobart.core.lifecycle import IllegalTransition
from mobart.core.limits import SuspensionPolicy
from mobart.core.ports import Claim
from mobart.core.views import Query
from tests.contract.journal.test_reading import BATCH
from tests.support.backends import (
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

AGAIN = replace(REQUEST, request_id="request-1.r2")


async def claimed(view: WorkerView, request: GenerationRequest) -> Claim:
    """Claim the next job, which is that of *request*."""
    [delivery] = await view.queue.receive(1, wait=0.01)
    claim = await view.queue.claim(delivery, request)
    assert isinstance(claim, Claim)
    return claim


async def test_an_outcome_is_announced_again_everywhere(world: World) -> None:
    """On the channel and in the stream, marked, and unchanged otherwise."""
    view, operating = await world.view("a"), world.operating()
    assert not await operating.announce_again("request-1")
    claim = await view.accepted()
    assert not await operating.announce_again("request-1")
    await view.journal.record(claim, settled(NO))
    assert await operating.announce_again("request-1")
    for told in (await world.announced(), await world.kept()):
        first, second = told
        assert second == first | {"duplicate": True}


async def test_what_the_backend_never_took_is_listed_until_it_is_sent_again(world: World) -> None:
    """However many workers told of it."""
    view, reading, operating = await world.view("a"), world.reading(), world.operating()
    await view.settled(NO)
    query = Query(undelivered=True)
    assert (await reading.requests.list_requests(query)).requests == []
    for _ in range(2):
        await reading.recording.write(replace(BATCH, undelivered={"request-1"}))
    page = await reading.requests.list_requests(query)
    assert [one.request.request_id for one in page.requests] == ["request-1"]
    assert await operating.announce_again("request-1")
    assert (await reading.requests.list_requests(query)).requests == []


async def test_a_doubt_that_was_no_payment_is_corrected_once(world: World) -> None:
    """It no longer counts as bought, and can be run again."""
    view, operating = await world.view("a"), world.operating()
    await view.settled(UNKNOWN)
    assert await world.bought("user-1") == (0, 1, 1)
    assert await operating.resolve(REQUEST, unpaid=True)
    assert not await operating.resolve(REQUEST, unpaid=True)
    _, correction = await world.announced()
    assert (correction["correction"], correction["paid"]) == (True, False)
    assert correction["error_code"] == "provider_unavailable"
    assert await world.bought("user-1") == (0, 0, 0)
    shown = await world.reading().requests.find("request-1")
    assert shown is not None
    assert (shown.status, shown.told("paid")) == ("failed", "False")


async def test_a_doubt_that_is_given_up_leaves_the_list_and_nothing_else(world: World) -> None:
    """Nobody is told anything new."""
    view, reading = await world.view("a"), world.reading()
    await view.settled(UNKNOWN)
    await reading.recording.write(BATCH)
    assert await world.operating().resolve(REQUEST, unpaid=False)
    assert (await reading.requests.list_requests(Query(status="in_doubt"))).requests == []
    assert len(await world.announced()) == 1
    assert await world.bought("user-1") == (0, 1, 1)


@pytest.mark.parametrize("unpaid", [True, False])
async def test_what_is_not_in_doubt_is_not_resolved(world: World, unpaid: bool) -> None:
    """Neither a job under way nor one that is settled for sure."""
    view, operating = await world.view("a"), world.operating()
    assert not await operating.resolve(REQUEST, unpaid=unpaid)
    claim = await view.paying()
    assert not await operating.resolve(REQUEST, unpaid=unpaid)
    await view.journal.record(claim, settled(NO))
    assert not await operating.resolve(REQUEST, unpaid=unpaid)
    assert len(await world.announced()) == 1


@pytest.mark.parametrize("unpaid", [True, False])
async def test_a_ticket_that_turns_up_after_all_is_kept(world: World, unpaid: bool) -> None:
    """Paid work is never thrown away, whatever an operator believed."""
    view, operating = await world.view("a"), world.operating()
    claim = await view.settled(UNKNOWN)
    assert await operating.resolve(REQUEST, unpaid=unpaid)
    with pytest.raises(LeaseLost):
        await view.journal.record(claim, RECEIVED)
    again = await view.take()
    assert (again.job.stage, again.job.ticket) == (Stage.PAID, TICKET)
    await view.journal.record(again, settled(DONE))
    assert (await world.announced())[-1]["correction"] is True


async def test_a_failed_request_runs_again_as_one_of_its_own(world: World) -> None:
    """Once, however often that is asked for; it is paid like any other."""
    view, operating = await world.view("a"), world.operating()
    await view.settled(NO)
    for _ in range(2):
        assert await operating.derive(AGAIN, made_from="request-1") is True
    assert await world.outstanding() == 1
    claim = await claimed(view, AGAIN)
    assert (claim.job.stage, claim.job.made_from) == (Stage.ACCEPTED, "request-1")
    await view.journal.record(claim, STARTED)
    await view.journal.record(claim, RECEIVED)
    await view.journal.record(claim, settled(DONE))
    assert (await world.announced())[-1]["made_from"] == "request-1"


async def test_what_may_have_been_paid_does_not_run_again_before_that_is_resolved(
    world: World,
) -> None:
    """Nor does what is not settled, or not known."""
    view, operating = await world.view("a"), world.operating()
    assert await operating.derive(AGAIN, made_from="request-1") is False
    claim = await view.paying()
    assert await operating.derive(AGAIN, made_from="request-1") is False
    await view.journal.record(claim, settled(UNKNOWN))
    assert await operating.derive(AGAIN, made_from="request-1") is False
    assert await operating.resolve(REQUEST, unpaid=True)
    assert await operating.derive(AGAIN, made_from="request-1") is True


async def test_an_id_that_something_else_has_is_left_alone(world: World) -> None:
    """The other request goes on undisturbed."""
    view, operating = await world.view("a"), world.operating()
    await view.settled(NO)
    await view.intake.accept(replace(AGAIN, prompt="something else"))
    assert await operating.derive(AGAIN, made_from="request-1") is None
    assert await world.outstanding() == 1


async def test_a_paid_picture_is_processed_again_without_a_payment(world: World) -> None:
    """The new job begins paid, with the old ticket, and there is no right to pay in it."""
    view, operating = await world.view("a"), world.operating()
    await view.settled(DONE)
    spent = await world.bought("user-1")
    other = replace(REQUEST, request_id="request-1.p1", preset="sprite")
    for _ in range(2):
        made = operating.derive(
            other, made_from="request-1", reuses=True, raw_key="raw/x", grid=True
        )
        assert await made is True
    claim = await claimed(view, other)
    assert (claim.job.stage, claim.job.ticket, claim.job.reuses) == (Stage.PAID, TICKET, True)
    assert claim.job.kept == Picture(("kept:raw/x",), grid=True, raw_key="raw/x")
    assert claim.paying_at is not None
    assert await world.bought("user-1") == spent
    with pytest.raises(IllegalTransition):
        await view.journal.record(claim, STARTED)
    await view.journal.record(claim, settled(DONE))
    assert await world.bought("user-1") == spent
    assert await world.outstanding() == 0


async def test_processing_again_outlives_its_worker(world: World) -> None:
    """The next one finds the same, and pays nothing either."""
    view, rescuer = await world.view("a"), await world.view("b")
    await view.settled(DONE)
    other = replace(REQUEST, request_id="request-1.p1")
    await world.operating().derive(other, made_from="request-1", reuses=True)
    await claimed(view, other)
    await world.pass_time(LEASE + 1)
    [delivery] = await rescuer.queue.rescue(1, held=())
    claim = await rescuer.queue.claim(delivery, other)
    assert isinstance(claim, Claim)
    assert (claim.job.stage, claim.job.reuses, claim.job.kept) == (Stage.PAID, True, None)


async def test_what_nobody_paid_for_cannot_be_processed_again(world: World) -> None:
    """There is no picture."""
    view, operating = await world.view("a"), world.operating()
    await view.settled(NO)
    other = replace(REQUEST, request_id="request-1.p1")
    assert await operating.derive(other, made_from="request-1", reuses=True) is False
    assert await world.outstanding() == 0


async def test_cancelling_what_uses_another_payment_says_that_nothing_was_paid(
    world: World,
) -> None:
    """And the provider is not asked to stop what the other request bought."""
    view, operating = await world.view("a"), world.operating()
    await view.settled(DONE)
    other = replace(REQUEST, request_id="request-1.p1")
    await operating.derive(other, made_from="request-1", reuses=True)
    cancelled = await view.intake.cancel("request-1.p1")
    assert cancelled is not None
    assert (cancelled.paid, cancelled.ticket) == (False, None)
    assert (await world.announced())[-1]["paid"] is False


async def test_a_suspension_is_lifted_with_what_led_to_it(world: World) -> None:
    """The next offence counts from one again."""
    operating = world.operating()
    assert not await operating.lift("user-1")
    view = await world.view("a", suspension=SuspensionPolicy(1, 600.0))
    await view.settled(Failed(Code.MODERATION_BLOCKED, "No.", paid=False))
    assert (await world.reading().users.user("user-1")).suspended_seconds > 0
    assert await operating.lift("user-1")
    assert (await world.reading().users.user("user-1")).suspended_seconds == 0


async def test_the_kill_switch_goes_on_and_off(world: World) -> None:
    """For every worker."""
    view, operating = await world.view("a"), world.operating()
    await operating.switch(paused=True)
    assert await view.queue.paused()
    await operating.switch(paused=False)
    assert not await view.queue.paused()

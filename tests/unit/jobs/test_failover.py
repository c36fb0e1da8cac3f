"""Several providers: the next is asked where nothing was bought at the one before, and only there."""

from dataclasses import dataclass

import pytest

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Stage, Ticket
from mobart.core.errors import Code, Rejected
from mobart.core.events import LogEvent
from mobart.core.lifecycle import Event, Transition
from mobart.core.policy import Backoff
from mobart.core.ports import Claim
from mobart.core.retry import Retrier
from mobart.jobs.payment import Payment
from mobart.jobs.routing import ProviderRouter
from mobart.jobs.terms import Terms
from mobart.testing.providers import Course, MemoryProvider
from tests.support.backends import LEASE, MemoryWorld, WorkerView
from tests.support.jobs import NotedCancellations, in_hand
from tests.support.observers import Notes

BUSY, REFUSED = Course(submit="busy"), Course(submit="refuse")
LOST, NEVER_LEFT = Course(submit="lose answer"), Course(submit="lose request")


@dataclass(slots=True)
class Market:
    """Two providers, who can be told what to do, and a payment."""

    world: MemoryWorld
    view: WorkerView
    first: MemoryProvider
    second: MemoryProvider
    payment: Payment
    notes: Notes
    cancellations: NotedCancellations

    def bought(self) -> tuple[int, int]:
        """Count the payments at each."""
        return self.first.payments("request-1"), self.second.payments("request-1")


async def market(
    first: list[Course],
    second: list[Course] | None = None,
    *,
    can: Capabilities | None = None,
    deadline: float = 3600.0,
) -> Market:
    """Open one; each submit takes the provider's next course."""
    world, notes = MemoryWorld(), Notes()
    view = await world.view("a")
    can = can or Capabilities(submit_timeout=5.0)
    one = MemoryProvider({"request-1": first}, name="first", capabilities=can)
    two = MemoryProvider({"request-1": second or [Course()]}, name="second", capabilities=can)
    cancellations = NotedCancellations()
    payment = Payment(
        view.journal,
        ProviderRouter({"first": one, "second": two}),
        cancellations,
        notes,
        world.clock,
        Retrier(world.clock, notes, Backoff(base=0.5, cap=30.0)),
        Terms(job_deadline=deadline, lease=LEASE),
    )
    return Market(world, view, one, two, payment, notes, cancellations)


async def refused(place: Market, claim: Claim) -> Rejected:
    """Fail to bring a job to `PAID`."""
    with pytest.raises(Rejected) as no:
        await place.payment.ensure(in_hand(claim))
    return no.value


@pytest.mark.parametrize("no", [BUSY, REFUSED])
async def test_a_proven_no_sends_the_order_to_the_next(no: Course) -> None:
    """For good or for now: at once, and the ticket names who sold it."""
    place = await market([no])
    claim = await place.view.accepted()
    await place.payment.ensure(in_hand(claim))
    assert claim.job.ticket == Ticket("second", "task-0")
    assert claim.job.provider == "second"
    assert place.bought() == (0, 1)
    assert place.world.clock.slept == []
    (passed,) = place.notes.of(LogEvent.JOB_PASSED_ON)
    assert passed["provider"] == "second"


@pytest.mark.parametrize("course", [LOST, NEVER_LEFT])
async def test_a_doubt_goes_to_nobody_else(course: Course) -> None:
    """The first may have been paid."""
    place = await market([course])
    claim = await place.view.accepted()
    assert (await refused(place, claim)).code is Code.SUBMIT_UNKNOWN
    assert place.second.ledger == []
    assert claim.job.provider == "first"


async def test_moderation_is_final_everywhere() -> None:
    """What one provider will not draw is not shopped around."""
    place = await market([Course()])
    claim = await place.view.accepted()

    async def blocked(_: object) -> Ticket:
        raise Rejected(Code.MODERATION_BLOCKED, "Blocked.")

    place.first.submit = blocked  # type: ignore[method-assign, assignment]
    assert (await refused(place, claim)).code is Code.MODERATION_BLOCKED
    assert place.second.ledger == []
    assert claim.job.stage is Stage.ACCEPTED


async def test_all_are_asked_again_while_one_may_still_say_yes() -> None:
    """The first comes first each time."""
    place = await market([BUSY, Course()], [REFUSED])
    claim = await place.view.accepted()
    await place.payment.ensure(in_hand(claim))
    assert claim.job.ticket == Ticket("first", "task-1")
    assert len(place.second.ledger) == 1


async def test_where_all_refuse_the_first_has_the_word() -> None:
    """It was the one that was wanted; nothing was bought anywhere."""
    place = await market([REFUSED], [REFUSED])
    claim = await place.view.accepted()
    assert (await refused(place, claim)).code is Code.PROVIDER_REJECTED
    assert place.bought() == (0, 0)
    assert claim.job.stage is Stage.ACCEPTED


async def test_where_all_are_busy_the_deadline_ends_it() -> None:
    """With nothing bought."""
    place = await market([BUSY], [BUSY], deadline=60.0)
    claim = await place.view.accepted()
    assert (await refused(place, claim)).code is Code.PROVIDER_RATE_LIMITED
    assert place.bought() == (0, 0)


async def test_who_takes_a_doubt_over_asks_the_one_that_may_have_been_paid() -> None:
    """The record says which that was."""
    can = Capabilities(lookup=Lookup.COMPLETE, submit_timeout=5.0)
    place = await market([REFUSED], [LOST], can=can)
    claim = await place.view.accepted()
    started = Transition(Event.PAYMENT_STARTED, provider="second")
    await place.view.journal.record(claim, started)
    order = in_hand(claim).spec.wording.order_for(place.second)
    with pytest.raises(Exception, match="lose answer"):
        await place.second.submit(order)
    await place.world.pass_time(LEASE + 1)
    other = await place.world.view("b")
    taken = await other.take()
    await place.payment.ensure(in_hand(taken))
    assert taken.job.ticket == Ticket("second", "task-0")
    assert place.first.ledger == []


async def test_what_costs_nothing_is_simply_ordered_again() -> None:
    """After a doubt, where the provider is our own machine."""
    can = Capabilities(free=True, lookup=Lookup.PARTIAL, submit_timeout=5.0)
    place = await market([NEVER_LEFT, Course()], can=can)
    claim = await place.view.accepted()
    await place.payment.ensure(in_hand(claim))
    assert claim.job.ticket == Ticket("first", "task-1")


async def test_a_job_cancelled_during_its_submit_is_called_off() -> None:
    """The provider is told; whether it can stop is its own affair."""
    place = await market([Course()])
    claim = await place.view.accepted()
    submit = place.first.submit

    async def cancelled_meanwhile(order: object) -> Ticket:
        await place.view.intake.cancel("request-1")
        return await submit(order)  # type: ignore[arg-type]

    place.first.submit = cancelled_meanwhile  # type: ignore[method-assign]
    assert (await refused(place, claim)).code is Code.CANCELLED
    assert place.cancellations.started == [Ticket("first", "task-0")]


async def test_an_absent_seller_keeps_a_doubt_until_the_deadline() -> None:
    """It was taken out of the settings while a job was being paid there."""
    place = await market([Course()], deadline=600.0)
    claim = await place.view.accepted()
    await place.view.journal.record(claim, Transition(Event.PAYMENT_STARTED, provider="gone"))
    began = place.world.clock.monotonic()
    assert (await refused(place, claim)).code is Code.SUBMIT_UNKNOWN
    assert place.world.clock.monotonic() - began >= 600.0
    assert place.bought() == (0, 0)

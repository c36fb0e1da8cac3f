"""Paying: at most once, whatever the provider says, and whatever it leaves unsaid."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

import pytest

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Stage, Ticket
from mobart.core.errors import Code, LeaseLost, Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.lifecycle import Transition
from mobart.core.orders import Order
from mobart.core.policy import Backoff
from mobart.core.ports import Claim
from mobart.core.retry import Retrier
from mobart.jobs.payment import Payment, uncut
from mobart.jobs.routing import ProviderRouter
from mobart.jobs.terms import Terms
from mobart.testing.providers import Course, MemoryProvider
from tests.support.backends import LEASE, MemoryWorld, WorkerView
from tests.support.jobs import NotedCancellations, in_hand
from tests.support.observers import Notes

WINDOW = 30.0 + 5.0 + 5.0
"""Lease, submit timeout and clock skew."""


@dataclass(slots=True)
class Setup:
    """A payment, the provider it pays, and the world around."""

    world: MemoryWorld
    view: WorkerView
    provider: MemoryProvider
    payment: Payment
    notes: Notes = field(default_factory=Notes)

    def bought(self) -> int:
        """Count the payments."""
        return self.provider.payments("request-1")


async def make_setup(
    *courses: Course,
    lookup: Lookup = Lookup.NONE,
    in_doubt: Literal["fail", "retry"] = "fail",
    deadline: float = 3600.0,
    provider: MemoryProvider | None = None,
) -> Setup:
    """Open one in memory; each submit takes the next course."""
    world = MemoryWorld()
    view = await world.view("a")
    provider = provider or MemoryProvider(
        {"request-1": list(courses) or [Course()]},
        capabilities=Capabilities(lookup=lookup, submit_timeout=5.0),
    )
    notes = Notes()
    payment = Payment(
        view.journal,
        alone(provider),
        NotedCancellations(),
        notes,
        world.clock,
        Retrier(world.clock, notes, Backoff(base=0.5, cap=30.0)),
        Terms(job_deadline=deadline, lease=LEASE, in_doubt=in_doubt),
    )
    return Setup(world, view, provider, payment, notes)


def alone(provider: MemoryProvider) -> ProviderRouter:
    """Make a router of one."""
    return ProviderRouter({provider.name: provider})


async def paid(setup: Setup, claim: Claim | None = None) -> Claim:
    """Bring a job to `PAID`."""
    claim = claim or await setup.view.accepted()
    await setup.payment.ensure(in_hand(claim))
    assert claim.job.stage is Stage.PAID
    return claim


async def refused(setup: Setup, claim: Claim | None = None) -> Rejected:
    """Fail to bring a job to `PAID`."""
    claim = claim or await setup.view.accepted()
    with pytest.raises(Rejected) as no:
        await setup.payment.ensure(in_hand(claim))
    return no.value


BUSY, REFUSED, LOST = Course(submit="busy"), Course(submit="refuse"), Course(submit="lose answer")
NEVER_LEFT = Course(submit="lose request")


async def test_a_submit_that_is_accepted_is_paid() -> None:
    """With its ticket kept."""
    setup = await make_setup()
    claim = await paid(setup)
    assert claim.job.ticket == Ticket("memory", "task-0")
    assert setup.bought() == 1
    assert len(setup.notes.of(LogEvent.JOB_PAID)) == 1


async def test_a_job_that_is_paid_already_is_not_paid_again() -> None:
    """A worker that takes it over starts behind the payment."""
    setup = await make_setup()
    claim = await paid(setup)
    await paid(setup, claim)
    assert len(setup.provider.ledger) == 1


async def test_a_provider_that_is_busy_is_asked_again() -> None:
    """It proved that nothing was accepted."""
    setup = await make_setup(BUSY, BUSY, Course())
    await paid(setup)
    assert (len(setup.provider.ledger), setup.bought()) == (3, 1)


async def test_a_provider_that_stays_busy_is_given_up_at_the_deadline() -> None:
    """With its own words, and nothing paid."""
    setup = await make_setup(BUSY, deadline=60.0)
    claim = await setup.view.accepted()
    assert (await refused(setup, claim)).code is Code.PROVIDER_RATE_LIMITED
    assert (claim.job.stage, setup.bought()) == (Stage.ACCEPTED, 0)


async def test_a_refusal_is_final_and_the_right_to_pay_is_given_back() -> None:
    """So that the job fails as not paid."""
    setup = await make_setup(REFUSED)
    claim = await setup.view.accepted()
    assert (await refused(setup, claim)).code is Code.PROVIDER_REJECTED
    assert (claim.job.stage, claim.job.payment_epoch) == (Stage.ACCEPTED, 0)
    assert len(setup.provider.ledger) == 1


async def test_a_doubt_that_nobody_can_resolve_is_not_paid_away() -> None:
    """At once, since there is nobody to ask; the job stays in doubt."""
    setup = await make_setup(LOST)
    claim = await setup.view.accepted()
    assert (await refused(setup, claim)).code is Code.SUBMIT_UNKNOWN
    assert (claim.job.stage, setup.bought()) == (Stage.PAYING, 1)
    assert setup.world.clock.slept == []
    assert len(setup.notes.of(LogEvent.JOB_DOUBTED)) == 1


@pytest.mark.parametrize("lookup", [Lookup.PARTIAL, Lookup.COMPLETE])
async def test_a_submit_whose_answer_was_lost_is_found_and_adopted(lookup: Lookup) -> None:
    """Instead of being paid twice."""
    setup = await make_setup(LOST, lookup=lookup)
    claim = await paid(setup)
    assert claim.job.ticket == Ticket("memory", "task-0")
    assert setup.bought() == 1
    assert len(setup.notes.of(LogEvent.JOB_ADOPTED)) == 1


async def test_what_a_complete_list_lacks_was_not_accepted_and_is_paid_anew() -> None:
    """But not before the first submit's time is surely over."""
    setup = await make_setup(NEVER_LEFT, Course(), lookup=Lookup.COMPLETE)
    began = setup.world.clock.monotonic()
    await paid(setup)
    assert setup.world.clock.monotonic() - began >= WINDOW
    assert (len(setup.provider.ledger), setup.bought()) == (2, 1)


class SlowToFind(MemoryProvider):
    """A provider whose list is long under way: it shows what was bought when it was asked for."""

    world: MemoryWorld
    asked_at: list[float]

    async def find(self, order: Order) -> Ticket | None:
        """Look at once, and answer later."""
        self.asked_at.append(self.world.clock.monotonic())
        found = await super().find(order)
        await self.world.clock.sleep(WINDOW * 0.75)
        return found


async def test_a_list_that_was_asked_for_before_the_window_ended_proves_nothing() -> None:
    """However late it is answered: what was bought meanwhile is not in it."""
    capabilities = Capabilities(lookup=Lookup.COMPLETE, submit_timeout=5.0)
    provider = SlowToFind({"request-1": [NEVER_LEFT, Course()]}, capabilities=capabilities)
    setup = await make_setup(provider=provider)
    provider.world, provider.asked_at = setup.world, []
    began = setup.world.clock.monotonic()
    await paid(setup)
    assert provider.asked_at[-1] - began >= WINDOW


async def test_what_a_partial_list_lacks_stays_in_doubt() -> None:
    """Not finding proves nothing."""
    setup = await make_setup(Course(submit="lose answer", listed=False), lookup=Lookup.PARTIAL)
    assert (await refused(setup)).code is Code.SUBMIT_UNKNOWN
    assert len(setup.provider.ledger) == 1


class HiddenList(MemoryProvider):
    """A provider whose list cannot be asked for, now or ever."""

    async def find(self, order: Order) -> Ticket | None:
        """Be away."""
        del order
        raise Unavailable(Code.PROVIDER_UNAVAILABLE, "The list is away.")


@pytest.mark.parametrize("in_doubt", ["fail", "retry"])
@pytest.mark.parametrize("lookup", [Lookup.PARTIAL, Lookup.COMPLETE])
async def test_a_doubt_stays_one_where_the_list_cannot_be_asked_for(
    lookup: Lookup, in_doubt: Literal["fail", "retry"]
) -> None:
    """Told as a provider that is away it would be tried again, and paid again."""
    capabilities = Capabilities(lookup=lookup, submit_timeout=5.0)
    provider = HiddenList({"request-1": [LOST, Course()]}, capabilities=capabilities)
    setup = await make_setup(provider=provider, in_doubt=in_doubt, deadline=100.0)
    claim = await setup.view.accepted()
    assert (await refused(setup, claim)).code is Code.SUBMIT_UNKNOWN
    assert (claim.job.stage, setup.bought()) == (Stage.PAYING, 1)


async def test_what_may_be_repeated_does_not_wait_for_the_list() -> None:
    """The repeated submit is answered with the first one's ticket."""
    capabilities = Capabilities(lookup=Lookup.PARTIAL, idempotent=True, submit_timeout=5.0)
    provider = HiddenList({"request-1": [LOST, Course()]}, capabilities=capabilities)
    setup = await make_setup(provider=provider)
    await paid(setup)
    assert setup.bought() == 1


async def test_an_operator_may_choose_to_pay_again_in_doubt() -> None:
    """It is the only way to pay twice."""
    setup = await make_setup(LOST, Course(), in_doubt="retry")
    await paid(setup)
    assert setup.bought() == 2


async def test_who_pays_again_in_doubt_does_so_once() -> None:
    """A provider that never answers must not be paid forever."""
    setup = await make_setup(LOST, in_doubt="retry")
    assert (await refused(setup)).code is Code.SUBMIT_UNKNOWN
    assert setup.bought() == 2


async def test_a_submit_that_never_arrives_is_given_up_at_the_deadline_as_not_paid() -> None:
    """Each time it is proven that nothing was bought."""
    setup = await make_setup(NEVER_LEFT, lookup=Lookup.COMPLETE, deadline=100.0)
    claim = await setup.view.accepted()
    assert (await refused(setup, claim)).code is Code.PROVIDER_UNAVAILABLE
    assert (claim.job.stage, setup.bought()) == (Stage.ACCEPTED, 0)
    assert setup.world.clock.monotonic() < 1000.0 + 100.0 + 2 * WINDOW


@pytest.mark.parametrize("lookup", list(Lookup))
async def test_a_rescuer_waits_until_the_first_payer_cannot_submit_any_more(lookup: Lookup) -> None:
    """It may be merely frozen."""
    setup = await make_setup(Course(), lookup=lookup)
    await setup.view.paying(setup.provider.name)
    began = setup.world.clock.monotonic()
    await setup.world.pass_time(LEASE)
    claim = await (await setup.world.view("b")).take()
    if lookup is Lookup.COMPLETE:
        await paid(setup, claim)
    else:
        await refused(setup, claim)
    assert setup.world.clock.monotonic() - began >= WINDOW
    assert setup.bought() <= 1


async def test_a_rescuer_takes_the_ticket_that_the_first_payer_brings_meanwhile() -> None:
    """It looks at the journal as often as it asks the provider."""
    setup = await make_setup()
    frozen = await setup.view.paying(setup.provider.name)
    await setup.world.pass_time(LEASE)
    claim = await (await setup.world.view("b")).take()
    rescue = asyncio.create_task(setup.payment.ensure(in_hand(claim)))
    await asyncio.sleep(0)
    with pytest.raises(LeaseLost):
        await setup.payment._keep(frozen, Ticket("memory", "late"))
    await rescue
    assert claim.job.ticket == Ticket("memory", "late")
    assert setup.provider.ledger == []


class Slow(MemoryProvider):
    """A provider whose submit is under way until it is let go on."""

    def __init__(self) -> None:
        """Nobody has come yet."""
        super().__init__()
        self.asked, self.answer = asyncio.Event(), asyncio.Event()

    async def submit(self, order: Order) -> Ticket:
        """Take money when the answer may go out."""
        self.asked.set()
        await self.answer.wait()
        return await super().submit(order)


async def test_a_submit_under_way_is_not_cut_by_a_shutdown_however_often_it_is_asked() -> None:
    """Its ticket is kept before the job lets go."""
    provider = Slow()
    setup = await make_setup(provider=provider)
    claim = await setup.view.accepted()
    paying = asyncio.create_task(setup.payment.ensure(in_hand(claim)))
    await provider.asked.wait()
    for _ in range(3):
        paying.cancel()
        await asyncio.sleep(0)
    assert not paying.done()
    provider.answer.set()
    with pytest.raises(asyncio.CancelledError):
        await paying
    assert (claim.job.stage, setup.bought()) == (Stage.PAID, 1)


async def test_a_submit_is_not_sent_after_a_freeze() -> None:
    """The lease may have run out, so the right is given back and taken anew."""
    setup = await make_setup()
    claim = await setup.view.accepted()
    frozen: list[Transition] = []

    class Freezing:
        async def record(self, claim: Claim, transition: Transition) -> None:
            await setup.view.journal.record(claim, transition)
            if not frozen:
                frozen.append(transition)
                await setup.world.pass_time(LEASE / 2 + 1)

        async def read(self, claim: Claim) -> None:
            await setup.view.journal.read(claim)

    payment = Payment(
        Freezing(),
        alone(setup.provider),
        NotedCancellations(),
        setup.notes,
        setup.world.clock,
        setup.payment.retrier,
        setup.payment.terms,
    )
    await payment.ensure(in_hand(claim))
    assert (claim.job.stage, len(setup.provider.ledger)) == (Stage.PAID, 1)
    assert [facts["code"] for facts in setup.notes.of(LogEvent.JOB_DELAYED)] == ["internal"]


async def test_a_cancelled_request_is_not_paid_when_its_provider_was_busy() -> None:
    """The wish came while the submit was under way."""
    setup = await make_setup(BUSY, Course())
    claim = await setup.view.accepted()

    class Cancelling(MemoryProvider):
        async def submit(self, order: Order) -> Ticket:
            await setup.view.intake.cancel(order.request_id)
            raise Unavailable(Code.PROVIDER_RATE_LIMITED, "Busy.")

    canceller = await make_setup(provider=Cancelling())
    payment = Payment(
        setup.view.journal,
        alone(canceller.provider),
        NotedCancellations(),
        setup.notes,
        setup.world.clock,
        setup.payment.retrier,
        setup.payment.terms,
    )
    with pytest.raises(Rejected) as no:
        await payment.ensure(in_hand(claim))
    assert no.value.code is Code.CANCELLED
    assert claim.job.stage is Stage.ACCEPTED


async def test_what_must_not_be_cut_lets_its_own_errors_through() -> None:
    """Without a cancel it is an ordinary await."""

    async def fail() -> None:
        raise LeaseLost("gone")

    with pytest.raises(LeaseLost):
        await uncut(fail())

"""What costs a picture each time stops the buying."""

import pytest

from mobart.core.domain import Failed, Paid
from mobart.core.errors import Code, Rejected
from mobart.core.events import LogEvent
from mobart.jobs.losses import FIRST_PAUSE, TOLERATED, PaidLosses, is_loss
from mobart.jobs.slots import Slots
from tests.support.backends import DONE
from tests.support.clocks import SimulatedClock
from tests.unit.jobs.test_fulfil import Setup, make_setup

LOST = Failed(Code.PROCESSING_FAILED, "It failed.", paid=True)


def after(*outcomes: Failed) -> PaidLosses:
    """Return what is known after these."""
    losses = PaidLosses()
    for outcome in outcomes:
        losses.note("one", outcome, now=0.0)
    return losses


def test_buying_stops_after_several_paid_failures_in_a_row_and_is_probed_by_one_job() -> None:
    """Only at that provider."""
    assert after(*[LOST] * (TOLERATED - 1)).refusal("one", now=0.0) is None
    losses = after(*[LOST] * TOLERATED)
    refusal = losses.refusal("one", now=1.0)
    assert refusal is not None
    assert refusal.retry_after == FIRST_PAUSE - 1.0
    assert losses.refusal("two", now=1.0) is None
    assert losses.refusal("one", now=FIRST_PAUSE) is None
    assert losses.refusal("one", now=FIRST_PAUSE) is not None


def test_a_picture_that_is_made_ends_it() -> None:
    """The probe, or one that was paid before."""
    losses = after(*[LOST] * TOLERATED)
    losses.note("one", DONE, now=2.0)
    assert losses.refusal("one", now=2.0) is None


@pytest.mark.parametrize(
    ("code", "paid", "lost"),
    [
        (Code.STORAGE_DENIED, True, True),
        (Code.PROVIDER_BAD_RESPONSE, True, True),
        (Code.DOWNLOAD_FAILED, True, True),
        (Code.PROCESSING_FAILED, False, False),
        (Code.SUBMIT_UNKNOWN, "unknown", False),
        (Code.GENERATION_FAILED, True, False),
        (Code.MODERATION_BLOCKED, True, False),
        (Code.CANCELLED, True, False),
    ],
)
def test_what_concerns_one_request_alone_is_no_loss(code: Code, paid: Paid, lost: bool) -> None:
    """Nor what cost nothing."""
    assert is_loss(Failed(code, "No.", paid=paid)) is lost


async def another_job(setup: Setup, number: int) -> None:
    """Take one more request to its end."""
    del number
    claim = await setup.view.accepted()
    await setup.fulfilment.fulfil(claim, Slots(1).open())
    setup.world.redis.records.clear()


async def test_a_worker_whose_pictures_all_fail_buys_no_more_of_them() -> None:
    """The next job waits until one may probe; before, each one was paid for."""
    clock = SimulatedClock()
    setup = await make_setup(clock=clock)
    setup.renderer.failures = [Rejected(Code.PROCESSING_FAILED, "It failed.")] * TOLERATED
    for number in range(TOLERATED):
        await another_job(setup, number)
    (opened,) = setup.notes.of(LogEvent.CIRCUIT_OPENED)
    assert (opened["provider"], opened["seconds"]) == ("memory", FIRST_PAUSE)
    before = clock.seconds
    await another_job(setup, TOLERATED)
    assert clock.seconds - before >= FIRST_PAUSE
    assert len(setup.provider.ledger) == TOLERATED + 1

"""The life of a request as a table: which event may happen in which stage, and what it leads to.

Rule 1: every change of a job's stage is a row of `TRANSITIONS`; there is no other.
Rule 2: `PAYING` is the only right to pay.  A job gets it once; it goes back to `ACCEPTED` only when
        it is proven that nothing was accepted, or when the operator chose to pay again.
Rule 3: the ticket of a payment is recorded whenever it turns up, even after an outcome was
        announced that left the payment open (`paid` is "unknown", as with `submit_unknown`): paid
        work is kept, and the new outcome is a correction of the old one.
"""

from dataclasses import dataclass
from enum import StrEnum

from mobart.core.copying import changed
from mobart.core.domain import Failed, Job, Outcome, Stage, Ticket


class Event(StrEnum):
    """What can happen to a job; the names are those of the table."""

    CLAIMED = "claimed"
    PAYMENT_STARTED = "payment_started"
    PAYMENT_DISPROVED = "payment_disproved"
    TICKET_RECEIVED = "ticket_received"
    OUTCOME_SETTLED = "outcome_settled"


TRANSITIONS: dict[Stage, dict[Event, Stage]] = {
    Stage.ACCEPTED: {
        Event.CLAIMED: Stage.ACCEPTED,
        Event.PAYMENT_STARTED: Stage.PAYING,
        Event.OUTCOME_SETTLED: Stage.SETTLED,
    },
    Stage.PAYING: {
        Event.CLAIMED: Stage.PAYING,
        Event.PAYMENT_DISPROVED: Stage.ACCEPTED,
        Event.TICKET_RECEIVED: Stage.PAID,
        Event.OUTCOME_SETTLED: Stage.SETTLED,
    },
    Stage.PAID: {Event.CLAIMED: Stage.PAID, Event.OUTCOME_SETTLED: Stage.SETTLED},
    Stage.SETTLED: {
        # Only where the outcome left open whether it was paid: see rule 3 and `is_in_doubt`.
        Event.TICKET_RECEIVED: Stage.PAID
    },
}


class IllegalTransition(Exception):
    """The event cannot happen in the job's stage; the job is unchanged."""


@dataclass(frozen=True, slots=True)
class Transition:
    """An event with its data."""

    event: Event
    provider: str = ""
    """The provider that is to be paid."""
    price: float | None = None
    """What that costs in USD, as far as is known."""
    right: int = 0
    """Number of the right to pay, given by its claim."""
    ticket: Ticket | None = None
    outcome: Outcome | None = None
    doubted: bool = False
    """The payment was not disproved: the operator wants it made again all the same."""


def advance(job: Job, transition: Transition) -> Job:
    """Return the job after *transition*.

    Raises:
        IllegalTransition: the table has no such row, or rule 3 does not apply.
    """
    event = transition.event
    try:
        stage = TRANSITIONS[job.stage][event]
    except KeyError:
        raise IllegalTransition(f"{event} in stage {job.stage}") from None
    if event is Event.CLAIMED:
        return changed(job, stage=stage, epoch=job.epoch + 1)
    if event is Event.PAYMENT_STARTED:
        return changed(
            job,
            stage=stage,
            payment_epoch=job.epoch,
            right=transition.right,
            provider=transition.provider,
            price=transition.price,
        )
    if event is Event.PAYMENT_DISPROVED:
        return changed(job, stage=stage, payment_epoch=0, provider="", price=None)
    if event is Event.TICKET_RECEIVED:
        return _with_ticket(job, transition.ticket, stage)
    return changed(job, stage=stage, outcome=transition.outcome)


def _with_ticket(job: Job, ticket: Ticket | None, stage: Stage) -> Job:
    if ticket is None or job.ticket is not None:
        raise IllegalTransition("a payment has exactly one ticket")
    if job.stage is Stage.SETTLED and not is_in_doubt(job.outcome):
        raise IllegalTransition("the outcome is final")
    correction = job.stage is Stage.SETTLED
    return changed(
        job,
        stage=stage,
        provider=ticket.provider,
        ticket=ticket,
        price=job.price if ticket.cost is None else ticket.cost,
        outcome=None,
        correction=correction,
    )


def is_in_doubt(outcome: Outcome | None) -> bool:
    """Whether *outcome* leaves open if the generation was paid."""
    return isinstance(outcome, Failed) and outcome.paid == "unknown"

"""The life of a request: what the table allows happens, all else raises and changes nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.domain import Completed, Failed, Job, Stage, Ticket
from mobart.core.lifecycle import (
    TRANSITIONS,
    Event,
    IllegalTransition,
    Transition,
    advance,
    is_in_doubt,
)
from tests.support.backends import DONE, NO, REQUEST, TICKET, UNKNOWN
from tests.support.documents import diagram

OUTCOMES = st.sampled_from([DONE, NO, UNKNOWN])
PAIRS = [(stage, event) for stage in Stage for event in Event]
LEGAL = [pair for pair in PAIRS if pair[1] in TRANSITIONS[pair[0]]]
ILLEGAL = [pair for pair in PAIRS if pair not in LEGAL]


def job_in(stage: Stage, outcome: Completed | Failed = UNKNOWN) -> Job:
    """Return a job as it is in a stage."""
    return Job(
        REQUEST,
        stage=stage,
        epoch=2,
        payment_epoch=0 if stage is Stage.ACCEPTED else 1,
        ticket=TICKET if stage is Stage.PAID else None,
        outcome=outcome if stage is Stage.SETTLED else None,
    )


def transition(event: Event) -> Transition:
    """Return an event with what it brings along."""
    return Transition(
        event,
        ticket=TICKET if event is Event.TICKET_RECEIVED else None,
        outcome=DONE if event is Event.OUTCOME_SETTLED else None,
    )


@pytest.mark.parametrize(("stage", "event"), ILLEGAL)
def test_what_is_not_in_the_table_raises_and_changes_nothing(stage: Stage, event: Event) -> None:
    """There is no other way to change a stage."""
    job = job_in(stage)
    with pytest.raises(IllegalTransition, match=f"{event} in stage {stage}"):
        advance(job, transition(event))
    assert job == job_in(stage)


@pytest.mark.parametrize(("stage", "event"), LEGAL)
def test_what_is_in_the_table_leads_where_it_says(stage: Stage, event: Event) -> None:
    """And leaves the old job as it was."""
    job = job_in(stage)
    assert advance(job, transition(event)).stage is TRANSITIONS[stage][event]
    assert job == job_in(stage)


def test_the_diagram_and_the_table_say_the_same() -> None:
    """Every arrow is a row, and every row that leads elsewhere is an arrow."""
    arrows = re.findall(r"^    (\w+) --> (\w+): (\w+)$", diagram(), re.MULTILINE)
    rows = [
        (str(stage), str(target), str(event))
        for stage, row in TRANSITIONS.items()
        for event, target in row.items()
        if stage is not target
    ]
    assert arrows == rows
    assert diagram().startswith("stateDiagram-v2\n    [*] --> accepted\n")


def test_every_stage_has_its_row() -> None:
    """A new stage is thought of."""
    assert list(TRANSITIONS) == list(Stage)


def test_a_claim_opens_an_epoch_and_the_right_to_pay_remembers_it() -> None:
    """So that a late ticket can be told from a false one."""
    job = advance(Job(REQUEST), Transition(Event.CLAIMED))
    assert job.epoch == 1
    job = advance(job, Transition(Event.PAYMENT_STARTED))
    assert job.payment_epoch == 1
    job = advance(job, Transition(Event.CLAIMED))
    assert (job.epoch, job.payment_epoch) == (2, 1)
    assert advance(job, Transition(Event.PAYMENT_DISPROVED)).payment_epoch == 0


@pytest.mark.parametrize("ticket", [None, Ticket("midjourney", "task-2")])
def test_a_payment_has_exactly_one_ticket(ticket: Ticket | None) -> None:
    """None is none, and a second one is one too many."""
    job = job_in(Stage.PAYING) if ticket is None else _with_ticket(job_in(Stage.SETTLED))
    with pytest.raises(IllegalTransition, match="exactly one ticket"):
        advance(job, Transition(Event.TICKET_RECEIVED, ticket=ticket))


def _with_ticket(job: Job) -> Job:
    return Job(job.request, stage=job.stage, ticket=TICKET, outcome=job.outcome)


def test_a_ticket_after_submit_unknown_opens_the_job_again_as_a_correction() -> None:
    """Paid work is kept."""
    job = advance(job_in(Stage.SETTLED), transition(Event.TICKET_RECEIVED))
    assert (job.stage, job.ticket, job.outcome) == (Stage.PAID, TICKET, None)
    assert job.correction


def test_a_ticket_in_time_is_no_correction() -> None:
    """Nothing was announced yet."""
    assert not advance(job_in(Stage.PAYING), transition(Event.TICKET_RECEIVED)).correction


@pytest.mark.parametrize("outcome", [DONE, NO])
def test_a_known_outcome_is_final(outcome: Completed | Failed) -> None:
    """No ticket opens it again."""
    with pytest.raises(IllegalTransition, match="final"):
        advance(job_in(Stage.SETTLED, outcome), transition(Event.TICKET_RECEIVED))


@pytest.mark.parametrize(
    ("outcome", "expected"), [(DONE, False), (NO, False), (UNKNOWN, True), (None, False)]
)
def test_in_doubt_is_what_may_or_may_not_be_paid(
    outcome: Completed | Failed | None, expected: bool
) -> None:
    """Whatever its code."""
    assert is_in_doubt(outcome) is expected


@given(events=st.lists(st.sampled_from(Event), max_size=30), outcome=OUTCOMES)
def test_whatever_happens_in_whatever_order_the_promises_hold(
    events: list[Event], outcome: Completed | Failed
) -> None:
    """Money is spent by the right to pay only, epochs only grow, tickets are never lost."""
    job = advance(Job(REQUEST), Transition(Event.CLAIMED))
    for event in events:
        brings = Transition(event, ticket=TICKET, outcome=outcome)
        try:
            after = advance(job, brings)
        except IllegalTransition:
            continue
        assert after.epoch >= job.epoch
        assert after.ticket == job.ticket or job.ticket is None
        assert (after.ticket is not None) or after.stage is not Stage.PAID
        assert after.payment_epoch or after.stage is not Stage.PAYING
        assert (after.outcome is not None) == (after.stage is Stage.SETTLED)
        job = after

"""Changed copies of frozen values are those that `dataclasses.replace` makes."""

from dataclasses import replace

import pytest

from mobart.art import Recipe
from mobart.core.copying import changed
from mobart.core.domain import GenerationRequest, Job, Stage, Ticket
from mobart.core.lifecycle import Event, Transition

JOB = Job(GenerationRequest("r-1", "u-1", "a dragon"), epoch=3)


@pytest.mark.parametrize(
    ("value", "changes"),
    [
        (JOB, {"stage": Stage.PAID, "ticket": Ticket("legnext", "t")}),
        (JOB, {}),
        (Transition(Event.PAYMENT_STARTED, "legnext"), {"right": 2}),
        (Recipe(), {"grids": False}),
    ],
)
def test_a_changed_copy_is_the_one_that_dataclasses_make(
    value: object, changes: dict[str, object]
) -> None:
    """And what was copied stays as it was."""
    before = repr(value)
    assert changed(value, **changes) == replace(value, **changes)  # type: ignore[type-var]
    assert repr(value) == before


def test_a_field_that_there_is_not_cannot_be_changed() -> None:
    """A misspelt name is a bug."""
    with pytest.raises(TypeError, match="Job has no stages"):
        changed(JOB, stages=Stage.PAID)

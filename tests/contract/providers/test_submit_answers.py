"""The whole table of what may come back from a paid POST, of each provider that costs money."""

from dataclasses import replace

import pytest

from mobart.core.domain import Ticket
from mobart.core.errors import Rejected, Unavailable
from mobart.providers.registry import PROVIDERS
from mobart_local.standin import Script
from mobart_local.standin.dialects.table import DIALECTS
from tests.support.outcomes import outcome
from tests.support.provider_builders import capabilities
from tests.support.provider_setup import CAT, SLOW_ROWS, selling
from tests.support.submit_answers import SUBMIT_OUTCOMES, USUAL, Expected

ALIKE = frozenset(
    {"legnext", "openai", "ideogram", "replicate", "fal", "retrodiffusion", "pixellab"}
)
"""Those whose answers are judged by the code of another: by PiAPI's, or as Midjourney's are."""
WIRED = frozenset({"accept", "400", "401", "429", "500", "accepted-drop", "accepted-hang"})
"""Rows that show that this code judges them."""
ROWS = [
    (name, row)
    for name, table in SUBMIT_OUTCOMES.items()
    for row in table
    if name not in ALIKE or row in WIRED or table[row] != USUAL.get(row)
]


def test_every_provider_that_costs_money_has_a_table() -> None:
    """What is free is under contract in files of its own."""
    paid = {name for name in PROVIDERS if not capabilities(name).free}
    assert SUBMIT_OUTCOMES.keys() == paid


@pytest.mark.parametrize("name", SUBMIT_OUTCOMES)
def test_every_answer_of_the_stand_in_is_in_the_table(name: str) -> None:
    """Nothing that the stand-in can say is left unjudged."""
    assert SUBMIT_OUTCOMES[name].keys() == DIALECTS[name].submits.keys()


@pytest.mark.parametrize(("name", "row"), ROWS)
async def test_an_answer_is_judged_for_what_it_proves(name: str, row: str) -> None:
    """The right error with the right code, one POST, and no doubt about money ignored.

    A row that gives an id a second time comes after one that gave it first.
    """
    expected: Expected = SUBMIT_OUTCOMES[name][row]
    patience = SLOW_ROWS.get(row)
    async with selling(name, Script(submit=row, side=64), patience=patience) as made:
        if row.endswith("-duplicate"):
            made.standin.play(Script(side=64), times=1)
            await made.provider.submit(replace(CAT, request_id="r-0"))
        before = made.submits(), made.payments()
        come = await outcome(
            made.source.generate(CAT) if made.can.immediate else made.provider.submit(CAT)
        )
        assert (type(come), getattr(come, "code", None)) == expected
        bought = made.payments() - before[1]
        assert made.submits() == before[0] + 1
        if expected[0] in {Rejected, Unavailable}:
            assert bought == 0
        if expected[0] is Ticket:
            assert bought == 1

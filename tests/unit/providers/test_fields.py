"""How fields of answers are read."""

import pytest

from mobart.core.errors import InDoubt
from mobart.providers.fields import task_id_of
from mobart.providers.outcomes import usable


@pytest.mark.parametrize(
    "odd", ["", "../x", "a/b", "a b", "x" * 129, "a\n", "ä", "%2e", 7, True, None, ["q"]]
)
def test_an_odd_id_is_no_ticket(odd: object) -> None:
    """It would lead to another address."""
    with pytest.raises(InDoubt):
        usable(task_id_of(odd))

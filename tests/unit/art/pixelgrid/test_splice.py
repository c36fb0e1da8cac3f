"""Rows choose their lines together: what runs through them is not torn, what only one row has is kept."""

import numpy as np
import pytest

from mobart.art.pixelgrid.splice import Offers, splice

OUTLINE = 4.0
"""Edge strength of an outline at both its sides."""


def offers(paid: list[list[float]], seen: float = OUTLINE) -> Offers:
    """Offer each row four lines, or the same one cell to the left: outlines run under the middle two.

    *paid* (rows x 2) is what a row gains by itself from either; the second offer's number is 1.
    """
    rows, strong = len(paid), np.array((0, seen, seen, 0))
    places = np.stack([np.tile(np.arange(4.0) - moved, (rows, 1)) for moved in (0, 1)])
    edge = np.stack([np.tile(np.roll(strong, moved), (rows, 1)) for moved in (0, 1)])
    chosen = np.stack([np.full((rows, 4), one) for one in (0, 1)])
    return Offers(chosen, places, edge, np.array(paid).T)


def taken(some: Offers) -> list[int]:
    """Return the number of the offer that each row takes."""
    return [int(number) for number in splice(some)[:, 0]]


def test_a_row_that_gains_little_alone_does_not_tear_an_outline() -> None:
    """Its lines are those of the rows above and below, or the outline would have a spur."""
    assert taken(offers([[9, 0], [9, 0], [0, 6], [9, 0], [9, 0]])) == [0] * 5


def test_rows_that_have_nothing_in_common_take_what_brings_most() -> None:
    """No edge goes on from one to the next."""
    assert taken(offers([[9, 0], [0, 6], [9, 0]], seen=0.0)) == [0, 1, 0]


@pytest.mark.parametrize("part", [1, 3])
def test_a_part_that_gains_much_has_lines_of_its_own(part: int) -> None:
    """An eye with one more cell, however many rows it has."""
    rows = [[60.0, 0.0]] * 2 + [[0.0, 60.0]] * part + [[60.0, 0.0]] * 2
    assert taken(offers(rows)) == [0, 0, *[1] * part, 0, 0]


def test_a_single_row_takes_what_brings_most() -> None:
    """There is nothing to go on to."""
    assert taken(offers([[1, 2]])) == [1]

"""Lines move together to where edges are, and rows agree on which line an edge is."""

import numpy as np
import pytest

from mobart.art.pixelgrid.splice import join
from mobart.art.pixelgrid.springs import EDGE, Counts, Prices, Springs

SHIFTS = np.arange(-6, 7) / 12
"""Shifts of a line in cells, up to half a cell to each side."""
LINES = np.arange(8.0)
"""Lines, a cell apart."""


def seen(rows: list[list[float]], strength: float = 2 * EDGE) -> Prices:
    """Return what lines see at each shift in *rows* that have edges at these places, in cells."""
    places = LINES[:, None] + SHIFTS
    found = [
        sum((np.abs(places - edge) < 0.02) * strength for edge in edges) + 0 * places
        for edges in rows
    ]
    return np.asarray(found, np.float32)


def springs() -> Springs:
    """Return lines of equal gaps."""
    return Springs(LINES, np.ones(LINES.size - 1), SHIFTS)


def places(chosen: Counts) -> list[list[float]]:
    """Return where lines are that take the *chosen* shifts, in cells."""
    return [[round(float(place), 2) for place in row] for row in LINES + SHIFTS[chosen]]


def test_lines_of_a_part_go_to_the_same_side() -> None:
    """Each edge is half a cell from two lines: together they gain most if no gap is split."""
    (row,) = places(springs().best(seen([[2.5, 3.5, 4.5, 5.5]])))
    under = [row.index(edge) for edge in (2.5, 3.5, 4.5, 5.5)]
    assert under == list(range(under[0], under[0] + 4))


def test_a_faint_edge_splits_no_cell() -> None:
    """A gleam inside a cell is no reason for a cell half as wide."""
    edges = seen([[2.0, 3.0, 4.0]]) + seen([[2.5]], strength=0.3 * EDGE)
    assert places(springs().best(edges)) == [LINES.tolist()]


def test_nothing_seen_moves_no_line_against_another() -> None:
    """Gaps that differ cost something."""
    (row,) = places(springs().best(seen([[]])))
    assert np.ptp(np.diff(row)) == pytest.approx(0)


@pytest.mark.parametrize("rows", [3, 4, 7])
def test_an_edge_that_goes_on_keeps_its_line(rows: int) -> None:
    """A single row that took the line beside it would have a spur."""
    edges = seen([[2.5, 3.5]] * rows)
    paid, odd = edges.copy(), rows // 2
    paid[:, 3, 0] += 1  # the third line, half a cell to the left
    paid[odd, 3, 0] -= 2  # but the second, half a cell to the right
    alone = springs().best(paid)
    assert len({row.index(2.5) for row in places(alone)}) == 2
    joined = places(join(springs(), alone, paid, edges))
    assert {row.index(2.5) for row in joined} == {3}


def test_wide_gaps_of_the_lines_themselves_are_let_be() -> None:
    """Where margins left a gap of two cells, lines need not move to mend it."""
    lines = np.array([0.0, 1.0, 3.0, 4.0])
    apart = Springs(lines, np.diff(lines), SHIFTS)
    chosen = apart.best(np.zeros((2, 4, SHIFTS.size), np.float32))
    assert np.ptp(SHIFTS[chosen]) == 0

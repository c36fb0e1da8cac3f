"""Lines are bent to where a part has its cells: as a whole, however far between two lines it stands."""

from itertools import pairwise

import numpy as np
import pytest

from mobart.art.pixelgrid.edges import Plane, find_edges
from mobart.art.pixelgrid.lattice import Counts, bend, straight

CELLS = 20
"""Cells along each side of the picture."""
TOP, HIGH, WIDE = 6, 6, 6
"""First row of the body and of its wing, and how many cells they have."""


def winged(seed: int, cell: int, off: float) -> tuple[Plane, Counts]:
    """Return a body on the lattice with a wing *off* cells beside it, and the wing's own lines.

    Borders are astray by a pixel or two, as generators draw them; the wing's shades are faint.
    """
    rng = np.random.default_rng(seed)
    lines = np.arange(CELLS + 1, dtype=np.intp) * cell
    picture: Plane = np.full((CELLS * cell, CELLS * cell), 225, np.uint8)

    def draw(across: Counts, shades: tuple[int, ...]) -> None:
        for row in range(TOP, TOP + HIGH):
            for left, right in pairwise(across):
                picture[lines[row] : lines[row + 1], left:right] = rng.choice(shades)

    body, wing = (lines[at : at + WIDE + 1] + rng.integers(-2, 3, WIDE + 1) for at in (4, 11))
    draw(body, (20, 40, 60))
    wing = wing + round(off * cell)
    draw(wing, (20, 32, 44))
    return picture, wing


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("cell", [24, 37])
@pytest.mark.parametrize("off", [0.3, 0.45, 0.5, 0.55])
def test_a_part_between_two_lines_keeps_each_of_its_cells(seed: int, cell: int, off: float) -> None:
    """Some lines went to the left and some to the right, and one cell of a bat's wing became two."""
    picture, wing = winged(seed, cell, off)
    lines = np.arange(CELLS + 1.0) * cell
    lattice = bend(find_edges([picture] * 3), lines, lines, joined=True)
    for row in lattice.across[TOP : TOP + HIGH]:
        nearest = np.abs(row[:, None] - wing).argmin(0)
        assert np.abs(row[nearest] - wing).max() < 0.2 * cell
        assert set(np.diff(nearest)) == {1}


def test_lines_stay_where_there_is_no_edge() -> None:
    """An empty picture gives no reason to move."""
    lines = np.arange(CELLS + 1.0) * 24
    flat = np.full((CELLS * 24, CELLS * 24), 90, np.uint8)
    lattice, plain = bend(find_edges([flat] * 3), lines, lines), straight(lines, lines)
    assert np.array_equal(lattice.across, plain.across)
    assert np.array_equal(lattice.down, plain.down)

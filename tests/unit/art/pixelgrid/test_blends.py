"""Cells that are no more than a soft border take the colour of a neighbour; what was painted stays."""

import numpy as np
import pytest

from mobart.art.pixelgrid.blends import clear_blends
from mobart.art.pixelgrid.heaps import SIDE, Slices, find_ruler

LEFT, RIGHT = np.array((12, 10, 14), np.float32), np.array((100, 132, 66), np.float32)


def shown(columns: list[float], width: float, *, upright: bool = False) -> float:
    """Return where the colour of a cell lies from the left neighbour's (0) to the right one's (1) in the end.

    Its *columns* of places are so far on this way; its *width* is in usual cells.
    """
    places = LEFT + np.array(columns, np.float32)[:, None] * (RIGHT - LEFT)
    seen = np.tile(places, (SIDE, 1))[None]
    own = find_ruler(seen)
    row = np.stack([LEFT, own[0], RIGHT])[None]
    slices, sizes, at = (
        Slices.of(seen, own),
        (np.ones(1, np.float32), np.array([width], np.float32)),
        (0, 1),
    )
    if upright:
        row, sizes, at = row.swapaxes(0, 1), sizes[::-1], at[::-1]
        slices = Slices(slices.mean, slices.columns, slices.rows, slices.share)
    row = np.ascontiguousarray(row)
    clear_blends(row, (np.array([at[0]]), np.array([at[1]])), slices, sizes)
    return float((row[at] - LEFT) @ (RIGHT - LEFT) / ((RIGHT - LEFT) ** 2).sum())


@pytest.mark.parametrize("upright", [False, True])
def test_a_narrow_cell_of_a_soft_border_takes_the_colour_that_covers_more_of_it(
    upright: bool,
) -> None:
    """One pixel of the mixture and one of the ground."""
    assert shown([0.4, 0.4, 0.4, 1, 1], 0.5, upright=upright) == pytest.approx(1)
    assert shown([0, 0, 0.4, 0.4, 0.4], 0.5, upright=upright) == pytest.approx(0)


def test_a_shade_painted_between_two_colours_stays() -> None:
    """It is flat, and as wide as others, be the lattice a little beside it."""
    assert shown([0.4] * 5, 0.5) == pytest.approx(0.4, abs=0.01)
    assert shown([0, 0.4, 0.4, 0.4, 0.4], 1) == pytest.approx(0.4, abs=0.01)


def test_a_glow_that_fades_over_the_whole_cell_stays() -> None:
    """A soft border is thinner than that."""
    assert 0.3 < shown([0.1, 0.3, 0.5, 0.7, 0.9], 1) < 0.7

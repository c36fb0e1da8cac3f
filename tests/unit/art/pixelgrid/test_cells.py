"""What neighbouring cells mix into each other, and how it is undone."""

import numpy as np
import pytest

from mobart.art.pixelgrid.cells import Colours, mixing, unmix

SHARE = 0.06


def shaded() -> Colours:
    """Draw tiles that grow lighter from left to right, between black lines."""
    x, y = np.meshgrid(np.arange(40), np.arange(40))
    cells = (100 + 8.0 * (x % 5))[..., None] * (1, 0.9, 0.7)
    cells[(x % 5 == 0) | (y % 5 == 0)] = 0
    return np.asarray(cells, np.float32)


def mixed(cells: Colours) -> Colours:
    """Mix a little of each neighbour into every cell, along rows and then along columns."""
    for axis in (0, 1):
        around = np.roll(cells, 1, axis) + np.roll(cells, -1, axis)
        cells = cells * (1 - 2 * SHARE) + SHARE * around
    return np.asarray(cells, np.float32)


def test_shades_beside_lines_are_not_taken_for_tints() -> None:
    """They look like tints of the lines along rows, but along columns there are none."""
    assert np.abs(unmix(shaded()) - shaded()).max() < 3


def test_what_is_mixed_into_cells_is_undone() -> None:
    """Two axes are measured together, and each tile has its shades again."""
    assert mixing(mixed(shaded())) == pytest.approx(SHARE, abs=0.015)
    inside = slice(2, -2)
    assert np.abs(unmix(mixed(shaded())) - shaded())[inside, inside].max() < 6

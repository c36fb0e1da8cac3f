"""What neighbouring cells mix into each other, and how it is undone."""

import numpy as np
import pytest

from mobart.art.pixelgrid.cells import Colours, Labels, mixing, mixing_told, unmix, unmix_told

SHARE = 0.06


def shaded() -> Colours:
    """Draw tiles that grow lighter from left to right, between black lines."""
    x, y = np.meshgrid(np.arange(40), np.arange(40))
    cells = (100 + 8.0 * (x % 5))[..., None] * (1, 0.9, 0.7)
    cells[(x % 5 == 0) | (y % 5 == 0)] = 0
    return np.asarray(cells, np.float32)


def strewn() -> tuple[Colours, Labels]:
    """Draw blots of five colours, with black and white among them, on white."""
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 5, (40, 40))
    labels[:, :20] = 1
    colours = np.array([(0, 0, 0), (255, 255, 255), (200, 90, 40), (60, 120, 180), (90, 160, 70)])
    return colours[labels].astype(np.float32), labels


def mixed(cells: Colours, share: float = SHARE) -> Colours:
    """Mix a little of each neighbour into every cell, along rows and then along columns."""
    for axis in (0, 1):
        around = np.roll(cells, 1, axis) + np.roll(cells, -1, axis)
        cells = cells * (1 - 2 * share) + share * around
    return np.asarray(cells, np.float32)


def test_shades_beside_lines_are_not_taken_for_tints() -> None:
    """They look like tints of the lines along rows, but along columns there are none."""
    assert np.abs(unmix(shaded()) - shaded()).max() < 3


def test_what_is_mixed_into_cells_is_undone() -> None:
    """Two axes are measured together, and each tile has its shades again."""
    assert mixing(mixed(shaded())) == pytest.approx(SHARE, abs=0.015)
    inside = slice(2, -2)
    assert np.abs(unmix(mixed(shaded())) - shaded())[inside, inside].max() < 6


def test_an_overshoot_that_black_and_white_cut_off_is_measured_between_cells_of_one_colour() -> (
    None
):
    """Equal neighbours are a ground or outlines, where it left nothing; others of one colour differ by it."""
    cells, labels = strewn()
    shown = np.clip(mixed(cells, -SHARE), 0, 255)
    assert mixing(shown) == pytest.approx(0, abs=0.01)
    assert mixing_told(shown, cells, labels) == pytest.approx(-SHARE, abs=0.01)


def test_an_overshoot_is_undone_and_black_stays_black() -> None:
    """Colours are as they were, but where the overshoot was cut off nothing is put back."""
    cells, labels = strewn()
    shown = np.clip(mixed(cells, -SHARE), 0, 255)
    clean = unmix_told(shown, cells, labels, soft=False)
    assert clean is not None
    off, before = (np.abs(one - cells).max(-1) for one in (clean, shown))
    coloured = labels > 1
    assert off[coloured].mean() < before[coloured].mean() / 3
    assert np.quantile(off[~coloured], 0.9) < 1


@pytest.mark.parametrize(("share", "soft"), [(0.0, False), (0.01, False), (SHARE, True)])
def test_what_was_measured_well_or_is_next_to_nothing_is_left(share: float, soft: bool) -> None:
    """Cells of usual pictures keep what they show, and soft ones what was undone already."""
    cells, labels = strewn()
    assert unmix_told(mixed(cells, share), cells, labels, soft=soft) is None

"""Cells beside a screen's green or magenta have none of it."""

import numpy as np
import numpy.typing as npt
import pytest

from mobart.art.pixelgrid.cells import Colours
from mobart.art.pixelgrid.rims import clear_rims

GREEN, MAGENTA, WHITE = (11, 247, 23), (250, 10, 245), (240, 238, 235)
COAT = (60, 40, 30)


def draw(ground: tuple[int, int, int], share: float, body: tuple[int, int, int] = COAT) -> Colours:
    """Return 20 x 20 cells of *ground* with a *body*, whose upper side has a *share* of the ground."""
    cells = np.tile(np.array(ground, np.float32), (20, 20, 1))
    cells[6:14, 6:14] = body
    cells[6, 6:14] = share * np.array(ground) + (1 - share) * np.array(COAT)
    return cells


def cleared(cells: Colours) -> tuple[Colours, npt.NDArray[np.bool_]]:
    """Return the upper side of the body, and which of it is ground, in the end."""
    colours, ground = clear_rims(cells, (cells == cells[0, 0]).all(-1))
    return colours[6, 6:14], ground[6, 6:14]


@pytest.mark.parametrize("screen", [GREEN, MAGENTA])
def test_a_share_of_the_screen_is_taken_away(screen: tuple[int, int, int]) -> None:
    """What is left is the outline's own colour."""
    colours, ground = cleared(draw(screen, 0.3))
    assert not ground.any()
    assert np.abs(colours - COAT).max() < 25


@pytest.mark.parametrize("screen", [GREEN, MAGENTA])
def test_what_is_mostly_screen_is_ground(screen: tuple[int, int, int]) -> None:
    """And has its colour."""
    colours, ground = cleared(draw(screen, 0.7))
    assert ground.all()
    assert (colours == screen).all()


def test_a_subject_in_the_hue_of_the_screen_stays() -> None:
    """Leaves on a green ground are no mixture."""
    cells = draw((104, 215, 80), 0.4, body=(60, 110, 40))
    colours, _ = cleared(cells)
    assert np.array_equal(colours, cells[6, 6:14])


def test_shades_before_any_other_ground_stay() -> None:
    """Between a dark coat and white any grey may be painted."""
    cells = draw(WHITE, 0.5)
    colours, _ = cleared(cells)
    assert np.array_equal(colours, cells[6, 6:14])

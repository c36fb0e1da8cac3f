"""Small things that fill less than half of a cell are shown where no cell would show them."""

import numpy as np
import pytest

from mobart.art.pixelgrid.details import Rivals, find_details
from mobart.art.pixelgrid.recover import recover
from tests.support.fake_pixel_art import draw_creature, enlarge, grained

SKIN, MOUTH, SHADE = (228, 220, 210), (120, 70, 70), (120, 110, 100)
TOOTH = (190, 172, 152)


def rivals(share: float, first: tuple[int, int, int] = SKIN) -> Rivals:
    """Five by five cells of skin, the middle one with a mouth in a *share* of it and *first* in the rest."""
    shown = np.tile(np.array(SKIN, np.float32), (5, 5, 1))
    shown[2, 2] = first
    second, shares = shown.copy(), np.zeros((5, 5), np.float32)
    second[2, 2], shares[2, 2] = MOUTH, share
    return Rivals(shown, second, shares, np.ones((5, 5, 3, 3), np.bool_))


def found(cells: Rivals) -> list[tuple[int, int]]:
    """Return the cells that show their second colour."""
    rows, columns = find_details(cells)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def test_a_mouth_of_a_third_of_a_cell_is_shown() -> None:
    """Nothing around it has its colour."""
    assert found(rivals(0.32)) == [(2, 2)]


def test_what_fills_less_than_a_quarter_is_not_shown() -> None:
    """It would be drawn four times as large as it is."""
    assert found(rivals(0.2)) == []


@pytest.mark.parametrize("beside", [(1, 2), (2, 3), (3, 3)])
def test_what_a_neighbour_shows_is_not_shown_twice(beside: tuple[int, int]) -> None:
    """A border that lies askew leaves a part of the neighbour in the cell."""
    cells = rivals(0.4)
    cells.first[beside] = MOUTH
    assert found(cells) == []


def test_a_mixture_with_a_neighbour_is_not_shown() -> None:
    """Soft borders show what lies between the colours of both."""
    cells = rivals(0.4)
    cells.first[1, 2], cells.second[2, 2] = (20, 10, 10), SHADE
    assert found(cells) == []


def test_a_cell_that_is_a_small_thing_itself_stays() -> None:
    """What is in it beside its own colour is its rim."""
    assert found(rivals(0.4, first=(30, 60, 200))) == []


def test_of_two_cells_the_one_with_the_greater_part_shows_it() -> None:
    """One thing on the border of two cells is one thing."""
    cells = rivals(0.35)
    cells.second[2, 3], cells.share[2, 3] = MOUTH, 0.3
    assert found(cells) == [(2, 2)]


def test_rims_at_the_silhouette_are_not_shown() -> None:
    """Beside transparent cells there is light fringe of whatever was cut off."""
    cells = rivals(0.35)
    alpha = np.full((5, 5, 1), 255, np.float32)
    alpha[1, 1] = 0
    first, second = (np.concatenate([one, alpha], 2) for one in (cells.first, cells.second))
    assert found(Rivals(first, second, cells.share, cells.sides)) == []


def test_a_bar_at_the_border_of_its_cell_is_shown() -> None:
    """A row of places is all that is seen of a mouth as high as a quarter of the cell."""
    assert found(rivals(0.23)) == [(2, 2)]


@pytest.mark.parametrize("colour", [MOUTH, SHADE])
def test_what_does_not_reach_a_neighbour_is_nothing_of_it(colour: tuple[int, int, int]) -> None:
    """A tooth stands apart from the lip above it, which has its colour or one beyond it."""
    cells = rivals(0.4)
    cells.first[1, 2] = (20, 10, 10) if colour == SHADE else MOUTH
    cells.second[2, 2] = colour
    cells.sides[2, 2, 0] = False
    assert found(cells) == [(2, 2)]


def test_a_rim_that_sharpening_left_is_not_shown() -> None:
    """It lies beyond the neighbour's colour, as seen from the cell's own."""
    cells = rivals(0.4, first=(20, 18, 16))
    cells.first[:, 2:] = (20, 18, 16)
    cells.first[:, 1], cells.second[2, 2] = (160, 150, 120), (240, 225, 180)
    assert found(cells) == []


def test_what_the_edge_of_the_picture_cuts_off_is_not_shown() -> None:
    """A row of the ground under an outline lies outside as much as inside."""
    cells = rivals(0.0)
    cells.second[4, 2], cells.share[4, 2] = MOUTH, 0.23
    assert found(cells) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_dark_mouth_keeps_its_teeth(seed: int) -> None:
    """They fill half of their cells, below a lip of nearly their colour."""
    native = draw_creature(seed, 40)
    native[14:17, 12:28, :3], native[17:24, 12:28, :3] = (224, 206, 170), (12, 8, 8)
    whole = enlarge(native, 640, 640)
    for column in (15, 20, 25):
        whole[18 * 16 + 7 : 19 * 16, column * 16 + 1 : column * 16 + 15, :3] = TOOTH
    sprite = recover(grained(whole, seed, 1.0))
    assert sprite is not None
    teeth = sprite.pixels[18, [15, 20, 25], :3].astype(int)
    assert np.abs(teeth - TOOTH).max() <= 24


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_face_keeps_a_mouth_that_is_lower_than_a_cell(seed: int) -> None:
    """Its colour is the artist's, not the mean of a cell."""
    native = draw_creature(seed, 40)
    native[14:26, 12:26, :3] = SKIN
    whole = enlarge(native, 640, 640)
    whole[22 * 16 + 5 : 22 * 16 + 9, 19 * 16 : 20 * 16, :3] = MOUTH
    sprite = recover(grained(whole, seed, 1.0))
    assert sprite is not None
    assert np.abs(sprite.pixels[22, 19, :3].astype(int) - MOUTH).max() <= 24

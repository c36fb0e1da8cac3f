"""What sharpening leaves beside an outline belongs to the ground; a line that was drawn stays."""

import numpy as np
import numpy.typing as npt
import pytest

from mobart.art.pixelgrid.halos import clear_halos
from mobart.art.pixelgrid.recover import recover
from tests.support.fake_pixel_art import enlarge, grained

GROUND, LIGHT, DARK, BODY = (119, 118, 106), (149, 147, 131), (5, 5, 8), (120, 60, 40)


def draw(beside: tuple[int, int, int], places: slice) -> npt.NDArray[np.uint8]:
    """Return an outlined chest of 40 x 40 cells; at some *places* right of its right side is a colour *beside* it."""
    native = np.full((40, 40, 4), 255, np.uint8)
    native[..., :3] = GROUND
    native[8:32, 8:32, :3] = DARK
    native[9:31, 9:31, :3] = BODY
    native[12:28:4, 12:28:3, :3] = (190, 150, 60)
    native[places, 32, :3] = beside
    return native


def cleared(native: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Return which cells to the right of the chest are ground in the end."""
    cells = native[..., :3].astype(np.float32)
    ground = (cells == GROUND).all(-1)
    colours, mask = clear_halos(cells, ground)
    assert (colours[mask] == GROUND).all()
    return mask[8:32, 32]


def test_a_rim_lighter_than_the_ground_becomes_ground_beside_a_dark_outline() -> None:
    """It is beyond the ground by a quarter of the edge."""
    assert cleared(draw(LIGHT, slice(10, 15))).all()


@pytest.mark.parametrize("colour", [(150, 110, 60), (240, 239, 225), (70, 69, 62)])
def test_a_colour_that_no_filter_makes_stays(colour: tuple[int, int, int]) -> None:
    """Of another hue, too light, or between both."""
    assert cleared(draw(colour, slice(10, 15))).sum() == 19


def test_an_outline_darker_than_the_ground_stays_beside_a_bright_body() -> None:
    """It too is beyond the ground, as seen from the body, but dark rims are drawn."""
    native = draw((89, 89, 81), slice(10, 15))
    native[8:32, 31, :3] = (239, 237, 206)
    assert cleared(native).sum() == 19


def test_a_line_all_around_stays() -> None:
    """It was drawn: a filter's rim falls into cells of its own in places."""
    native = draw(GROUND, slice(0))
    native[7:33, 7:33][(native[7:33, 7:33, :3] == GROUND).all(-1), :3] = LIGHT
    assert not cleared(native).any()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_sharpened_picture_has_no_light_cells_beside_its_outline(seed: int) -> None:
    """The sprite has the ground there."""
    whole = enlarge(draw(LIGHT, slice(10, 15)), 640, 640)
    sprite = recover(grained(whole, seed, 1.0))
    assert sprite is not None
    assert np.abs(sprite.pixels[10:15, 32, :3].astype(int) - GROUND).max() <= 3

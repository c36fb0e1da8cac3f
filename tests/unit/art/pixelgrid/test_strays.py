"""Specks of a shade beside the ground are grain of it; what is off it, frequent or far is the subject's."""

import numpy as np
import pytest

from mobart.art.pixelgrid.palette import find_palette
from mobart.art.pixelgrid.strays import NEAR, RARE, Labels, find_strays

SUBJECT, SPECK = 0, 1


def specks(*places: tuple[int, int]) -> Labels:
    """Return the labels of 9 x 9 cells: a subject, with specks at *places*."""
    labels = np.full((9, 9), SUBJECT)
    for place in places:
        labels[place] = SPECK
    return labels


def strays(labels: Labels, away: float = NEAR / 2) -> list[list[int]]:
    """Return where strays are, around a subject of 5 x 5 cells in the middle; specks are *away* from the ground."""
    ground = np.ones((9, 9), bool)
    ground[2:7, 2:7] = False
    colours = np.array(((0.5, 0, 0), (away, 0, 0)), np.float32)
    return np.argwhere(find_strays(labels, colours, np.zeros((1, 3), np.float32), ground)).tolist()


def test_a_speck_at_the_rim_is_grain_of_the_ground() -> None:
    """It is a shade off it, and nothing else has its colour."""
    assert strays(specks((2, 3))) == [[2, 3]]


@pytest.mark.parametrize("labels", [specks((4, 4)), specks((2, 3), (4, 4))])
def test_a_colour_that_lies_inside_is_the_subjects(labels: Labels) -> None:
    """An eye's white is as near to white ground."""
    assert strays(labels) == []


def test_a_frequent_colour_is_the_subjects() -> None:
    """A light rim has many cells."""
    assert strays(specks(*((2, 2 + one) for one in range(RARE + 1)))) == []


def test_a_colour_far_from_the_grounds_is_the_subjects() -> None:
    """The tip of a blade is one cell."""
    assert strays(specks((2, 3)), away=2 * NEAR) == []


def test_a_palette_has_no_colour_for_a_stray() -> None:
    """It takes the ground's, whose own grain is one colour."""
    cells = np.full((9, 9, 3), (238, 215, 170), np.float32)
    ground = np.ones((9, 9), bool)
    ground[2:7, 2:7] = False
    cells[2:7, 2:7] = (160, 30, 24)
    cells[2, 3] = (230, 205, 161)
    palette = find_palette(cells, ground)
    assert len(palette.colours) == 2
    assert palette.labels[2, 3] == palette.labels[0, 0]

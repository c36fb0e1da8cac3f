"""Rows have lines of their own where a face has cells of its own, and its outline stays whole."""

import numpy as np
import pytest

from mobart.art.pixelgrid.edges import Plane, find_edges
from mobart.art.pixelgrid.lattice import Counts, bend
from mobart.art.pixelgrid.seams import Seams

CELL, CELLS = 24, 24
"""Pixels of a cell, and cells along each side of the picture."""
TOP, EYES = 7, (10, 11)
"""First row of the face, and the rows of its eyes."""
SHADES = 60, 150, 90, 190, 120
"""Of the cells of an eye."""


def portrait(high: int, end: int, start: float, wide: float) -> tuple[Plane, Counts]:
    """Return a face of 7 x *high* cells amid hair that has shades above and below, and its lines across.

    Its cells are *wide*, the first begins at line *start*; the hair is on the lattice and ends at line *end*.
    """
    picture: Plane = np.full((CELLS * CELL, CELLS * CELL), 120, np.uint8)
    face = np.rint((start + np.arange(8) * wide) * CELL).astype(np.intp)
    lines = np.arange(CELLS + 1) * CELL
    for row in range(2, 21):
        for column in range(4, end):
            shade = 20 + 25 * ((7 * column + 5 * row) % 3)
            picture[lines[row] : lines[row + 1], lines[column] : lines[column + 1]] = shade
    picture[lines[TOP] : lines[TOP + high], lines[4] : lines[end]] = 20
    picture[lines[TOP] : lines[TOP + high], face[0] : face[-1]] = 225
    picture[lines[TOP] : lines[TOP + high], face[-2] : face[-1]] = 180
    for row in EYES:
        for cell in range(1, 6):
            shade = SHADES[(cell - 1 + row) % 5]
            picture[lines[row] : lines[row + 1], face[cell] : face[cell + 1]] = shade
    return picture, face


@pytest.mark.parametrize(
    ("high", "end", "start", "wide"),
    [
        (7, 18, 9.85, 0.92),
        (8, 18, 9.85, 0.92),
        (9, 18, 9.85, 0.92),
        (8, 19, 9.85, 0.94),
        (8, 20, 9.85, 0.94),
        (7, 19, 9.75, 0.93),
        (8, 20, 9.8, 0.95),
    ],
)
def test_a_face_has_the_additional_cell_of_its_eye(
    high: int, end: int, start: float, wide: float
) -> None:
    """The eye lost a pupil, or the face had a spur in a row: its other rows would not follow the eye's lines."""
    picture, face = portrait(high, end, start, wide)
    lines, edges = np.arange(CELLS + 1.0) * CELL, find_edges([picture] * 3)
    across = Seams(edges, bend(edges, lines, lines, joined=True)).splice().across
    for number, row in enumerate(across[TOP : TOP + high], TOP):
        seen = face[1:] if number in EYES else face[[0, -2, -1]]
        nearest = np.abs(row[:, None] - seen).argmin(0)
        assert np.abs(row[nearest] - seen).max() < 0.2 * CELL
        if number in EYES:
            assert set(np.diff(nearest)) == {1}

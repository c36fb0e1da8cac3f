"""Strong edges bear out a lattice only where they lie at its lines; specks of grain say nothing."""

import numpy as np
import pytest

from mobart.art.pixelgrid.edges import Plane
from mobart.art.pixelgrid.judge import Verdict
from mobart.art.pixelgrid.lattice import straight
from mobart.art.pixelgrid.pitch import Pitch
from mobart.art.pixelgrid.proof import has_lines
from mobart.art.pixelgrid.scene import Grid, Scene

CELL, SIDE = 12, 20


def screen(shades: int) -> Plane:
    """Paint squares of CELL pixels with hard borders, *shades* levels apart."""
    levels = np.random.default_rng(1).integers(0, 4, (SIDE, SIDE)) * shades + 20
    return levels.astype(np.uint8).repeat(CELL, 0).repeat(CELL, 1)


def blending(moved: float) -> Grid:
    """Return a lattice of cells that blend, its lines *moved* by so many cells."""
    lines = (np.arange(SIDE + 1, dtype=np.float64) + moved) * CELL
    none = Verdict(0.0, 0.0)
    return Grid(Pitch(CELL, CELL, 0.3, hard=0.1), straight(lines, lines), none, none)


@pytest.mark.parametrize(
    ("moved", "ragged", "borne_out"), [(0.0, False, True), (0.5, False, False), (0.5, True, True)]
)
def test_cells_that_blend_have_no_strong_edges_between_lines(
    moved: float, ragged: bool, borne_out: bool
) -> None:
    """A screen's bars and letters have; so have the rims of a checker that was painted over."""
    scene = Scene([screen(60)] * 3)
    assert has_lines(scene, blending(moved), ragged=ragged) is borne_out


def test_specks_of_grain_are_no_strong_edges() -> None:
    """A few strong steps anywhere do not speak against a lattice whose borders are faint."""
    plane = screen(20)
    plane[7 :: 5 * CELL, 5 :: 6 * CELL] = 255
    assert has_lines(Scene([plane] * 3), blending(0.0))

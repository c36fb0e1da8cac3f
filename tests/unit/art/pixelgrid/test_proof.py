"""Strong edges bear out a lattice only where they lie at its lines; specks of grain say nothing."""

import numpy as np
import pytest

from mobart.art.pixelgrid.edges import Edges, Plane
from mobart.art.pixelgrid.grid_check import is_followed
from mobart.art.pixelgrid.judge import Verdict
from mobart.art.pixelgrid.lattice import straight
from mobart.art.pixelgrid.pitch import Pitch
from mobart.art.pixelgrid.proof import has_lines, is_close, is_pieced
from mobart.art.pixelgrid.runs import score_runs
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
    pitch = Pitch(CELL, CELL, 0.3, hard=0.1)
    return Grid(pitch, straight(lines, lines), none, none, (lines, lines))


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


@pytest.mark.parametrize(("astray", "followed"), [(0.1, True), (1.0, False)])
def test_of_cells_of_four_pixels_one_place_in_four_is_beside_a_line(
    astray: float, followed: bool
) -> None:
    """A tenth of the edges halfway between lines are few there; edges anywhere follow no line."""
    rng = np.random.default_rng(3)
    lines = np.arange(0.0, 257.0, 4)
    steps = np.zeros((256, 256), np.uint8)
    for row in steps:
        row[3:-1:4] = 60
        for place in rng.choice(np.arange(3, 252, 4), round(63 * astray), replace=False):
            row[place] = 0
            row[place + (2 if astray < 1 else rng.integers(4))] = 60
    assert is_followed(Edges(steps, steps.T, 1), straight(lines, lines)) is followed


def test_wires_before_nothing_are_drawn() -> None:
    """Cells on both sides of a fence's wires are transparent: what lies between them is no halo."""
    y, x = np.indices((330, 330))
    wires = ((y + 2) % 33 < 4) | ((x + 2) % 33 < 4)
    planes = [(wires * level).astype(np.uint8) for level in (170, 175, 180, 255)]
    lines = np.arange(0.0, 331.0, 33)
    assert Scene(planes).is_drawn(straight(lines, lines))


@pytest.mark.parametrize(
    ("moved", "left", "pieced"), [(0.0, 0.48, True), (0.155, 0.48, False), (0.155, 0.38, True)]
)
def test_soft_cells_are_borne_out_by_pieces_that_agree_closely(
    moved: float, left: float, pieced: bool
) -> None:
    """Half of the contrast stays inside small cells with soft borders, whose edges lie at the lines even so."""
    planes = [screen(60)] * 3
    scene, runs = Scene(planes), (score_runs(planes, 1), score_runs(planes, 0))
    grid = blending(moved)
    pitch, verdict = Pitch(CELL, CELL, 0.38), Verdict(left, left)
    grid = Grid(pitch, grid.lattice, verdict, verdict, grid.lines)
    assert is_pieced(scene, grid, runs) is pieced


@pytest.mark.parametrize(
    ("moved", "evidence", "close"), [(0.0, 0.2, True), (0.155, 0.2, False), (0.0, 0.1, False)]
)
def test_where_runs_are_hidden_pieces_that_agree_closely_bear_out_the_spectrum(
    moved: float, evidence: float, close: bool
) -> None:
    """Specks of a ground that was badly cut away lie between the steps of a row, and no lattice is in them."""
    grid = blending(moved)
    verdict = Verdict(0.45, 0.45)
    grid = Grid(Pitch(CELL, CELL, evidence), grid.lattice, verdict, verdict, grid.lines)
    assert is_close(Scene([screen(60)] * 3), grid) is close

"""Lattices of half, double and thrice the cell are told from the cell itself by what they explain."""

import numpy as np
import pytest

from mobart.art.pixelgrid.edges import split_planes
from mobart.art.pixelgrid.grid import _settle
from mobart.art.pixelgrid.opinion import Opinion, weigh, weigh_multiples
from mobart.art.pixelgrid.pitch import Pitch
from mobart.art.pixelgrid.scene import Grid, Scene
from tests.support.fake_pixel_art import draw_creature, enlarge, grained

CELLS, CELL = 36, 18.2


def laid(times: float) -> tuple[Scene, Grid]:
    """Lay cells *times* as large as they are over a drawing of 36 x 36 soft-edged, grained cells."""
    side = round(CELLS * CELL)
    scene = Scene(split_planes(grained(enlarge(draw_creature(2, CELLS), side, side), 1, 1.0)))
    lines = np.linspace(0, side, round(CELLS / times) + 1)
    return scene, scene.lay_lines(Pitch(CELL * times, CELL * times, 1.0), lines, lines)


def opinion(times: float) -> Opinion:
    """Return what cells *times* as large as they are explain."""
    return weigh(*laid(times))


def test_the_cell_explains_nearly_all() -> None:
    """Little of each answer is missing."""
    own = opinion(1)
    assert min(own.painted, own.flat, own.sharp, own.whole) > 0.85


@pytest.mark.parametrize("times", [1 / 3, 1 / 2])
def test_split_cells_leave_lines_without_edges(times: float) -> None:
    """They are as flat and show as much as whole ones."""
    split = opinion(times)
    assert min(split.painted, split.flat) > 0.8
    assert split.whole < 0.2


@pytest.mark.parametrize("times", [2, 3])
def test_cells_that_are_too_large_lose_details_and_edges(times: int) -> None:
    """Every line has edges, but many edges have no line."""
    coarse, own = opinion(times), opinion(1)
    assert coarse.painted < own.painted
    assert coarse.sharp < 0.3


@pytest.mark.parametrize("times", [1 / 3, 1 / 2, 2, 3])
def test_the_cell_is_found_from_its_multiples_and_parts(times: float) -> None:
    """Of all that is asked about from there, it explains most."""
    scene, grid = laid(times)
    own = weigh(scene, grid).score
    asked = {found: one.score for found, one in weigh_multiples(scene, grid, own)}
    best = max(asked, key=lambda found: asked[found])
    assert best == pytest.approx(1 / times)
    assert asked[best] > own + 0.5


def test_the_cell_itself_has_no_better_multiple() -> None:
    """By far: that is how sure the size is."""
    scene, grid = laid(1)
    own = weigh(scene, grid).score
    assert max(one.score for _, one in weigh_multiples(scene, grid, own)) < own - 0.5


def test_a_multiple_that_was_proposed_as_well_is_no_rival_of_itself() -> None:
    """The cell is found from its half as sure as from itself."""
    scene, half = laid(1 / 2)
    _, own = laid(1)
    found, confidence = _settle(scene, half, [half, own])
    assert found.pitch.is_near(own.pitch, 0.02)
    assert confidence > 0.5

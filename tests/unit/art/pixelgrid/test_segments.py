"""Pieces of edge agree on the lattice they were drawn on, and on no other."""

import numpy as np
import pytest

from mobart.art.pixelgrid.areas import Values
from mobart.art.pixelgrid.edges import Plane, find_edges
from mobart.art.pixelgrid.lattice import straight
from mobart.art.pixelgrid.segments import Pieces, agree, find_pieces

CELL = 12


def mosaic(seed: int = 1) -> Plane:
    """Paint 20 x 20 cells of CELL pixels, each of one of four shades."""
    shades = np.random.default_rng(seed).integers(0, 4, (20, 20)) * 60 + 20
    return shades.astype(np.uint8).repeat(CELL, 0).repeat(CELL, 1)


def pieces(plane: Plane, step: int = 1) -> tuple[Pieces, Pieces]:
    """Return the pieces of edge of a grey picture, from every *step*-th row and column."""
    return find_pieces(find_edges([plane] * 3, step))


@pytest.mark.parametrize(("moved", "length"), [(0.0, 1.0), (0.5, -1.0), (0.25, 0.0)])
def test_the_length_tells_where_between_two_lines_edges_lie(moved: float, length: float) -> None:
    """At the lines it is 1, half a cell off -1, and a quarter off nothing."""
    lines: Values = (np.arange(21, dtype=np.float64) + moved) * CELL
    for axis in agree(pieces(mosaic()), straight(lines, lines)):
        assert axis.length == pytest.approx(length, abs=0.05)


def test_many_pieces_have_high_odds() -> None:
    """Chance does not put a hundred edges at the lines of a lattice."""
    lines = np.arange(21.0) * CELL
    assert min(axis.odds for axis in agree(pieces(mosaic()), straight(lines, lines))) > 50


def test_a_long_edge_counts_once() -> None:
    """However many rows it runs through."""
    plane = np.full((240, 240), 40, np.uint8)
    plane[:, 5 * CELL :] = 200
    lines = np.arange(21.0) * CELL
    across, down = agree(pieces(plane), straight(lines, lines))
    assert across.odds == pytest.approx(1.0, abs=0.05)
    assert (down.length, down.odds) == (0.0, 0.0)


def test_another_pitch_finds_no_agreement() -> None:
    """Edges every 12 pixels lie anywhere between lines that are 7.4 pixels apart."""
    lines = np.arange(33.0) * 7.4
    assert max(abs(axis.length) for axis in agree(pieces(mosaic()), straight(lines, lines))) < 0.2


def test_every_third_row_tells_the_same() -> None:
    """Of a large picture only some rows and columns are looked at."""
    lines = np.arange(21.0) * CELL
    sparse = agree(pieces(mosaic(), 3), straight(lines, lines))
    assert min(axis.length for axis in sparse) > 0.95

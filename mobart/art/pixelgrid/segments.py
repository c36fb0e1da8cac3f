"""Whether the separate pieces of edge in a picture lie at the lines of a lattice, more than chance allows.

A long edge is one thing that is seen, however many rows it runs through: a folder or a floppy disk
has some ten of them, and a lattice can always be found that meets them all.  So each straight piece
of edge counts once, by where it lies between two lines (its phase).  The phases of what has nothing
to do with the lattice go round; those of pixel art agree.  How long their mean direction is, and what
the chance of that is for so many pieces, is Rayleigh's test (Mardia and Jupp 2000, section 6.3.1).
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from mobart.art.pixelgrid.areas import Values
from mobart.art.pixelgrid.edges import Edges, Plane
from mobart.art.pixelgrid.lattice import Counts, Lattice

Pieces: TypeAlias = tuple[Counts, Counts, Counts]
"""Column, first row and row after the last of pieces of edge, in pixels."""

LEAST_EDGE = 12
"""Levels above the noise from which on an edge is looked at: shades of one object differ by more."""
LEAST_LENGTH = 0.5
"""Length in cells of a piece at least: curves and grain leave shorter ones."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the pieces of edge across an axis agree on the lattice.

    *length* is that of their mean direction: 1 if all lie at lines, 0 if anywhere, -1 between them.
    The chance of it is about exp(-*odds*) for pieces that know nothing of the lattice.
    """

    length: float
    odds: float


def agree(pieces: tuple[Pieces, Pieces], lattice: Lattice) -> tuple[Agreement, Agreement]:
    """Return how the upright and the level *pieces* of edge agree on *lattice*."""
    across, down = find_places(pieces, lattice)
    return _agree(across), _agree(down)


def find_pieces(edges: Edges) -> tuple[Pieces, Pieces]:
    """Return the upright and the level pieces of edge."""
    return _pieces(edges.across, edges.step), _pieces(edges.down.T, edges.step)


def find_places(pieces: tuple[Pieces, Pieces], lattice: Lattice) -> tuple[Values, Values]:
    """Return where *pieces* lie, counted in the lines of *lattice*; short ones are left out."""
    across = _places(pieces[0], lattice.across, lattice.down[:, 0])
    down = _places(pieces[1], lattice.down.T, lattice.across[0])
    return across, down


def _agree(places: Values) -> Agreement:
    if not places.size:
        return Agreement(0.0, 0.0)
    length = float(np.cos(2 * np.pi * places).mean())
    return Agreement(length, places.size * length * abs(length))


def _places(pieces: Pieces, lines: Values, borders: Values) -> Values:
    """Return where *pieces* lie on *lines* (rows x lines); *borders* are those of the rows."""
    place, first, last = (value.astype(np.float64) for value in pieces)
    long = last - first >= LEAST_LENGTH * float(np.diff(borders).mean())
    place, middle = place[long] + 1, (first[long] + last[long]) / 2
    row = np.clip(np.searchsorted(borders, middle) - 1, 0, len(lines) - 1)
    number = np.arange(lines.shape[1])
    found = np.empty(place.size)
    for one in np.unique(row):
        found[row == one] = np.interp(place[row == one], lines[one], number)
    return found


def _pieces(edges: Plane, step: int) -> Pieces:
    """Return column, first row and row after the last of every straight upright piece of edge.

    *edges* has every *step*-th row.  A piece may sway by a pixel to each side, as grain makes it.
    """
    crest = np.zeros(edges.shape, bool)
    middle = edges[:, 1:-1]
    crest[:, 1:-1] = (middle >= LEAST_EDGE) & (middle >= edges[:, :-2]) & (middle > edges[:, 2:])
    wide = np.zeros((edges.shape[0] + 2, edges.shape[1]), bool)
    wide[1:-1] = crest
    wide[1:-1, 1:] |= crest[:, :-1]
    wide[1:-1, :-1] |= crest[:, 1:]
    change = np.flatnonzero((wide[1:] != wide[:-1]).T)
    column, row = np.divmod(change, edges.shape[0] + 1)
    first, last = row[::2], row[1::2]
    column = column[::2]
    seen = np.concatenate(
        [np.zeros((1, edges.shape[1]), np.int32), crest.cumsum(0, dtype=np.int32)]
    )
    own = seen[last, column] - seen[first, column]
    straight = 2 * own > last - first
    return column[straight], first[straight] * step, last[straight] * step

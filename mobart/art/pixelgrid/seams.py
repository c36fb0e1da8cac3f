"""Lines that follow each row of cells: a face has cells of its own within a part that is bent as a whole.

`lattice.bend` moves lines for bands of several cells.  Eyes and mouths are two or three cells high, and
generators draw them on cells that are shifted, or narrower, so that one more of them fits in.  So here
each row of cells gets lines of its own: as many as all rows have, through most edge of this row and of
those next to it, each gap paying for what it differs from the usual one (`springs`).  Rows then choose
among several such lines together, so that an outline stays whole from row to row (`splice`).
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mobart.art.pixelgrid.areas import Values
from mobart.art.pixelgrid.edges import Edges, Plane
from mobart.art.pixelgrid.lattice import Counts, Lattice, sum_edges, weigh_places
from mobart.art.pixelgrid.lines import running_mean
from mobart.art.pixelgrid.splice import Offers, offer, splice
from mobart.art.pixelgrid.springs import EDGE, Prices, Springs, compare

NEIGHBOURHOOD = 7
"""Gaps whose mean is the usual one about each."""
FURTHEST = 0.75
"""Cells that a line may be from where it runs in most rows: half a cell of a part, and a bit of a face."""
SHIFTS = 9
"""Shifts tried on each side: steps of a twelfth of a cell, but of half a pixel at least."""
NEXT = np.array((0.6, 1.0, 0.6))
"""What the rows above and below say of a row's lines: an eye has two rows; by trial."""
HOLD, LET_GO = 8.0, 0.7
"""Price of a line that is a cell from where its band has it, squared, and the distance from which it
rises no more.  With a price of 1 single columns stray by a whole cell, more keeps cells split."""
LOOSE = 2.0
"""The same for lines that are offered besides: an eye with one more cell than there is room for."""
FACE, TELLING = 6, 2 * EDGE
"""How far away in rows and lines an eye tells how its face is divided, and what it gains at least by one more
cell.  Alone it would tear the face's outline, which then has another line; for less posts get spurs."""


class Seams:
    """Lines across of each row, and lines down of each column, of the cells of a lattice."""

    def __init__(self, edges: Edges, lattice: Lattice) -> None:
        """Measure *edges* along the rows and columns of *lattice*."""
        self._axes = (
            _Axis(edges.across, lattice.across, lattice.down.mean(1) / edges.step),
            _Axis(edges.down.T, lattice.down.T, lattice.across.mean(0) / edges.step),
        )

    def follow(self) -> Lattice:
        """Return the lattice whose rows and columns have lines of their own."""
        across, down = (axis.place(axis.own) for axis in self._axes)
        return Lattice(across, np.ascontiguousarray(down.T))

    def splice(self) -> Lattice:
        """Return the lattice whose rows, and columns, chose such lines together."""
        across, down = (axis.place(splice(axis.offers())) for axis in self._axes)
        return Lattice(across, np.ascontiguousarray(down.T))


class _Axis:
    """What each row of cells sees of *lines* (rows x lines) at each shift."""

    def __init__(self, edges: Plane, lines: Values, borders: Values) -> None:
        """Weigh *edges* at all shifts; *borders* are those of the rows in *edges*."""
        self._lines, self._pitch = lines, float(np.diff(lines).mean())
        step = max(0.5, FURTHEST * self._pitch / SHIFTS)
        most = int(FURTHEST * self._pitch / step)
        self._shifts: Values = np.arange(-most, most + 1, dtype=np.float64) * step
        self._usual = np.median(lines, axis=0)
        places = self._usual / self._pitch
        # Where many bands have a part that is askew, even the median of their lines has a cell that is split.
        gaps = running_mean(np.diff(places), NEIGHBOURHOOD)
        self._springs = Springs(places, gaps, self._shifts / self._pitch)
        strengths = compare(sum_edges(edges, borders, self._pitch))
        self._seen = self._weigh(strengths)
        self._shared = self._weigh(_with_next(strengths))
        self.own = self._best(lines, HOLD)

    def place(self, chosen: Counts) -> Values:
        """Return where lines are that have the *chosen* shifts."""
        return self._usual + self._shifts[chosen]

    def offers(self) -> Offers:
        """Return what each row may take: lines that its own band, or that beside holds, or hardly any, or an eye's.

        Each is worth what the row's own edges say, for rows then choose together.
        """
        loose = self._best(self._lines, LOOSE)
        held = (_beside(self._lines), self._told(loose))
        chosen = np.stack([self.own, loose, *(self._best(lines, HOLD) for lines in held)])
        return offer(self._springs, chosen, np.float32(NEXT.sum()) * self._seen, self._seen)

    def _told(self, loose: Counts) -> Values:
        """Return where each row's lines are in the row of its face that gains most thereabouts by *loose* lines.

        Where none gains TELLING they are the row's own.
        """
        mine, theirs = (self._springs.gains(lines, self._shared) for lines in (self.own, loose))
        gains = _windows(_windows(theirs - mine, 1, 0.0).sum(-1), 0, -np.inf)
        rows = np.arange(len(loose))[:, None] + gains.argmax(-1) - FACE
        there = np.take_along_axis(self.place(loose), rows, 0)
        return np.where(gains.max(-1) < TELLING, self.place(self.own), there)

    def _weigh(self, strengths: Values) -> Prices:
        return weigh_places(strengths, self._usual, self._shifts).astype(np.float32)

    def _best(self, lines: Values, held: float) -> Counts:
        """Return the shifts of lines that see most edge and pay *held* for what they are away from *lines*."""
        away = (self._usual[:, None] + self._shifts - lines[..., None]) / self._pitch
        paid = self._shared - (held * np.minimum(np.abs(away), LET_GO) ** 2).astype(np.float32)
        return _with_neighbours(self._springs.best(paid))


def _beside(lines: Values) -> Values:
    """Return for each row the *lines* of the band beside its own that is nearer; beyond the outermost its own."""
    first = np.flatnonzero(np.r_[True, (lines[1:] != lines[:-1]).any(1)])
    last, rows = np.r_[first[1:], len(lines)] - 1, np.arange(len(lines))
    band = np.searchsorted(first, rows, side="right") - 1
    beside = np.where(rows - first[band] <= last[band] - rows, band - 1, band + 1)
    return np.asarray(lines[first[np.clip(beside, 0, len(first) - 1)]])


def _windows(values: Values, axis: int, beyond: float) -> Values:
    """Return *values* with those up to FACE away along *axis*; *beyond* the ends there is that."""
    width = np.zeros((2, 2), np.intp)
    width[axis] = FACE
    padded = np.pad(values, width, constant_values=beyond)
    return np.asarray(sliding_window_view(padded, 2 * FACE + 1, axis), np.float64)


def _with_neighbours(shifts: Counts) -> Counts:
    """Return the median of each row's *shifts* and those of the rows above and below: no row strays alone."""
    padded = np.pad(shifts, ((1, 1), (0, 0)), mode="edge")
    return np.asarray(np.median([padded[:-2], shifts, padded[2:]], axis=0), np.intp)


def _with_next(strengths: Values) -> Values:
    half, count = NEXT.size // 2, strengths.shape[0]
    padded = np.pad(strengths, ((half, half), (0, 0)))
    return np.asarray(sum(w * padded[i : i + count] for i, w in enumerate(NEXT)), np.float64)

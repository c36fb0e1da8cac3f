"""Lines that follow each row of cells: a face has cells of its own within a part that is bent as a whole.

`lattice.bend` moves lines for bands of several cells.  Eyes and mouths are two or three cells high, and
generators draw them on cells that are shifted, or narrower, so that one more of them fits in.  So here
each row of cells gets lines of its own: as many as all rows have, through most edge of this row and of
those next to it, each gap paying for what it differs from the usual one (`springs`).  Rows then choose
among several such lines together, so that an outline stays whole from row to row (`splice`).
"""

import numpy as np

from mobart.art.pixelgrid.areas import Values
from mobart.art.pixelgrid.edges import Edges, Plane
from mobart.art.pixelgrid.lattice import Counts, Lattice, sum_edges, weigh_places
from mobart.art.pixelgrid.lines import running_mean
from mobart.art.pixelgrid.splice import Offers, offer, splice
from mobart.art.pixelgrid.springs import Prices, Springs, compare

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
        """Return what each row may take: lines that its own band, or that above or below holds, or hardly any."""
        above, below = _bands_beside(self._lines)
        held = ((above, HOLD), (below, HOLD), (self._lines, LOOSE))
        chosen = np.stack([self.own, *(self._best(lines, price) for lines, price in held)])
        return offer(self._springs, chosen, self._shared, self._seen)

    def _weigh(self, strengths: Values) -> Prices:
        return weigh_places(strengths, self._usual, self._shifts).astype(np.float32)

    def _best(self, lines: Values, held: float) -> Counts:
        """Return the shifts of lines that see most edge and pay *held* for what they are away from *lines*."""
        away = (self._usual[:, None] + self._shifts - lines[..., None]) / self._pitch
        paid = self._shared - (held * np.minimum(np.abs(away), LET_GO) ** 2).astype(np.float32)
        return _with_neighbours(self._springs.best(paid))


def _bands_beside(lines: Values) -> tuple[Values, Values]:
    """Return the *lines* of the band above and below each row's; of the outermost their own."""
    first = np.flatnonzero(np.r_[True, (lines[1:] != lines[:-1]).any(1)])
    band = np.searchsorted(first, np.arange(len(lines)), side="right") - 1
    above, below = np.maximum(band - 1, 0), np.minimum(band + 1, len(first) - 1)
    return lines[first[above]], lines[first[below]]


def _with_neighbours(shifts: Counts) -> Counts:
    """Return the median of each row's *shifts* and those of the rows above and below: no row strays alone."""
    padded = np.pad(shifts, ((1, 1), (0, 0)), mode="edge")
    return np.asarray(np.median([padded[:-2], shifts, padded[2:]], axis=0), np.intp)


def _with_next(strengths: Values) -> Values:
    half, count = NEXT.size // 2, strengths.shape[0]
    padded = np.pad(strengths, ((half, half), (0, 0)))
    return np.asarray(sum(w * padded[i : i + count] for i, w in enumerate(NEXT)), np.float64)

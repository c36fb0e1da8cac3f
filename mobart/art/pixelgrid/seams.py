"""Lines that follow each row of cells: a face has cells of its own within a part that is bent as a whole.

`lattice.bend` moves lines for bands of several cells.  Eyes and mouths are two or three cells high, and
generators draw them on cells that are shifted, or narrower, so that one more of them fits in.  So here
each row of cells gets lines of its own: as many as all rows have, through most edge of this row and of
those next to it, each gap paying for what it differs from the usual one.  Beyond a certain difference a
gap costs no more, for parts end suddenly.  The best of all such lines are found one after the other,
from the left to the right, for all rows at once (dynamic programming, as in `lines`).  Rows then choose
among several such lines together, so that an outline stays whole from row to row (`splice`).
"""

import numpy as np
import numpy.typing as npt

from mobart.art.pixelgrid.areas import Values
from mobart.art.pixelgrid.edges import Edges, Plane
from mobart.art.pixelgrid.lattice import Counts, Lattice, sum_edges, weigh_places
from mobart.art.pixelgrid.splice import Offers, splice

Prices = npt.NDArray[np.float32]

FURTHEST = 0.75
"""Cells that a line may be from where it runs in most rows: half a cell of a part, and a bit of a face."""
SHIFTS = 9
"""Shifts tried on each side: steps of a twelfth of a cell, but of half a pixel at least."""
NEXT = np.array((0.6, 1.0, 0.6))
"""What the rows above and below say of a row's lines: an eye has two rows; by trial."""
SPRING, SNAP = 12.0, 0.6
"""Price of a gap that differs by a cell, squared, in usual edge strengths, twice that of `lines.LOOSE`
for three rows that speak; and the difference in cells above which it rises no more."""
HOLD, LET_GO = 8.0, 0.7
"""Price of a line that is a cell from where its band has it, squared, and the distance from which it
rises no more.  With a price of 1 single columns stray by a whole cell, more keeps cells split."""
LOOSE = 2.0
"""The same for lines that are offered besides: an eye with one more cell than there is room for."""
EDGE, STRONGEST = 3.0, 1.3
"""What the usual edge is worth, and how much more the strongest: two rims of a halo are then no match
for the edge between them."""
NARROWEST, WIDEST = 0.6, 1.7
"""Widths of a cell, in usual ones."""


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
        strengths = _compare(sum_edges(edges, borders, self._pitch))
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
        places = self.place(chosen) / self._pitch
        shifts = self._shifts[chosen] / self._pitch
        paid = self._take(self._shared, chosen).sum(2) - _price(np.diff(shifts)).sum(2)
        return Offers(chosen, places, self._take(self._seen, chosen), paid)

    def _weigh(self, strengths: Values) -> Prices:
        return weigh_places(strengths, self._usual, self._shifts).astype(np.float32)

    def _take(self, volume: Prices, chosen: Counts) -> Prices:
        return np.stack([np.take_along_axis(volume, c[..., None], 2)[..., 0] for c in chosen])

    def _best(self, lines: Values, price: float) -> Counts:
        """Return the shifts of lines that see most edge and pay *price* for what they are away from *lines*."""
        away = (self._usual[:, None] + self._shifts - lines[..., None]) / self._pitch
        paid = self._shared - (price * np.minimum(np.abs(away), LET_GO) ** 2).astype(np.float32)
        gaps, shifts = np.diff(self._usual) / self._pitch, self._shifts / self._pitch
        return _with_neighbours(_best(paid, gaps, shifts))


def _bands_beside(lines: Values) -> tuple[Values, Values]:
    """Return the *lines* of the band above and below each row's; of the outermost their own."""
    first = np.flatnonzero(np.r_[True, (lines[1:] != lines[:-1]).any(1)])
    band = np.searchsorted(first, np.arange(len(lines)), side="right") - 1
    above, below = np.maximum(band - 1, 0), np.minimum(band + 1, len(first) - 1)
    return lines[first[above]], lines[first[below]]


def _price(apart: Values) -> Values:
    """Return the price of gaps that differ by so many cells from the usual ones."""
    return np.asarray(SPRING * np.minimum(np.abs(apart), SNAP) ** 2, np.float64)


def _with_neighbours(shifts: Counts) -> Counts:
    """Return the median of each row's *shifts* and those of the rows above and below: no row strays alone."""
    padded = np.pad(shifts, ((1, 1), (0, 0)), mode="edge")
    return np.asarray(np.median([padded[:-2], shifts, padded[2:]], axis=0), np.intp)


def _compare(strengths: Values) -> Values:
    """Return *strengths* by that of the usual edge, as amplitudes of at most STRONGEST.

    The usual edge is what places see that have an edge, by its strength (the contraharmonic mean).
    """
    usual = (strengths**2).sum() / (strengths.sum() + 1e-9) + 1e-9
    return np.asarray(EDGE * np.minimum(np.sqrt(strengths / usual), STRONGEST), np.float64)


def _with_next(strengths: Values) -> Values:
    half, count = NEXT.size // 2, strengths.shape[0]
    padded = np.pad(strengths, ((half, half), (0, 0)))
    return np.asarray(sum(w * padded[i : i + count] for i, w in enumerate(NEXT)), np.float64)


def _best(paid: Prices, gaps: Values, shifts: Values) -> Counts:
    """Return the number of the shift of each line: rows x lines.

    *paid* (rows x lines x shifts) is what each place brings, *gaps* between usual lines and *shifts*
    are in cells.
    """
    apart = shifts[:, None] - shifts  # of a line (first axis) less that of the line before it
    price = _price(apart)
    total, came = paid[:, 0], []
    for line, gap in enumerate(gaps, 1):
        barred = (gap + apart < NARROWEST) | (gap + apart > WIDEST)
        offer = total[:, None] - np.where(barred, np.inf, price).astype(np.float32)
        before = offer.argmax(2)
        came.append(before.astype(np.int8))
        total = np.take_along_axis(offer, before[..., None], 2)[..., 0] + paid[:, line]
    best = [total.argmax(1)]
    for before in reversed(came):
        best.append(before[np.arange(len(before)), best[-1]].astype(np.intp))
    return np.stack(best[::-1], 1)

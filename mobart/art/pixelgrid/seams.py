"""Lines that follow each row of cells: a face has cells of its own within a part that is bent as a whole.

`lattice.bend` moves lines for bands of several cells.  Eyes and mouths are two or three cells high, and
generators draw them on cells that are shifted, or narrower, so that one more of them fits in.  So here
each row of cells gets lines of its own: as many as all rows have, through most edge of this row and of
those next to it, each gap paying for what it differs from the usual one.  Beyond a certain difference a
gap costs no more, for parts end suddenly.  The best of all such lines are found one after the other,
from the left to the right, for all rows at once (dynamic programming, as in `lines`).
"""

import numpy as np
import numpy.typing as npt

from mobart.art.pixelgrid.areas import Values
from mobart.art.pixelgrid.edges import Edges, Plane
from mobart.art.pixelgrid.lattice import Counts, Lattice, sum_edges, weigh_places

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
EDGE, STRONGEST = 3.0, 1.3
"""What the usual edge is worth, and how much more the strongest: two rims of a halo are then no match
for the edge between them."""
NARROWEST, WIDEST = 0.6, 1.7
"""Widths of a cell, in usual ones."""


def follow(edges: Edges, lattice: Lattice) -> Lattice:
    """Return *lattice* with lines across of each row, and lines down of each column, of cells."""
    across = _follow(edges.across, lattice.across, lattice.down.mean(1) / edges.step)
    down = _follow(edges.down.T, lattice.down.T, lattice.across.mean(0) / edges.step)
    return Lattice(across, np.ascontiguousarray(down.T))


def _follow(edges: Plane, lines: Values, borders: Values) -> Values:
    """Return *lines* (rows x lines) as each row has them; *borders* are those of the rows in *edges*."""
    pitch = float(np.diff(lines).mean())
    step = max(0.5, FURTHEST * pitch / SHIFTS)
    most = int(FURTHEST * pitch / step)
    shifts: Values = np.arange(-most, most + 1, dtype=np.float64) * step
    usual = np.median(lines, axis=0)
    strengths = _with_next(_compare(sum_edges(edges, borders, pitch)))
    away = (usual[:, None] + shifts - lines[..., None]) / pitch
    paid = weigh_places(strengths, usual, shifts) - HOLD * np.minimum(np.abs(away), LET_GO) ** 2
    best = _best(paid.astype(np.float32), np.diff(usual) / pitch, shifts / pitch)
    return usual + _with_neighbours(shifts[best])


def _with_neighbours(shifts: Values) -> Values:
    """Return the median of each row's *shifts* and those of the rows above and below: no row strays alone."""
    padded = np.pad(shifts, ((1, 1), (0, 0)), mode="edge")
    return np.asarray(np.median([padded[:-2], shifts, padded[2:]], axis=0), np.float64)


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
    price = SPRING * np.minimum(np.abs(apart), SNAP) ** 2
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

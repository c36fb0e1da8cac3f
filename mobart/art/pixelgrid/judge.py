"""How well a lattice explains a picture: flat inside its cells, and steps at its borders.

For every cell the variance of lightness inside it is compared with that of the same box moved by
half a cell, onto a border.  On the right lattice the first is only grain and the second holds
the step between two colours; in a painting both are alike.  The quotient is taken for each block
of a few cells by itself and the median block counts, so that an odd part does not veto the whole.
A lattice that is twice as fine explains the picture as well, one that is coarser does not: among
those that explain it the coarsest is the artist's.
"""

from dataclasses import dataclass

import numpy as np

from mobart.art.pixelgrid.areas import Areas, Boxes, Values
from mobart.art.pixelgrid.lattice import Lattice, Rows
from mobart.art.pixelgrid.spectrum import Grey

INNER = 0.34
"""Half of a cell's width that is looked at, in cells: soft borders are left out."""
BLOCK = 6
"""Cells to a block's side: some have an edge in it, few blocks have two odd parts."""
CENTRE, SEAM = 0.24, 0.1
"""Half widths in cells of what counts as a cell's colour and as the line between two."""
THIN = 1.5
"""The latter in pixels at most: mortar is thin, however large the bricks."""
MORTAR = 0.2
"""Variance of lines beyond the cells at both sides, by that between the cells: pixel art stays
below 0.06, rows of windows have 0.33, brick walls 2.4 to 14."""
RESTLESS = 0.35
"""Median squared step between neighbours by the mean one; 0.01 in art, 1 on a chessboard."""
MOST_CELLS = 12_000
"""Cells looked at; of finer lattices the rows of blocks that show least are left out."""
BLACK = 1.0
"""Mean lightness in levels below which a cell may be transparent."""
QUIET = 25
"""Percentile of the cells' variances that is taken for grain."""
LEAST_SHARE = 0.1
"""Share of the usual block's contrast below which a block shows nothing."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a lattice leaves unexplained.

    *typical* is the share of contrast that stays inside the cells of the median block, *overall*
    that of all blocks together: 0 for perfect cells, about 1 for paintings.
    """

    typical: float
    overall: float


class Lightness:
    """A picture's lightness, prepared for judging many lattices."""

    def __init__(self, grey: Grey) -> None:
        """Sum up *grey* (height x width) and its squares, last what is kept: the steps are as large."""
        steps = np.diff(grey, axis=1)
        self._changes = np.cumsum(np.abs(steps, out=steps).sum(1, dtype=np.float64))
        del steps
        self._first, self._second = Areas(grey), Areas(grey, squared=True)

    def rows(self, lattice: Lattice) -> Rows:
        """Return the rows of cells to look at: all, or the rows of blocks that show most."""
        rows, columns = lattice.shape
        blocks = rows // BLOCK
        kept = max(1, MOST_CELLS // (BLOCK * columns))
        if blocks <= kept:
            return np.arange(rows)
        border = lattice.down[: blocks * BLOCK + 1 : BLOCK, 0].clip(0, self._changes.size - 1)
        shown = np.diff(self._changes[border.astype(np.intp)])
        first = np.sort(np.argsort(-shown, kind="stable")[:kept]) * BLOCK
        return np.asarray(first[:, None] + np.arange(BLOCK)).ravel()

    def mean(self, boxes: Boxes) -> Values:
        """Return the mean lightness within each of *boxes*, in levels."""
        return self._first.mean(boxes)

    def variance(self, boxes: Boxes) -> Values:
        """Return the variance within each of *boxes*, in levels squared."""
        return np.maximum(self._second.mean(boxes) - self._first.mean(boxes) ** 2, 0)


def judge(lightness: Lightness, lattice: Lattice) -> Verdict:
    """Return how much contrast *lattice* leaves inside its cells."""
    rows = lightness.rows(lattice)
    inside, on_side, on_top = (
        lightness.variance(lattice.inner(INNER, right, low, rows))
        for right, low in ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5))
    )
    grain = float(np.percentile(inside, QUIET))
    left = _blocks(np.maximum(inside - grain, 0))
    contrast = _blocks(np.maximum((on_side + on_top) / 2 - grain, 0))
    # The usual block is one that contrast lies in (the contraharmonic mean): where a small sprite lies on a
    # large ground, the mean block is ground, and its grain would be looked at.
    shows = contrast > LEAST_SHARE * (contrast**2).sum() / max(contrast.sum(), 1e-9)
    if not shows.any():
        return Verdict(1.0, 1.0)
    overall = float(left.sum() / max(contrast.sum(), 1e-9))
    return Verdict(_median(left[shows] / contrast[shows], np.sqrt(contrast[shows])), overall)


def paint(lightness: Lightness, lattice: Lattice) -> float:
    """Return which share of the picture's contrast is left if each cell is painted in its one colour."""
    rows = lightness.rows(lattice)
    whole = lattice.inner(0.5, rows=rows)
    area = (whole.bottom - whole.top) * (whole.right - whole.left)
    colour, mean = lightness.mean(lattice.inner(CENTRE, rows=rows)), lightness.mean(whole)
    error = lightness.variance(whole) + (mean - colour) ** 2
    contrast = lightness.variance(whole) + (mean - np.average(mean, weights=area)) ** 2
    return max(0.0, 1 - float((error * area).sum() / max((contrast * area).sum(), 1e-9)))


def is_drawn(lightness: Lightness, lattice: Lattice, *, has_alpha: bool = False) -> bool:
    """Tell bricks, tiles and fences from cells: their lines have a colour of their own.

    Between two cells lies one's colour, the other's or a blend; mortar is darker or lighter than
    both.  In a chessboard all neighbours differ, while in art most are equal.  If the picture
    *has_alpha*, what is black may be transparent, and what lies between it and a cell the halo of
    a ground that was cut away.
    """
    one, line, other = _look_across(lightness, lattice)
    beyond = np.maximum(np.minimum(one, other) - line, line - np.maximum(one, other)).clip(0)
    if has_alpha:
        beyond[(one < BLACK) != (other < BLACK)] = 0
    usual = float(((one - other) ** 2).mean()) + 1e-9
    return bool((beyond**2).mean() > MORTAR * usual) or is_chequered(lightness, lattice)


def is_chequered(lightness: Lightness, lattice: Lattice) -> bool:
    """Tell whether nearly all neighbours differ, as the squares of a chessboard do."""
    one, _, other = _look_across(lightness, lattice)
    step = (one - other) ** 2
    return bool(np.median(step) > RESTLESS * (float(step.mean()) + 1e-9))


def _look_across(lightness: Lightness, lattice: Lattice) -> tuple[Values, Values, Values]:
    """Return the lightness of cells, of the lines between them and their neighbours, and of these."""
    rows = lightness.rows(lattice)
    rows = rows[rows < lattice.shape[0] - 1]
    cell, next_row = (lightness.mean(lattice.inner(CENTRE, rows=r)) for r in (rows, rows + 1))
    side = lightness.mean(lattice.inner(SEAM, right=0.5, rows=rows, most=THIN))
    below = lightness.mean(lattice.inner(SEAM, low=0.5, rows=rows, most=THIN))
    pairs = (cell[:, :-1], side[:, :-1], cell[:, 1:]), (cell, below, next_row)
    one, line, other = (np.concatenate([pair[i].ravel() for pair in pairs]) for i in range(3))
    return one, line, other


def _blocks(values: Values) -> Values:
    """Sum *values* of cells over blocks."""
    rows, columns = values.shape
    down, across = np.arange(0, rows, BLOCK), np.arange(0, columns, BLOCK)
    return np.add.reduceat(np.add.reduceat(values, down, 0), across, 1)


def _median(values: Values, weights: Values) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])

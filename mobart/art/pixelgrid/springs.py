"""Lines that move to where a row has its edges, as if springs held them apart.

Each line of a row may be moved by a few shifts.  Edges beneath a line pay for it, each gap costs what it
differs from the usual one: so a part that is off by half a cell moves as a whole, where lines that moved one by
one went half of them to the left and half to the right.  Beyond a certain difference a gap costs no more, for
parts end suddenly.  The best of all such lines are found one after the other, from the left to the right, for
all rows at once (dynamic programming, as in `lines`).
"""

import numpy as np
import numpy.typing as npt

from mobart.art.pixelgrid.areas import Values

Counts = npt.NDArray[np.intp]
Prices = npt.NDArray[np.float32]

SPRING, SNAP = 18.0, 0.6
"""Price of a gap that differs by a cell, squared, in the measure of EDGE; and the difference in cells above
which it rises no more.  With 12 cells are split to gain a faint edge, with 30 small parts are not followed."""
EDGE, STRONGEST = 3.0, 1.3
"""What the usual edge is worth, and how much more the strongest: two rims of a halo are then no match
for the edge between them."""
NARROWEST, WIDEST = 0.6, 1.7
"""Widths of a cell, in usual ones."""


class Springs:
    """Lines that may take shifts, and what their gaps cost."""

    def __init__(self, lines: Values, gaps: Values, shifts: Values) -> None:
        """Hold *lines* apart by *gaps*, wherever *shifts* move them; all in cells."""
        self._lines, self._gaps, self._shifts = lines, gaps, shifts
        self.reach: Values = lines[:, None] + shifts
        own = np.diff(lines)[:, None, None]
        wide = own + shifts - shifts[:, None]
        barred = (wide < np.minimum(NARROWEST, own)) | (wide > np.maximum(WIDEST, own))
        price = np.where(barred, np.inf, strain(wide - gaps[:, None, None]))
        # gaps x shifts of the line before x of the line after
        self._price = price.astype(np.float32)

    def best(self, paid: Prices) -> Counts:
        """Return the number of the shift of each line that bring most: rows x lines.

        *paid* (rows x lines x shifts) is what each place brings.
        """
        # Rows last: all are added up at once.
        brings = np.ascontiguousarray(paid.transpose(1, 2, 0))
        totals = [brings[0]]
        for price, here in zip(self._price, brings[1:], strict=True):
            totals.append((totals[-1][:, None] - price[..., None]).max(0) + here)
        best = [totals.pop().argmax(0)]
        for total, price in zip(reversed(totals), reversed(self._price), strict=True):
            best.append((total - price[:, best[-1]]).argmax(0))
        return np.stack(best[::-1], 1)

    def places(self, chosen: Counts) -> Values:
        """Return where lines are that take the *chosen* shifts."""
        return np.asarray(self._lines + self._shifts[chosen])

    def worth(self, chosen: Counts, paid: Prices) -> Values:
        """Return what the *chosen* shifts bring to each row, and their gaps cost."""
        return np.asarray(self.gains(chosen, paid).sum(1))

    def gains(self, chosen: Counts, paid: Prices) -> Values:
        """Return what each line brings to each row, without what the gap after it costs."""
        strained = strain(np.diff(self.places(chosen)) - self._gaps)
        return np.asarray(take(paid, chosen) - np.pad(strained, ((0, 0), (0, 1))), np.float64)


def strain(apart: Values) -> Values:
    """Return what gaps cost that differ by so many cells from the usual ones."""
    return np.asarray(SPRING * np.minimum(np.abs(apart), SNAP) ** 2, np.float64)


def compare(strengths: Values) -> Values:
    """Return *strengths* by that of the usual edge, as amplitudes of at most STRONGEST.

    The usual edge is what places see that have an edge, by its strength (the contraharmonic mean).
    """
    usual = (strengths**2).sum() / (strengths.sum() + 1e-9) + 1e-9
    return np.asarray(EDGE * np.minimum(np.sqrt(strengths / usual), STRONGEST), np.float64)


def take(volume: Prices, chosen: Counts) -> Prices:
    """Return what *volume* (rows x lines x shifts) has at the *chosen* shifts."""
    return np.asarray(np.take_along_axis(volume, chosen[..., None], 2)[..., 0])

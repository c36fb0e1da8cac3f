"""Cells whose colour is but the soft border between two neighbours.

Where a line of the lattice lies beside the border that it stands for, or cells are narrow because lines keep to
parts of the drawing, the soft pixels between two colours may fill most of a cell.  Nobody painted their colour:
the cell shows both neighbours', one at each end, and takes that which covers more of it.
"""

import numpy as np
import numpy.typing as npt

from mobart.art.pixelgrid.areas import Places
from mobart.art.pixelgrid.heaps import Slices

Colours = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Cells = tuple[Places, Places]

STEP = 90.0
"""Distance in levels (root of the sum over channels) of the neighbours, at least: shades between nearer ones are
as likely painted."""
PURE = 0.12
"""Share of the way from one to the other within which a cell has the one's colour."""
ASIDE = 0.3
"""Share of that way by which any part of the cell may be off it: a drawn line between them is further off."""
SPAN = 0.4
"""Share of it that a cell covers from end to end, at least: what was painted is flat."""
MIDDLE, THIN = 0.2, 0.45
"""Share of it from either end between which is the soft border, and how thick that is at most, in usual cells:
a glow that fades over the whole cell was painted."""


def clear_blends(found: Colours, at: Cells, seen: Slices, sizes: tuple[Colours, Colours]) -> None:
    """Give cells *at*, of which *seen* shows more, their neighbours' colours in *found* if they are blends.

    *sizes* are their heights and widths, in usual cells.
    """
    before, done = found.copy(), np.zeros(at[0].size, bool)
    ways = ((0, 1), seen.columns, sizes[1]), ((1, 0), seen.rows, sizes[0])
    for (down, right), slices, size in ways:
        inside = (at[0] >= down) & (at[0] < found.shape[0] - down)
        inside &= (at[1] >= right) & (at[1] < found.shape[1] - right) & ~done
        some = np.flatnonzero(inside)
        rows, columns = at[0][some], at[1][some]
        one, other = before[rows - down, columns - right], before[rows + down, columns + right]
        across = np.concatenate(
            [before[rows, columns][:, None], slices[some], seen.mean[some][:, None]], 1
        )
        along, aside = _place(across, one, other)
        blend = _is_blend(along, seen.share[some], size[some]) & (aside < ASIDE).all(1)
        blend &= ((other - one) ** 2).sum(1) > STEP**2
        nearer = np.where(along[:, -1:] < 0.5, one, other)  # noqa: PLR2004 - half
        found[rows[blend], columns[blend]] = nearer[blend]
        done[some[blend]] = True


def _place(colours: Colours, one: Colours, other: Colours) -> tuple[Colours, Colours]:
    """Return where *colours* lie on the way from *one* to the *other*, and how far off it, as shares of it."""
    way, off = (other - one)[:, None], colours - one[:, None]
    length = np.maximum((way**2).sum(-1), 1)
    along = (off * way).sum(-1) / length
    aside = ((off - along[..., None] * way) ** 2).sum(-1) / length
    return along, np.sqrt(aside)


def _is_blend(along: Colours, share: Colours, size: Colours) -> Mask:
    """Tell where a cell's own colour, slices across it, and its mean lie *along* the way, if it is a blend."""
    own, slices = along[:, 0], along[:, 1:-1]
    soft = ((slices > MIDDLE) & (slices < 1 - MIDDLE)).mean(1)
    thin = np.maximum(soft, share) * size < THIN
    spans = slices[:, -1] - slices[:, 0] > SPAN
    return np.asarray((own > PURE) & (own < 1 - PURE) & thin & spans)

"""Small things that no cell would show: a gleam, a mouth, a dot that fill less than half of their cell.

Each cell shows the colour that rules it.  What is smaller than a cell is so lost where it lies by itself,
and a face without a mouth is not what was drawn.  So a cell on a ground of its own colour takes its second
colour, if that is far from all that is shown around it and no mixture of the cell with a neighbour.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobart.art.pixelgrid.areas import Places

Colours = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Cells = tuple[Places, Places]
"""Rows and columns of some cells."""

LEAST, LEAST_CUT = 0.22, 0.24
"""Share of a cell that a small thing fills at least: a bar as high as a quarter of it, of which a row of places
is 0.23; and what lies at the picture's edge, where the ground may show under an outline."""
GROUND, LIKE = 3, 40.0
"""Neighbours that show the cell's own colour, at least: on less, the cell itself is the small thing; and the
distance in levels (root of the sum over channels) up to which a colour is the same, grain and codec included."""
FAR = 70.0
"""Distance in levels from what neighbours show: shades of one thing are nearer."""
BETWEEN = 55.0
"""Distance in levels from the straight way between two colours up to which a third may be their mixture:
soft borders bend it by up to 50."""
PAST = 1.5
"""How far on the way to a neighbour's colour its mixture may lie: sharpening leaves rims beyond it."""
RIM = 128
"""Alpha of a neighbour below which a cell lies at the silhouette, where light rims are no things."""
AROUND = tuple((down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right)


@dataclass(frozen=True, slots=True)
class Rivals:
    """The *first* and *second* colour of each cell (rows x columns), and the *share* that has the second.

    *sides* tell (3 x 3 for each cell) in which directions the second reaches the border.
    """

    first: Colours
    second: Colours
    share: Colours
    sides: Mask

    @classmethod
    def none(cls, first: Colours) -> "Rivals":
        """Return cells of one colour each."""
        shape = first.shape[:2]
        return cls(
            first, first.copy(), np.zeros(shape, np.float32), np.zeros((*shape, 3, 3), np.bool_)
        )


def find_details(rivals: Rivals) -> Cells:
    """Return the cells whose second colour is a small thing that would be lost."""
    rows, columns = np.nonzero(rivals.share >= LEAST)
    at, share = (rows, columns), rivals.share[rows, columns]
    ground, alone = np.zeros(rows.size, np.intp), np.ones(rows.size, bool)
    for down, right in AROUND:
        beside = (
            np.clip(rows + down, 0, rivals.share.shape[0] - 1),
            np.clip(columns + right, 0, rivals.share.shape[1] - 1),
        )
        touches = rivals.sides[rows, columns, 1 + down, 1 + right]
        outside = (beside[0] != rows + down) | (beside[1] != columns + right)
        ground += _away(rivals.first[beside], rivals.first[at]) < LIKE
        alone &= _is_alone(rivals, at, beside, touches) & ~(touches & outside & (share < LEAST_CUT))
    lost = alone & (ground >= GROUND)
    return rows[lost], columns[lost]


def _is_alone(rivals: Rivals, at: Cells, beside: Cells, touches: Mask) -> Mask:
    """Tell of cells whether the second colour is nothing of those *beside* them, nor mixed with them.

    What *touches* no border towards a neighbour is nothing of it, whatever its colour: a tooth below a lip.
    """
    first, second, shown = rivals.first[at], rivals.second[at], rivals.first[beside]
    way = shown - first
    share = ((second - first) * way).sum(1) / np.maximum((way**2).sum(1), 1)
    mixture = first + share.clip(0, PAST)[:, None] * way
    alone = ~touches | ((_away(shown, second) > FAR) & (_away(mixture, second) > BETWEEN))
    if shown.shape[1] > 3:  # noqa: PLR2004 - the fourth channel is alpha
        alone &= shown[:, 3] >= RIM
    # of two cells that hold parts of one thing, the one with the greater part takes it
    part = _away(rivals.second[beside], second) < LIKE
    return np.asarray(alone & ~(part & (rivals.share[beside] > rivals.share[at])))


def _away(one: Colours, other: Colours) -> Colours:
    return np.asarray(np.sqrt(((one - other) ** 2).sum(1)), np.float32)

"""Cells at the rim of what stands on a screen's green or magenta, which have taken on a share of it.

Generators soften the silhouette towards such a ground.  Nobody paints with its colour, so that how much of it
a cell has is known from the cell alone: what is half the ground's is ground, of the rest the share is taken away.
"""

import numpy as np
import numpy.typing as npt

from mobart.art.colours.screen import greenness, is_key
from mobart.art.regions import grow

Colours = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

LEAST, HALF, PURE = 0.1, 0.5, 0.85
"""Share of the ground in a cell below which it has taken on none, from which it is ground, and shows nothing else."""
GREEN = 0.01
"""Share of the cells away from the ground that have its hue, above which the subject is painted in it."""


def clear_rims(cells: Colours, ground: Mask) -> tuple[Colours, Mask]:
    """Return *cells* (rows x columns x 3) and their *ground*, no cell beside it half its colour."""
    if not ground.any():
        return cells, ground
    screen = np.median(cells[ground], 0)
    if not is_key(screen):
        return cells, ground
    share = greenness(cells) / greenness(screen)
    ground = ground | (share > PURE)
    inside = ~grow(ground, 2)
    if (inside & (share > LEAST)).sum() > GREEN * inside.sum():
        return cells, ground
    mixed = grow(ground, 1) & ~ground & (share > LEAST)
    ours = mixed & (share < HALF)
    cleared = cells.copy()
    part = share[ours, None]
    cleared[ours] = ((cells[ours] - part * screen) / (1 - part)).clip(0, 255)
    gone = mixed & ~ours
    cleared[gone] = screen
    return cleared, ground | gone

"""Cells beside the ground that are grain of it, a little too far off to have been taken for ground.

Generators paint a plain ground in cells that differ by a shade.  Where they lie open, the ground takes on
all but the furthest; of those beside the subject some are left over, each a speck of its own colour.
"""

import numpy as np
import numpy.typing as npt

from mobart.art.colours.oklab import Lab

Labels = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

RARE = 3
"""Cells up to which a colour may be a stray, absorbed from further away: shades that are meant come more often."""
NEAR = 0.046
"""OKLab distance, hue counting as in `palette`, from the ground's colours up to which it is one: as far as
strays are absorbed among the subject's own colours at most."""


def find_strays(labels: Labels, colours: Lab, own: Lab, ground: Mask) -> Mask:
    """Return which cells off the *ground* are grain of it: all that have their colour are few, and beside it.

    *labels* tell which of *colours* cells have, *own* are the ground's.
    """
    padded = np.pad(ground, 1)
    beside = padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
    cells, at_rim = (
        np.bincount(labels[where], minlength=len(colours)) for where in (~ground, ~ground & beside)
    )
    away = ((colours[:, None] - own) ** 2).sum(-1).min(1)
    stray = (cells <= RARE) & (cells == at_rim) & (away < NEAR**2)
    return np.asarray(stray[labels] & ~ground)

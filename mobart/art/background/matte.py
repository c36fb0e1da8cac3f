"""Soft alpha where a painting's subject meets its ground, and the subject's own colour there."""

import numpy as np

from mobart.art.background.backdrop import Backdrop
from mobart.art.background.bleed import solidify
from mobart.art.files.decode import Pixels
from mobart.art.pixelgrid.edges import OPAQUE
from mobart.art.regions import Mask, grow

BAND = 3
"""Pixels from the ground within which an edge pixel may be a mixture."""
AROUND = tuple((y, x) for y in (-BAND, 0, BAND) for x in (-BAND, 0, BAND) if y or x)
PURE = 0.95
"""Share of the subject's own difference from which on a pixel keeps its colour."""
FULL = 0.75
"""Share of the subject's own difference from the ground at which a pixel is wholly subject: edges
are drawn darker or lighter than what lies behind them, and a rim too faint is worse than one too
strong, as its colour is the subject's own either way."""

OUTLINE = 30.0
"""Levels beyond the reach at which a pixel on near-black ground is a dark outline, no mixture with
the bright colour behind it."""


def soften(pixels: Pixels, backdrop: Backdrop, clear: Mask) -> Pixels:
    """Return *pixels* with alpha 0 where *clear*, rising to 255 within BAND pixels of it.

    How much of an edge pixel is subject follows from its difference from the ground beside that of
    the pixels BAND further in: the second largest around it, as the largest is chance.
    """
    y, x = np.nonzero(grow(clear, BAND) & ~clear)
    height, width = clear.shape
    distance = np.where(clear, np.float32(0), backdrop.distance)
    around = np.stack(
        [
            distance[np.clip(y + down, 0, height - 1), np.clip(x + right, 0, width - 1)]
            for down, right in AROUND
        ]
    )
    own = np.partition(around, -2, axis=0)[-2]
    if backdrop.dark:
        own = np.minimum(own, backdrop.reach + OUTLINE)
    share = distance[y, x] / np.maximum(own, 1)
    alpha = np.where(clear, 0, OPAQUE).astype(np.uint8)
    alpha[y, x] = np.where(share < PURE, 1, OPAQUE)
    coloured = solidify(np.dstack([pixels[..., :3], alpha]))
    coloured[y, x, 3] = np.rint(np.clip(share / FULL, 0, 1) * OPAQUE)
    return coloured

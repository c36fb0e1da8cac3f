"""Colour under transparent pixels, so that no engine's filter draws a dark fringe.

Only pixels with alpha 0 change.  The nearest opaque colour is carried outwards through a pyramid:
each level takes the most opaque pixel of every 2x2 block, and empty pixels take on the colour of
the level above (pull-push, Gortler 1996, with picking instead of averaging: no new colours).
"""

import numpy as np

from mobart.art.files.decode import Pixels
from mobart.art.pixelgrid.edges import OPAQUE


def bleed(pixels: Pixels) -> Pixels:
    """Return *pixels* with colour spread under everything that is transparent."""
    clear = pixels[..., 3] == 0
    if not clear.any() or clear.all():
        return pixels
    filled = _fill(pixels)
    filled[..., 3] = pixels[..., 3]
    return filled


def solidify(pixels: Pixels) -> Pixels:
    """Give half transparent pixels the colour of the nearest opaque one; alpha stays."""
    solid = pixels[..., 3] == OPAQUE
    if not solid.any():
        return pixels
    filled = _fill(np.dstack([pixels[..., :3], np.where(solid, OPAQUE, 0).astype(np.uint8)]))
    return np.dstack([filled[..., :3], pixels[..., 3]])


def _fill(level: Pixels) -> Pixels:
    if level.shape[0] * level.shape[1] == 1 or level[..., 3].all():
        return level.copy()
    above = _fill(_halve(level))
    grown = above.repeat(2, 0).repeat(2, 1)[: level.shape[0], : level.shape[1]]
    return np.where(level[..., 3:] > 0, level, grown)


def _halve(level: Pixels) -> Pixels:
    height, width = level.shape[:2]
    padded = np.pad(level, ((0, height % 2), (0, width % 2), (0, 0)))
    blocks = [padded[y::2, x::2] for y in (0, 1) for x in (0, 1)]
    best = blocks[0]
    for block in blocks[1:]:
        best = np.where(block[..., 3:] > best[..., 3:], block, best)
    return best

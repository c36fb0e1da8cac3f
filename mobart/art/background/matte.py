"""Soft alpha where a painting's subject meets its ground, and the subject's own colour there."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from mobart.art.background.backdrop import Backdrop
from mobart.art.background.bleed import solidify
from mobart.art.files.decode import Pixels
from mobart.art.pixelgrid.edges import OPAQUE
from mobart.art.regions import Index, Mask, Plane, grow

Number = TypeVar("Number", np.float32, np.uint8)

BAND = 3
"""Pixels from the ground within which an edge pixel may be a mixture."""
NEAR, NEAR_DARK = 2, 1
"""Pixels around an edge pixel within which the subject shows its own colour; on near-black ground
a dark outline parts the edge from it."""
PURE = 0.95
"""Share of the subject's own difference from which on a pixel keeps its colour."""
FULL = 0.6
"""Share of the subject's own difference from the ground at which a pixel is wholly subject: a rim
too faint is worse than one too strong, as its colour is the subject's own either way, and painters
light rims. Of 84 cut-outs of fresh paintings 51 % were good at 0.8, 61 % at 0.6."""
OUTLINE = 25.0
"""Levels beyond the reach up to which what is beside a pixel on near-black ground is a dark
outline, of which it is no mixture."""


def soften(pixels: Pixels, backdrop: Backdrop, clear: Mask) -> Pixels:
    """Return *pixels* with alpha 0 where *clear*, rising to 255 within BAND pixels of it.

    How much of an edge pixel is subject follows from its difference from the ground beside the
    largest around it. It is no less than that of a pixel between it and the ground.
    """
    sharp, even = _unsmoothed(pixels, backdrop, clear), backdrop.distance
    alpha = np.where(clear, 0, OPAQUE).astype(np.uint8)
    mixed = np.zeros(clear.shape, bool)
    outer = clear
    for _ in range(BAND):
        inner = grow(outer, 1)
        y, x = np.nonzero(inner & ~outer)
        own = _largest(sharp, y, x, NEAR_DARK if backdrop.dark else NEAR)
        grain = np.minimum(backdrop.reach, own) / 2
        share = (sharp[y, x] - grain) / np.maximum(own - grain, 1)
        faint = own < backdrop.reach + OUTLINE
        share[faint] = (even[y, x] / np.maximum(_largest(even, y, x, 1), 1))[faint]
        behind = np.where(outer, alpha, np.uint8(0))
        least = _largest(behind, y, x, 1)
        alpha[y, x] = np.maximum(least, np.rint(np.clip(share / FULL, 0, 1) * OPAQUE))
        mixed[y, x] = share < PURE
        outer = inner
    coloured = solidify(np.dstack([pixels[..., :3], np.where(mixed, np.uint8(1), alpha)]))
    coloured[..., 3] = alpha
    return coloured


def _unsmoothed(pixels: Pixels, backdrop: Backdrop, clear: Mask) -> Plane:
    """Return how far the pixels near *clear* are from the ground in the picture as it came, in levels."""
    image = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    smooth = np.asarray(image.filter(ImageFilter.BoxBlur(1))).reshape(-1, 3)
    near = np.flatnonzero(grow(clear, BAND + NEAR) & ~clear)
    square = np.zeros(near.size, np.float32)
    for c in range(3):
        detail = pixels[..., c].ravel()[near] - smooth[near, c].astype(np.float32)
        square += (backdrop.away[c].ravel()[near] + detail) ** 2
    distance = np.zeros(clear.shape, np.float32)
    distance.ravel()[near] = np.sqrt(square / 3)
    return distance


def _largest(plane: npt.NDArray[Number], y: Index, x: Index, radius: int) -> npt.NDArray[Number]:
    """Return the largest of *plane* within *radius* of each place."""
    height, width = plane.shape
    found = plane[y, x]
    for down in range(-radius, radius + 1):
        for right in range(-radius, radius + 1):
            rows, columns = np.clip(y + down, 0, height - 1), np.clip(x + right, 0, width - 1)
            found = np.asarray(np.maximum(found, plane[rows, columns]))
    return found

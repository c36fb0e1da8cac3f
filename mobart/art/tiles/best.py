"""Choose the best of a grid's four tiles, by what makes a picture usable as a sprite or an icon.

The ground is the median colour along a tile's border; what stands out from it is the subject.

1. A subject that is whole, touching no side of its tile, beats any that is cut.
2. Then the one with more contrast wins: the subject's mean distance from the ground (OKLab, in
   which 1 is black on white), less the share of the side that it touches most.
3. Differences below 0.01 are none, and of equals the first is taken: so it is with four scenes or
   textures, which fill their tiles and have no subject.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from mobart.art.choices import TILES
from mobart.art.colours.oklab import to_oklab
from mobart.art.files.decode import Pixels
from mobart.art.tiles.tile import Crossing, cut

SIDE = 64
"""Every tile is judged at this size: noise averages out, and it takes a millisecond."""
BAND = 2
"""Lines along each side that count as its border."""
STANDS_OUT = 0.1
"""Distance from the ground at which something is the subject: twice the grain of a flat ground."""
SMALLEST = 0.01
"""Share of a tile below which there is nothing to speak of."""
TOUCHING = 0.02
"""Share of a side below which nothing touches it: one place of `SIDE`."""

Mask = npt.NDArray[np.bool_]


class Merit(NamedTuple):
    """How good a tile is; the greater the better."""

    whole: bool
    contrast: float


def choose(pixels: Pixels, crossing: Crossing) -> int:
    """Return the number of the best tile, 1 to 4."""
    return max(TILES, key=lambda tile: measure(cut(pixels, tile, crossing)))


def measure(tile: Pixels) -> Merit:
    """Judge one tile (height x width x 4)."""
    colours = to_oklab(_reduce(tile))
    ground = np.median(colours[_border()], axis=0)
    distance = np.linalg.norm(colours - ground, axis=-1)
    subject = distance > STANDS_OUT
    if subject.mean() < SMALLEST:
        return Merit(whole=False, contrast=0.0)
    touched = _touched(subject)
    contrast = float(distance[subject].mean()) * (1 - touched)
    return Merit(whole=touched < TOUCHING, contrast=round(contrast, 2))


def _reduce(tile: Pixels) -> npt.NDArray[np.uint8]:
    """Bring *tile* to `SIDE` x `SIDE` colours, over white where it is transparent."""
    image = Image.fromarray(np.ascontiguousarray(tile))
    white = Image.new("RGBA", image.size, "white")
    flat = Image.alpha_composite(white, image).convert("RGB")
    return np.asarray(flat.resize((SIDE, SIDE), Image.Resampling.BOX))


def _border() -> Mask:
    border = np.ones((SIDE, SIDE), np.bool_)
    border[BAND:-BAND, BAND:-BAND] = False
    return border


def _touched(subject: Mask) -> float:
    """Return the share of the side that the subject touches most."""
    sides = (subject[:BAND], subject[-BAND:], subject[:, :BAND].T, subject[:, -BAND:].T)
    return max(float(side.any(axis=0).mean()) for side in sides)

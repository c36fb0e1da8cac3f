"""Which cells of a picture have the hue of the green or magenta ground that they lie on."""

from collections.abc import Sequence

import numpy as np

from mobart.art.colours.screen import greenness
from mobart.art.files.decode import Pixels
from mobart.art.regions import Mask, Plane, grow

HUE = 0.65
"""Share of the ground's greenness from which a cell beside it is ground under a shade or a gleam."""
SAME_KEY = 20.0
"""Levels that a cell of that hue may lie off anywhere: a gap that its neighbours tint."""
PAINTED = 0.03
"""Share of the subject that has that hue apart from the ground, from which on it is painted with it: a robe
on a magenta like it has 0.04 to 0.27, 25 others have none."""


def of_key_hue(pixels: Pixels, away: Sequence[Plane]) -> Mask:
    """Return the cells nearly as green, or as magenta, as the ground: lighter or darker, not duller.

    *away* has what each channel lies off the ground.
    """
    levels = pixels[..., :3].astype(np.float32)
    here, ground = greenness(levels), greenness(levels - np.stack(away, -1))
    return np.asarray(here * np.sign(ground) >= HUE * np.abs(ground))


def is_painted(pixels: Pixels, away: Sequence[Plane], distance: Plane) -> bool:
    """Return whether native pixel art has the ground's hue in cells of its own, which meet none of the ground."""
    other = distance >= SAME_KEY
    own = of_key_hue(pixels, away) & ~grow(~other, 1)
    return bool(own.sum() >= PAINTED * other.sum())

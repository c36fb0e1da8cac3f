"""A cast shadow: the ground made darker, beside the subject's feet, wider than high.

What a shadow leaves of the ground's light is the same share in every channel. A black layer of
alpha 1 less that share over the ground gives the shadow back, and falls on any other ground too.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mobart.art.background.backdrop import Backdrop
from mobart.art.files.decode import Pixels
from mobart.art.regions import Index, Mask, Plane, Regions, find_regions, flood, grow

Levels = npt.NDArray[np.float32]

DARKEST, LIGHTEST = 0.4, 0.98
"""Share of the ground's light that a shadow leaves; less is an outline, more is the ground."""
OFF = 10.0
"""Levels by which a shadow's colour may differ from darkened ground, root mean square."""
LOW = 0.6
"""Share of the subject's height below which the middle of a shadow lies."""
FLAT = 2.0
"""Ratio of a shadow's width to its height at least."""
LEAST = 0.002
"""Share of the subject's area that a shadow has at least; less is a shade of its edge."""
COLOURED = 0.2
"""Saturation from which on a ground's hue tells its shade from greys; of 45 pictures a fourth are below."""
SAME_HUE, SATURATED = 8.0, 0.75
"""Degrees that a painted shade's hue may lie off the ground's, and share of its saturation at least."""
OWN = 0.05
"""Share of the subject that may have the ground's hue too; of more, its own shades might be the shadow."""
BENEATH, FEWEST = 0.8, 8
"""Share and number of a shade's cells at the ground that have it beneath them: outlines have it all around."""


@dataclass(frozen=True, slots=True)
class Shade:
    """Where a shadow falls, and which share of the ground's light it leaves (0 to 1)."""

    mask: Mask
    light: Plane


def find_shadow(pixels: Pixels, backdrop: Backdrop, clear: Mask, thin: int) -> Shade | None:
    """Return the cast shadow among what is not *clear*, None if there is none.

    What is at most 2 *thin* pixels across is a shaded edge of the subject.
    """
    ground = [pixels[..., c] - backdrop.away[c] for c in range(3)]
    norm = sum(plane * plane for plane in ground) + np.float32(1)
    light = sum(pixels[..., c] * ground[c] for c in range(3)) / norm
    off = sum((pixels[..., c] - light * ground[c]) ** 2 for c in range(3)) / 3
    dim = (light > DARKEST) & (light < LIGHTEST) & (off < OFF**2) & ~clear
    regions = find_regions(~grow(~dim, thin))
    cast = _lies_flat(regions, clear) & (regions.sums(grow(clear, thin + 1)) > 0)
    mask = grow(regions.fill(cast), thin) & dim
    return Shade(mask, np.asarray(light, np.float32)) if mask.any() else None


def find_sure_shadow(pixels: Pixels, backdrop: Backdrop, clear: Mask) -> Shade | None:
    """Return the shadow in native pixel art that a ground's hue makes sure of, None if there is none.

    It lies flat, or beneath every part of the subject, which has nothing of that hue itself.
    """
    ground = _hsv(np.stack([pixels[..., c] - backdrop.away[c] for c in range(3)], -1))
    own = _hsv(pixels[..., :3].astype(np.float32))
    if np.median(ground.saturation[clear]) < COLOURED:
        return None
    off = np.abs((own.hue - ground.hue + 180) % 360 - 180)
    alike = (off < SAME_HUE) & (own.saturation > SATURATED * ground.saturation) & ~clear
    light = own.value / np.maximum(ground.value, 1)
    dim = alike & (light > DARKEST) & (light < LIGHTEST)
    flat = find_shadow(pixels, backdrop, clear, 0)
    mask = np.zeros_like(clear) if flat is None else flat.mask & dim
    if _lies_beneath(dim, clear):
        mask |= flood(dim, grow(clear, 1))
    if not mask.any() or (alike & ~mask).sum() > OWN * (~clear & ~mask).sum():
        return None
    return Shade(mask, np.asarray(light, np.float32))


def _lies_beneath(dim: Mask, clear: Mask) -> bool:
    """Return whether what is *dim* meets the ground below it, and nearly nowhere above."""
    around = np.pad(clear, 1, constant_values=True)
    above, below = dim & around[:-2, 1:-1], dim & around[2:, 1:-1]
    beside = dim & (around[1:-1, :-2] | around[1:-1, 2:])
    count = int(below.sum())
    return count >= FEWEST and count >= BENEATH * int((above | below | beside).sum())


class _Colours(NamedTuple):
    """Hue in degrees, saturation from 0 to 1, and value in levels."""

    hue: Plane
    saturation: Plane
    value: Plane


def _hsv(levels: Levels) -> _Colours:
    """Return the colours of *levels* (rows x columns x 3)."""
    red, green, blue = levels[..., 0], levels[..., 1], levels[..., 2]
    most, least = levels.max(-1), levels.min(-1)
    span = np.maximum(most - least, 1)
    hue = np.where(
        most == red,
        (green - blue) / span,
        np.where(most == green, (blue - red) / span + 2, (red - green) / span + 4),
    )
    return _Colours((hue * 60) % 360, (most - least) / np.maximum(most, 1), most)


def with_shadow(pixels: Pixels, shade: Shade) -> Pixels:
    """Return *pixels* with the shadow laid in as black of partial alpha."""
    alpha = np.rint((1 - shade.light[shade.mask]) * 255).clip(0, 255).astype(np.uint8)
    result = pixels.copy()
    result[shade.mask, :3] = 0
    result[shade.mask, 3] = alpha
    return result


def _lies_flat(regions: Regions, clear: Mask) -> Mask:
    """Tell which regions are wide, large enough, and low in the subject."""
    rows = np.flatnonzero((~clear).any(1))
    if not rows.size:
        return np.zeros(regions.count, bool)
    y, x = np.divmod(regions.places, clear.shape[1])
    middle, height = _spread(regions, y)
    width = _spread(regions, x)[1]
    low = middle >= rows[0] + LOW * (rows[-1] - rows[0])
    large = regions.areas() >= LEAST * (~clear).sum()
    return np.asarray(low & large & (width >= FLAT * height))


def _spread(
    regions: Regions, along: Index
) -> "tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]":
    """Return the mean and the standard deviation of the places *along* an axis."""
    areas = regions.areas()
    mean = np.bincount(regions.part, along, regions.count) / areas
    square = np.bincount(regions.part, along.astype(np.float64) ** 2, regions.count) / areas
    return mean, np.sqrt(np.maximum(square - mean**2, 0) + 1 / 12)

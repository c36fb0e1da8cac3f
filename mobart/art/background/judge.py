"""Which parts of the ground's colour are ground, and which belong to the subject.

What can be reached from the border through places as wide as a ball is ground. Everything else of
that colour, narrow or enclosed, has to show that it is: its mean is the ground's own, it is as even
as the ground, and it ends sharply, as things do before a ground and shades of one thing do not.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobart.art.background.backdrop import Backdrop
from mobart.art.regions import Mask, Regions, find_regions, grow

Flags = npt.NDArray[np.bool_]
Sums = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scale:
    """Lengths in pixels, which differ between native pixel art and paintings."""

    ball: int
    """Radius of the narrowest passage that colour alone opens."""
    rim: int
    """Distance within which a sharp end must rise."""
    wall: int
    """Thickness up to which a wall between two grounds is an outline, not a part of a body."""
    hole: int
    """Area from which an enclosed place may be a hole; less is an eye or a gleam."""
    crumb: int
    """Area up to which a part of the subject may be a speck of the ground."""
    clean: bool = False
    """Whether this is native pixel art."""


def scale_for(shape: tuple[int, ...], *, clean: bool) -> Scale:
    """Return the lengths for a picture of *shape*; *clean* is native pixel art.

    A painting's grow with it: the eyes of figures and the width of their lines do.
    """
    if clean:
        hole = min(16, max(7, shape[0] * shape[1] // 200))
        return Scale(ball=0, rim=1, wall=1, hole=hole, crumb=2, clean=True)
    side = max(shape[:2])
    return Scale(
        ball=max(1, side // 256),
        rim=max(2, side // 256),
        wall=max(2, side // 64),
        hole=max(9, side * side // 8000),
        crumb=max(4, side * side // 16000),
    )


CLOSE = 0.5
"""Share of the reach within which the mean of a narrow place must lie."""
CLOSER = 0.45
"""The same of an enclosed place."""
SAME, AS_EVEN = 0.12, 1.04
"""The same, and the ratio of its unevenness to the ground's, of an enclosed place on a ground whose
colour may be the subject's too. Holes keep to both exactly; flat parts of a subject seldom do."""
LEVEL = 0.8
"""Levels that the means of two places may differ by in any case: rounding."""
LEAST_UNEVEN = 0.9
"""Levels that count as even in any case."""
WIDE = 0.2
"""Share of such a place that lies apart from its rim; lines have none."""
OF_SUBJECT, OF_FRAMED = 0.003, 0.05
"""Area of such a place as a share of the silhouette, at least: less is an eye or a tooth; and
where the ground is a mere frame around a picture."""
OF_PICTURE, FRAMED = 0.6, 0.93
"""Share of the whole that such a picture's box has, and share of the box that it fills."""
EVEN = 2.0
"""Ratio of an enclosed place's unevenness to the ground's own, at most: small places lie near edges."""
SHARP = 18.0
"""Levels over which a sharp end rises."""
SHARP_SHARE = 0.6
"""Share of a place's rim that must be sharp; corners and grain take some of it."""
STARK, STARK_SHARE = 40.0, 0.85
"""The same of an enclosed place in native pixel art: around a coat of the ground's colour lie its
shades, around a hole outlines."""
CLEAR_CUT, CLEAR_CUT_SHARE = 30.0, 0.9
"""The same in a painting, whose edges are soft."""
SAME_SHARE = 0.2
"""Share of the rim that must be sharp at least, even of a place that is the ground's in all else."""
MOST_OF_SUBJECT = 0.5
"""Share of the silhouette that an enclosed hole may have; more is the body of an outlined shape."""
WALLED = 0.5
"""Share of an enclosed place's rim that lies behind a mere outline, at most."""
MIXED = 2
"""Pixels along the rim of a place that may be mixtures."""
FEWEST = 8
"""Pixels from which on the core of a place shows its colour."""
WIDER = 0.6
"""Radius of the ball in cells of a checker, so that it enters no single cell."""
LEAST_TONE = 0.2
"""Share of a place of a checker that each tone must have."""
SLIVER = 0.25
"""Area in cells of a checker up to which one tone will do: a corner between cells and subject."""
FAINT = 24.0
"""Levels up to which a speck is the ground's."""
MANY = 24
"""Specks from which on they are a texture of the ground, not sparks around a subject."""


def find_clear(backdrop: Backdrop, scale: Scale, *, open_holes: bool) -> Mask:
    """Return which pixels are ground."""
    close = backdrop.distance < backdrop.reach
    outside = _reach_in(close, max(scale.ball, round(WIDER * backdrop.cell)))
    rest = find_regions(close & ~outside)
    attached = rest.sums(grow(outside, 1)) > 0
    whole = _shows_both_tones(backdrop, rest)
    means, unevenness = _colour(backdrop, rest)
    own = max(0.5, _unevenness(backdrop, outside))
    rising = _sharp_share(backdrop, rest, outside, scale)
    sharp = rising >= SHARP_SHARE
    same = _same(backdrop, rest, (means, unevenness), own, scale)
    same &= (rising >= SAME_SHARE) | backdrop.dark
    narrow = attached & whole & ((means <= CLOSE * backdrop.reach) & sharp | same)
    clear = outside | rest.fill(narrow)
    least = np.full(rest.count, _smallest(backdrop, outside, scale))
    if open_holes:
        alike = (means <= CLOSER * backdrop.reach) & (unevenness <= EVEN * own) & sharp
        if not (backdrop.keyed or (backdrop.dark and scale.clean)):
            levels, share = (STARK, STARK_SHARE) if scale.clean else (CLEAR_CUT, CLEAR_CUT_SHARE)
            stark = _sharp_share(backdrop, rest, outside, scale, levels) >= share
            alike &= stark
            if not _is_framed(outside):
                least[alike] = np.minimum(least[alike], 2 * scale.hole)
        alike |= same
        hole = ~attached & whole & alike & (rest.areas() >= least)
        hole &= rest.areas() <= MOST_OF_SUBJECT * (~outside).sum()
        if not backdrop.keyed:
            hole &= ~_walled(rest, clear, scale)
        clear |= rest.fill(hole)
    return clear | _crumbs(backdrop, clear, scale)


def _same(
    backdrop: Backdrop, rest: Regions, colour: tuple[Sums, ...], own: float, scale: Scale
) -> Flags:
    """Tell which places are wide and as even as the ground, and of its mean: more than alike.

    None of native pixel art, whose colours were made equal.
    *colour* are their means and unevenness.
    """
    if scale.clean:
        return np.zeros(rest.count, bool)
    means, unevenness = colour
    inside = rest.fill(np.ones(rest.count, bool))
    wide = rest.sums(inside & ~grow(~inside, max(1, 2 * scale.ball))) >= WIDE * rest.areas()
    chance = np.sqrt(rest.areas()) / 3
    same = max(SAME * backdrop.reach, LEVEL) + backdrop.misfit
    near = means <= same + own / (2 * chance)
    usual = max(LEAST_UNEVEN, float(np.hypot(own, backdrop.misfit)))
    return np.asarray(wide & near & (unevenness <= (AS_EVEN + 1 / chance) * usual))


def _smallest(backdrop: Backdrop, outside: Mask, scale: Scale) -> float:
    """Return the area from which an enclosed place may be a hole."""
    if backdrop.keyed:
        return 1 if scale.clean else scale.crumb
    share = OF_FRAMED if _is_framed(outside) else 0 if scale.clean else OF_SUBJECT
    return max(scale.hole, share * float((~outside).sum()))


def _is_framed(outside: Mask) -> bool:
    """Return whether the ground is a mere frame around a picture."""
    subject = ~outside
    box = float(subject.any(1).sum() * subject.any(0).sum())
    return box >= OF_PICTURE * subject.size and float(subject.sum()) >= FRAMED * box


def _reach_in(close: Mask, ball: int) -> Mask:
    """Return what a ball of radius *ball* rolling in from the border covers of *close*."""
    if not ball:
        regions = find_regions(close)
        return regions.fill(regions.at_border())
    wide = find_regions(~grow(~close, ball))
    return grow(wide.fill(wide.at_border()), ball) & close


def _colour(backdrop: Backdrop, regions: Regions) -> tuple[npt.NDArray[np.float64], ...]:
    """Return how far each region's mean is from the ground, and its unevenness, in levels.

    The pixels along its rim, which are mixtures, count only where there are no others.
    """
    inside = regions.fill(np.ones(regions.count, bool))
    core = inside & ~grow(~inside, MIXED)
    thin = regions.fill(regions.sums(core) < FEWEST)
    weight = (core | thin).astype(np.float32)
    areas = np.maximum(regions.sums(weight), 1)
    mean = sum((regions.sums(plane * weight) / areas) ** 2 for plane in backdrop.away) / 3
    square = regions.sums(backdrop.distance**2 * weight) / areas
    return np.sqrt(mean), np.sqrt(np.maximum(square - mean, 0))


def _unevenness(backdrop: Backdrop, ground: Mask) -> float:
    return float(np.sqrt((backdrop.distance[ground][::7] ** 2).mean())) if ground.any() else 0.0


def sharp_rim(
    backdrop: Backdrop, inside: Mask, scale: Scale, levels: float = SHARP
) -> tuple[Mask, Mask]:
    """Return the rim of *inside* and where, just outside of it, the distance rises by *levels*."""
    rim = inside & grow(~inside, 1)
    return rim, rim & grow(backdrop.distance >= backdrop.reach + levels, scale.rim)


def _sharp_share(
    backdrop: Backdrop, regions: Regions, outside: Mask, scale: Scale, levels: float = SHARP
) -> Sums:
    """Return the share of each region's rim that is sharp, where it does not meet *outside*."""
    inside = regions.fill(np.ones(regions.count, bool))
    rim, sharp = sharp_rim(backdrop, inside, scale, levels)
    closed = ~grow(outside, 1)
    return regions.sums(sharp & closed) / np.maximum(regions.sums(rim & closed), 1)


def _shows_both_tones(backdrop: Backdrop, regions: Regions) -> Flags:
    """Tell which regions cannot be a plain part of the subject that has one tone of a checker.

    Slivers of a cell say nothing.
    """
    areas = regions.areas()
    if backdrop.light is None:
        return np.ones(areas.size, bool)
    share = regions.sums(backdrop.light) / areas
    both = (share > LEAST_TONE) & (share < 1 - LEAST_TONE) & (areas > backdrop.cell**2 / 2)
    return both | (areas < SLIVER * backdrop.cell**2)


def _walled(regions: Regions, outside: Mask, scale: Scale) -> Flags:
    """Tell which regions are parted from *outside* by no more than an outline."""
    inside = regions.fill(np.ones(regions.count, bool))
    rim = inside & grow(~inside, 1)
    thin = rim & grow(outside, scale.wall + 1)
    return regions.sums(thin) > WALLED * regions.sums(rim)


def _crumbs(backdrop: Backdrop, clear: Mask, scale: Scale) -> Mask:
    """Return specks of the ground: small, and faint or many."""
    parts = find_regions(~clear)
    areas = parts.areas()
    small = areas <= scale.crumb
    faint = parts.sums(backdrop.distance) <= FAINT * areas
    tiny = small if small.sum() >= MANY else small & faint
    return parts.fill(tiny & (areas < areas.max(initial=0)))

"""Cut a subject out of its ground: alpha 0 or 255 in pixel art, soft at the edge of a painting."""

from dataclasses import replace

import numpy as np

from mobart.art.background.backdrop import Backdrop, find_backdrop
from mobart.art.background.cells import (
    hides_outline,
    with_outline,
    with_tinted,
    without_mixed,
    without_spill,
)
from mobart.art.background.checker import APART
from mobart.art.background.evidence import sharp_rim
from mobart.art.background.judge import find_clear, is_framed
from mobart.art.background.lattice import find_lattice
from mobart.art.background.matte import soften
from mobart.art.background.outcome import CutOut, Reason
from mobart.art.background.outline import with_faint_outline
from mobart.art.background.scale import Scale, scale_for
from mobart.art.background.shadow import Shade, find_shadow, find_sure_shadow, with_shadow
from mobart.art.background.stirred import settle, without_ripples
from mobart.art.choices import Shadow
from mobart.art.files.decode import Pixels
from mobart.art.pixelgrid.edges import OPAQUE
from mobart.art.regions import Mask, find_regions

LEAST_SUBJECT = 0.0005
"""Share of a picture that must be left of it."""
LEAST_BORDER = 0.45
"""Share of the border that is ground around a subject; less is a scene."""
SURE_BORDER, LEAST_SHARP = 0.95, 0.6
"""Below the first share of the border, at least the second share of the subject's outline must
rise sharply from the ground: a sky fades into its land, a figure cut off by the frame does not."""
OUTLINED = 3
"""How much further in it may rise on near-black ground, which hides dark outlines."""
LEAST_SIDE = 0.1
"""Share of the border that makes a part of the ground one to be compared with others."""
OTHER = 40.0
"""Levels by which the means of parts that do not meet may differ; a gradient's differ less where a
subject parts them."""
LARGEST_CHECKER = 1536
"""Longest side in pixels of a picture in which a checker is cut off before the cells are sought."""
FRAMED = 0.85
"""Share of a picture from which on a rectangle in it has a frame that belongs to it: less than a 25th of
the side is left at each side, and around a card or a panel that stands alone there is more."""
THUMBNAIL = 256
"""Side in pixels at which they are compared."""


def cut_sprite(pixels: Pixels, *, open_holes: bool, shadow: Shadow = "keep") -> CutOut:
    """Make the ground of native pixel art transparent; a scene comes back as it is.

    A cast *shadow* stays opaque, goes (`drop`) or becomes black of partial alpha (`soft`);
    `auto` drops what a coloured ground's hue makes sure of.
    """
    return _cut(pixels, open_holes=open_holes, shadow=shadow, clean=True)


def cut_painting(pixels: Pixels, *, open_holes: bool, shadow: Shadow = "keep") -> CutOut:
    """Make the ground of a painting transparent, with soft alpha where it meets the subject.

    *shadow* is as for `cut_sprite`.
    """
    return _cut(pixels, open_holes=open_holes, shadow=shadow, clean=False)


def shows_checker(pixels: Pixels) -> bool:
    """Return whether an opaque picture has a painted checker around its subject.

    Large pictures are not looked at, to bound the work; tones that lie close are a speckled ground.
    """
    if max(pixels.shape) > LARGEST_CHECKER or pixels[..., 3].min() < OPAQUE:
        return False
    lattice = find_lattice(np.ascontiguousarray(pixels[..., :3]))
    return lattice is not None and float((lattice.bright - lattice.dark).mean()) >= APART


def _cut(pixels: Pixels, *, open_holes: bool, shadow: Shadow, clean: bool) -> CutOut:
    if pixels[..., 3].min() < OPAQUE:
        return CutOut(pixels, "kept", "alpha")
    backdrop = find_backdrop(pixels, clean=clean)
    if backdrop is None:
        return CutOut(pixels, "kept", "scene")
    scale = scale_for(pixels.shape, clean=clean)
    if clean:
        clear, opened = _clear_cells(pixels, backdrop, scale, open_holes=open_holes)
    else:
        backdrop = settle(backdrop)
        clear, opened = find_clear(backdrop, scale, open_holes=open_holes), open_holes
        clear = clear if backdrop.dark else without_ripples(backdrop, clear)
    why_kept = _why_kept(pixels, backdrop, clear, scale)
    if why_kept is not None:
        return CutOut(pixels, "kept", why_kept)
    if not clean:
        clear = with_faint_outline(backdrop, clear)
    shade = _find_shade(pixels, backdrop, clear, scale, shadow)
    if shade is not None:
        clear = clear | shade.mask
        clear = with_tinted(pixels, backdrop, clear) if clean else clear
    if clean and backdrop.keyed:
        pixels = without_spill(pixels, backdrop, clear)
    elif clean and not backdrop.dark:
        pixels = without_mixed(pixels, backdrop, clear)
    cut = _with_alpha(pixels, clear) if clean else soften(pixels, backdrop, clear)
    if shade is not None and shadow == "soft":
        cut = with_shadow(cut, shade)
    reason: Reason = "outline" if _is_of_ground(backdrop, clear) else backdrop.reason
    return CutOut(cut, "cut", reason, shadow=shade is not None, opened=opened)


def _find_shade(
    pixels: Pixels, backdrop: Backdrop, clear: Mask, scale: Scale, shadow: Shadow
) -> Shade | None:
    if shadow == "keep" or (shadow == "auto" and not scale.clean):
        return None
    if shadow == "auto":
        return find_sure_shadow(pixels, backdrop, clear)
    return find_shadow(pixels, backdrop, clear, scale.ball)


def _is_of_ground(backdrop: Backdrop, clear: Mask) -> bool:
    """Return whether most of the subject has the ground's colour, and only its outline parts them."""
    return bool(((backdrop.distance < backdrop.reach) & ~clear).sum() > (~clear).sum() / 2)


def _clear_cells(
    pixels: Pixels, backdrop: Backdrop, scale: Scale, *, open_holes: bool
) -> tuple[Mask, bool]:
    """Return which cells of native pixel art are ground, and whether holes were opened."""
    outside = find_clear(backdrop, scale, open_holes=False)
    if hides_outline(backdrop, outside):
        return with_outline(outside), False
    clear = find_clear(backdrop, scale, open_holes=True) if open_holes else outside
    return with_tinted(pixels, backdrop, clear), open_holes


def _with_alpha(pixels: Pixels, clear: Mask) -> Pixels:
    return np.dstack([pixels[..., :3], np.where(clear, 0, OPAQUE).astype(np.uint8)])


def _why_kept(pixels: Pixels, backdrop: Backdrop, clear: Mask, scale: Scale) -> Reason | None:
    """Return why *clear* is no ground around a subject, None if it is."""
    border = np.concatenate([clear[0], clear[-1], clear[:, 0], clear[:, -1]]).mean()
    if border < LEAST_BORDER or is_framed(clear, FRAMED):
        return "scene"
    if (~clear).mean() < LEAST_SUBJECT:
        return "vanished"
    if backdrop.reason == "plain" and _differs_by_side(pixels, backdrop, clear):
        return "scene"
    if border < SURE_BORDER:
        wide = replace(scale, rim=OUTLINED * scale.rim) if backdrop.dark else scale
        rim, sharp = sharp_rim(backdrop, clear, wide)
        if sharp.sum() < LEAST_SHARP * rim.sum():
            return "scene"
    return None


def _differs_by_side(pixels: Pixels, backdrop: Backdrop, clear: Mask) -> bool:
    """Return whether parts of *clear* that do not meet have different colours: sky above, land below."""
    every = max(1, max(clear.shape) // THUMBNAIL)
    regions = find_regions(clear[::every, ::every])
    edge = np.ones(regions.shape, bool)
    edge[1:-1, 1:-1] = False
    seen = regions.sums(edge) >= LEAST_SIDE * edge.sum()
    if seen.sum() < 2:  # noqa: PLR2004 - one ground
        return False
    areas = regions.areas()
    means = np.stack(
        [
            regions.sums((pixels[..., c] - plane)[::every, ::every]) / areas
            for c, plane in enumerate(backdrop.away)
        ],
        1,
    )[seen]
    return bool(np.sqrt(((means - means[0]) ** 2).mean(1)).max() > OTHER)

"""Cut a subject out of its ground: alpha 0 or 255 in pixel art, soft at the edge of a painting."""

import numpy as np

from mobart.art.background.backdrop import Backdrop, find_backdrop
from mobart.art.background.cells import hides_outline, with_outline, with_tinted
from mobart.art.background.judge import Scale, find_clear, scale_for, sharp_rim
from mobart.art.background.matte import soften
from mobart.art.background.outcome import CutOut, Reason, Shadow
from mobart.art.background.shadow import find_shadow, with_shadow
from mobart.art.files.decode import Pixels
from mobart.art.pixelgrid.edges import OPAQUE
from mobart.art.regions import Mask

LEAST_SUBJECT = 0.0005
"""Share of a picture that must be left of it."""
LEAST_BORDER = 0.45
"""Share of the border that is ground around a subject; less is a scene."""
SURE_BORDER, LEAST_SHARP = 0.95, 0.6
"""Below the first share of the border, at least the second share of the subject's outline must
rise sharply from the ground: a sky fades into its land, a figure cut off by the frame does not."""


def cut_sprite(pixels: Pixels, *, open_holes: bool, shadow: Shadow = "keep") -> CutOut:
    """Make the ground of native pixel art transparent; a scene comes back as it is.

    A cast *shadow* stays opaque, goes (`drop`) or becomes black of partial alpha (`soft`).
    """
    return _cut(pixels, open_holes=open_holes, shadow=shadow, clean=True)


def cut_painting(pixels: Pixels, *, open_holes: bool, shadow: Shadow = "keep") -> CutOut:
    """Make the ground of a painting transparent, with soft alpha where it meets the subject.

    *shadow* is as for `cut_sprite`.
    """
    return _cut(pixels, open_holes=open_holes, shadow=shadow, clean=False)


def _cut(pixels: Pixels, *, open_holes: bool, shadow: Shadow, clean: bool) -> CutOut:
    if pixels[..., 3].min() < OPAQUE:
        return CutOut(pixels, "kept", "alpha")
    backdrop = find_backdrop(pixels, clean=clean)
    if backdrop is None:
        return CutOut(pixels, "kept", "scene")
    scale = scale_for(pixels.shape, clean=clean)
    clear = (_clear_cells if clean else find_clear)(backdrop, scale, open_holes=open_holes)
    why_kept = _why_kept(backdrop, clear, scale)
    if why_kept is not None:
        return CutOut(pixels, "kept", why_kept)
    shade = None if shadow == "keep" else find_shadow(pixels, backdrop, clear, scale.ball)
    if shade is not None:
        clear |= shade.mask
    cut = _with_alpha(pixels, clear) if clean else soften(pixels, backdrop, clear)
    if shade is not None and shadow == "soft":
        cut = with_shadow(cut, shade)
    reason: Reason = "outline" if _is_of_ground(backdrop, clear) else backdrop.reason
    return CutOut(cut, "cut", reason, shadow=shade is not None)


def _is_of_ground(backdrop: Backdrop, clear: Mask) -> bool:
    """Return whether most of the subject has the ground's colour, and only its outline parts them."""
    return bool(((backdrop.distance < backdrop.reach) & ~clear).sum() > (~clear).sum() / 2)


def _clear_cells(backdrop: Backdrop, scale: Scale, *, open_holes: bool) -> Mask:
    """Return which cells of native pixel art are ground."""
    outside = find_clear(backdrop, scale, open_holes=False)
    if hides_outline(backdrop, outside):
        return with_outline(outside)
    clear = find_clear(backdrop, scale, open_holes=True) if open_holes else outside
    return with_tinted(backdrop, clear)


def _with_alpha(pixels: Pixels, clear: Mask) -> Pixels:
    return np.dstack([pixels[..., :3], np.where(clear, 0, OPAQUE).astype(np.uint8)])


def _why_kept(backdrop: Backdrop, clear: Mask, scale: Scale) -> Reason | None:
    """Return why *clear* is no ground around a subject, None if it is."""
    border = np.concatenate([clear[0], clear[-1], clear[:, 0], clear[:, -1]]).mean()
    if border < LEAST_BORDER:
        return "scene"
    if (~clear).mean() < LEAST_SUBJECT:
        return "vanished"
    if border < SURE_BORDER:
        rim, sharp = sharp_rim(backdrop, clear, scale)
        if sharp.sum() < LEAST_SHARP * rim.sum():
            return "scene"
    return None

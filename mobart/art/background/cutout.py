"""Cut a subject out of its ground: alpha 0 or 255 in pixel art, soft at the edge of a painting."""

import numpy as np

from mobart.art.background.backdrop import Backdrop, find_backdrop
from mobart.art.background.cells import hides_outline, with_outline, with_tinted
from mobart.art.background.judge import find_clear, scale_for, sharp_rim
from mobart.art.background.matte import soften
from mobart.art.background.outcome import CutOut
from mobart.art.background.regions import Mask
from mobart.art.files.decode import Pixels
from mobart.art.pixelgrid.edges import OPAQUE

LEAST_SUBJECT = 0.0005
"""Share of a picture that must be left of it."""
LEAST_BORDER = 0.45
"""Share of the border that is ground around a subject; less is a scene."""
SURE_BORDER, LEAST_SHARP = 0.95, 0.6
"""Below the first share of the border, at least the second share of the subject's outline must
rise sharply from the ground: a sky fades into its land, a figure cut off by the frame does not."""


def cut_sprite(pixels: Pixels, *, open_holes: bool) -> CutOut:
    """Make the ground of native pixel art transparent; a scene comes back as it is."""
    if _has_alpha(pixels):
        return CutOut(pixels, "kept", "alpha")
    backdrop = find_backdrop(pixels, clean=True)
    if backdrop is None:
        return CutOut(pixels, "kept", "scene")
    scale = scale_for(pixels.shape, clean=True)
    clear = find_clear(backdrop, scale, open_holes=False)
    if hides_outline(pixels, backdrop, clear):
        clear = with_outline(clear)
    else:
        clear = with_tinted(backdrop, find_clear(backdrop, scale, open_holes=open_holes))
    cut = np.dstack([pixels[..., :3], np.where(clear, 0, OPAQUE).astype(np.uint8)])
    return _judge(pixels, backdrop, clear, clean=True) or CutOut(cut, "cut", backdrop.reason)


def cut_painting(pixels: Pixels, *, open_holes: bool) -> CutOut:
    """Make the ground of a painting transparent, with soft alpha where it meets the subject."""
    if _has_alpha(pixels):
        return CutOut(pixels, "kept", "alpha")
    backdrop = find_backdrop(pixels, clean=False)
    if backdrop is None:
        return CutOut(pixels, "kept", "scene")
    clear = find_clear(backdrop, scale_for(pixels.shape, clean=False), open_holes=open_holes)
    kept = _judge(pixels, backdrop, clear, clean=False)
    return kept or CutOut(soften(pixels, backdrop, clear), "cut", backdrop.reason)


def _has_alpha(pixels: Pixels) -> bool:
    return bool(pixels[..., 3].min() < OPAQUE)


def _judge(pixels: Pixels, backdrop: Backdrop, clear: Mask, *, clean: bool) -> CutOut | None:
    """Return *pixels* as they are, with the reason, if *clear* is no ground around a subject."""
    border = np.concatenate([clear[0], clear[-1], clear[:, 0], clear[:, -1]]).mean()
    if border < LEAST_BORDER:
        return CutOut(pixels, "kept", "scene")
    if (~clear).mean() < LEAST_SUBJECT:
        return CutOut(pixels, "kept", "vanished")
    if border < SURE_BORDER:
        rim, sharp = sharp_rim(backdrop, clear, scale_for(pixels.shape, clean=clean))
        if sharp.sum() < LEAST_SHARP * rim.sum():
            return CutOut(pixels, "kept", "scene")
    return None

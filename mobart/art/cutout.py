"""Cut a subject out of its ground: alpha 0 or 255 in pixel art, soft at the edge of a painting."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from mobart.art.bleed import solidify
from mobart.art.checker import find_checker
from mobart.art.decode import Pixels
from mobart.art.edges import OPAQUE
from mobart.art.ground import Mask, distances, find_ground, flood
from mobart.art.oklab import to_oklab

COARSE = 256
"""Side at which a painting's ground is fitted."""
EDGE = 5
"""Width in pixels of the neighbourhood in which an edge pixel's own colour is looked for."""

HOLE = 3

Distance = npt.NDArray[np.float32]


def cut_sprite(pixels: Pixels, *, open_holes: bool) -> Pixels:
    """Make the ground of native pixel art transparent; a scene comes back as it is."""
    if pixels[..., 3].min() < OPAQUE:
        return pixels
    ground = _sprite_ground(pixels)
    if ground is None:
        return pixels
    clear = _open(ground) if open_holes else flood(ground)
    return _with_alpha(pixels, np.where(clear, 0, OPAQUE).astype(np.uint8))


def _sprite_ground(pixels: Pixels) -> Mask | None:
    planes = [np.ascontiguousarray(pixels[..., c]) for c in range(3)]
    checker = find_checker(planes)
    if checker is not None:
        return checker.covers(planes)
    ground = find_ground(to_oklab(pixels[..., :3]), clean=True)
    return None if ground is None else ground.distance < ground.reach


def _open(ground: Mask) -> Mask:
    """Return the ground around the subject and its holes, but not its highlights.

    A hole holds a block of HOLE x HOLE pixels somewhere; what is smaller is an eye or a gleam.
    """
    block = np.lib.stride_tricks.sliding_window_view(np.pad(ground, 1), (HOLE, HOLE))
    return flood(ground, np.asarray(block.all((2, 3)))) | flood(ground)


def cut_painting(pixels: Pixels, *, open_holes: bool) -> Pixels:
    """Make the ground of a painting transparent, with soft alpha where it meets the subject.

    An edge pixel mixes subject and ground; its distance from the ground's colour, as a share of
    the farthest nearby, is how much of it is subject.
    """
    if pixels[..., 3].min() < OPAQUE:
        return pixels
    planes = [np.ascontiguousarray(pixels[..., c]) for c in range(3)]
    checker = find_checker(planes)
    if checker is not None:
        covered = checker.covers(planes)
        clear = _open(covered) if open_holes else flood(covered)
        return _with_alpha(pixels, np.where(clear, 0, OPAQUE).astype(np.uint8))
    lab = to_oklab(pixels[..., :3])
    step = max(1, max(pixels.shape[:2]) // COARSE)
    ground = find_ground(lab[::step, ::step])
    if ground is None:
        return pixels
    distance = distances(lab, ground.surface)
    clear = distance < ground.reach
    return _blend(pixels, distance, _open(clear) if open_holes else flood(clear), ground.reach)


def _blend(pixels: Pixels, distance: Distance, clear: Mask, reach: float) -> Pixels:
    """Fade *pixels* out towards *clear*; what fades takes on the subject's own colour."""
    near = _widest(np.where(clear, np.float32(1), np.float32(0)))
    farthest = _widest(distance)
    share = np.clip((distance - reach / 2) / np.maximum(farthest - reach / 2, 0.02), 0, 1)
    alpha = np.where(clear, 0, np.where(near > 0, share, 1)).astype(np.float32)
    return solidify(_with_alpha(pixels, np.rint(alpha * OPAQUE).astype(np.uint8)))


def _widest(values: Distance) -> Distance:
    """Largest value within EDGE pixels, to a thousandth."""
    levels = Image.fromarray(np.clip(values * 255, 0, 255).astype(np.uint8))
    return np.asarray(levels.filter(ImageFilter.MaxFilter(EDGE)), np.float32) / np.float32(255)


def _with_alpha(pixels: Pixels, alpha: npt.NDArray[np.uint8]) -> Pixels:
    return np.dstack([pixels[..., :3], alpha])

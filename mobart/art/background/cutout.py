"""Cut a subject out of its ground: alpha 0 or 255 in pixel art, soft at the edge of a painting."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from mobart.art.background.bleed import solidify
from mobart.art.background.checker import find_checker
from mobart.art.background.ground import Ground, Mask, distances, find_ground, flood
from mobart.art.background.outcome import CutOut, Reason
from mobart.art.colours.oklab import to_oklab
from mobart.art.files.decode import Pixels
from mobart.art.pixelgrid.edges import OPAQUE

COARSE = 256
"""Side at which a painting's ground is fitted."""
EDGE = 5
"""Width in pixels of the neighbourhood in which an edge pixel's own colour is looked for."""

HOLE, SLOT = 3, 5
TINT = 0.12
"""Share of the contrast around it by which a cell of the ground may be tinted."""
BLACK = 24
"""Mean level below which a ground is as black as outlines are."""
RIMMED = 0.2
"""Share of a subject's rim that is darker than the ground where its outline can be seen."""
LINED = 0.03
"""Share of black in a subject that is drawn with black lines, at least."""

Distance = npt.NDArray[np.float32]


def cut_sprite(pixels: Pixels, *, open_holes: bool) -> CutOut:
    """Make the ground of native pixel art transparent; a scene comes back as it is."""
    if pixels[..., 3].min() < OPAQUE:
        return CutOut(pixels, "kept", "alpha")
    planes = [np.ascontiguousarray(pixels[..., c]) for c in range(3)]
    checker = find_checker(planes)
    if checker is not None:
        covered = checker.covers(planes)
        clear = _open(covered) if open_holes else flood(covered)
    else:
        ground = find_ground(to_oklab(pixels[..., :3]), clean=True)
        if ground is None:
            return CutOut(pixels, "kept", "scene")
        clear = _clear(pixels, ground, open_holes=open_holes)
    reason: Reason = "plain" if checker is None else "checker"
    return CutOut(_with_alpha(pixels, np.where(clear, 0, OPAQUE).astype(np.uint8)), "cut", reason)


def _clear(pixels: Pixels, ground: Ground, *, open_holes: bool) -> Mask:
    """Return which cells are *ground*; black ground leaves a black outline to the subject."""
    close = ground.distance < ground.reach
    outside = flood(close)
    if pixels[outside][:, :3].mean() >= BLACK:
        close |= _tinted(ground.distance)
    elif not _shows_outline(pixels, outside):
        return _without_outline(outside, close)
    return _open(close) if open_holes else flood(close)


def _shows_outline(pixels: Pixels, outside: Mask) -> bool:
    """Tell whether the subject has a rim darker than the ground *outside*."""
    level = pixels[..., :3].mean(-1)
    rim = _beside(outside) & ~outside
    darker = rim & (level < np.median(level[outside]))
    return bool(darker.sum() >= RIMMED * rim.sum())


def _without_outline(outside: Mask, black: Mask) -> Mask:
    """Return *outside* less a line about the subject, if that has black lines inside too."""
    subject = ~outside
    if (black & subject).sum() < LINED * subject.sum():
        return outside
    return outside & ~_beside(subject)


def _beside(mask: Mask) -> Mask:
    """Return the cells that share a side with one of *mask*."""
    around = np.pad(mask, 1)
    return np.asarray(around[:-2, 1:-1] | around[2:, 1:-1] | around[1:-1, :-2] | around[1:-1, 2:])


def _tinted(distance: Distance) -> Mask:
    """Return the cells that a neighbour of strong contrast may have tinted a little.

    That contrast is told by the farthest colour among a cell and its eight neighbours. Beside
    near-black ground such a cell is the outline, so this is no rule there.
    """
    padded = np.pad(distance, 1)
    farthest = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).max((2, 3))
    return np.asarray(distance < TINT * farthest)


def _open(ground: Mask) -> Mask:
    """Return the ground around the subject and its holes, but not its highlights.

    A hole holds a block of HOLE x HOLE pixels or a slot SLOT long somewhere; what is smaller is
    an eye or a gleam.
    """
    seeds = np.zeros(ground.shape, bool)
    for shape in ((HOLE, HOLE), (1, SLOT), (SLOT, 1)):
        seeds |= _middles(ground, shape)
    return flood(ground, seeds) | flood(ground)


def _middles(ground: Mask, shape: tuple[int, int]) -> Mask:
    """Return where blocks of *shape* that lie in *ground* have their middle."""
    above, left = (shape[0] - 1) // 2, (shape[1] - 1) // 2
    around = ((above, shape[0] - 1 - above), (left, shape[1] - 1 - left))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(ground, around), shape)
    return np.asarray(windows.all((2, 3)))


def cut_painting(pixels: Pixels, *, open_holes: bool) -> CutOut:
    """Make the ground of a painting transparent, with soft alpha where it meets the subject.

    An edge pixel mixes subject and ground; its distance from the ground's colour, as a share of
    the farthest nearby, is how much of it is subject.
    """
    if pixels[..., 3].min() < OPAQUE:
        return CutOut(pixels, "kept", "alpha")
    planes = [np.ascontiguousarray(pixels[..., c]) for c in range(3)]
    checker = find_checker(planes)
    if checker is not None:
        covered = checker.covers(planes)
        clear = _open(covered) if open_holes else flood(covered)
        alpha = np.where(clear, 0, OPAQUE).astype(np.uint8)
        return CutOut(_with_alpha(pixels, alpha), "cut", "checker")
    lab = to_oklab(pixels[..., :3])
    step = max(1, max(pixels.shape[:2]) // COARSE)
    ground = find_ground(lab[::step, ::step])
    if ground is None:
        return CutOut(pixels, "kept", "scene")
    distance = distances(lab, ground.surface)
    clear = distance < ground.reach
    clear = _open(clear) if open_holes else flood(clear)
    return CutOut(_blend(pixels, distance, clear, ground.reach), "cut", "plain")


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

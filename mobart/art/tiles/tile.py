"""Cut one tile out of a 2x2 grid, and tell such a grid from a single picture.

A grid shows itself along both middle lines.  Walking along a line, each place is *silent* (the
same flat colour on both sides), *calm* (silent but for a step on the line itself), *broken* (one
hard step exactly on the line) or crossed by content.  A half of a line (middle to border) separates
two tiles if it is calm all the way (a gutter of empty ground, or of two grounds that are nearly the
same) or broken far more often than any parallel line near it (a seam).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobart.art.choices import TILES
from mobart.art.files.decode import Pixels

Colours = npt.NDArray[np.int16]
Profile = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

FLAT = 12
"""Levels two pixels may differ on flat ground: twice the noise of a JPEG of quality 80."""
SMALLEST = 16
ROWS = 512
SILENT_SHARE = 0.985
GUTTER_RANGE = 48
SEAM_SHARE = 0.2
SEAM_LEAD = 1.4
MARGIN = 3


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where a grid's middle lines run: first column right and first row below them."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class _Line:
    """What there is along each column near the middle (places x columns)."""

    silent: Mask
    calm: Mask
    broken: Mask
    light: Colours
    first: int


def find_crossing(pixels: Pixels) -> Crossing | None:
    """Return where to cut *pixels* (height x width x 4) into four tiles, None if it is one picture."""
    height, width = pixels.shape[:2]
    if min(height, width) < SMALLEST:
        return None
    across = _look_along(pixels)
    along = _look_along(pixels.transpose(1, 0, 2))
    for x in _middles(width):
        for y in _middles(height):
            halves = _judge(across, x, y / height) + _judge(along, y, x / width)
            if None in halves:
                continue
            empty = set(halves) == {"gutter"}
            if not (empty and _is_chance(across, along, Crossing(x, y), pixels)):
                return Crossing(x, y)
    return None


def cut(pixels: Pixels, tile: int, crossing: Crossing) -> Pixels:
    """Return *tile* (1 to 4: top left, top right, bottom left, bottom right)."""
    columns = slice(None, crossing.x) if tile % 2 else slice(crossing.x, None)
    rows = slice(None, crossing.y) if tile <= 2 else slice(crossing.y, None)  # noqa: PLR2004
    return pixels[rows, columns]


def _middles(length: int) -> Iterable[int]:
    return (length // 2,) if length % 2 == 0 else (length // 2, length // 2 + 1)


def _flatten(pixels: Pixels) -> list[Colours]:
    """Take about ROWS evenly spread rows, colour over white where transparent, by channel.

    Planes are compared five times as fast as pixels of three channels each.
    """
    rows = pixels[:: max(1, pixels.shape[0] // ROWS)]
    clear = rows[..., 3] < 128  # noqa: PLR2004 - half
    planes = [rows[..., channel].astype(np.int16) for channel in range(3)]
    if clear.any():
        for plane in planes:
            plane[clear] = 255
    return planes


def _look_along(pixels: Pixels) -> _Line:
    """Classify each place of each vertical line in the middle half of *pixels*."""
    width = pixels.shape[1]
    first, last = max(MARGIN, width // 4), min(width - MARGIN, width - width // 4)
    planes = _flatten(pixels[:, first - 2 : last + 2])
    step = _largest(planes, 1)
    here, before, after = step[:, 1:-2], step[:, :-3], step[:, 2:-1]
    # step[:, k] lies between columns first-2+k and first-1+k: `here` starts at line `first`
    broken = (here > FLAT) & (here > 2 * np.maximum(before, after))
    calm = np.maximum(before, after) <= FLAT
    down = _largest([plane[:, 2 : last - first + 3] for plane in planes], 0) <= FLAT
    calm[1:] &= down[:, : calm.shape[1]]
    light = np.maximum(np.maximum(*planes[:2]), planes[2])[:, 2 : 2 + calm.shape[1]]
    return _Line(calm & (here <= FLAT), calm, broken, light, first)


def _largest(planes: list[Colours], axis: int) -> Colours:
    """Return the largest step of any of *planes* between neighbours along *axis*."""
    red, green, blue = (np.abs(np.diff(plane, axis=axis)) for plane in planes)
    return np.maximum(np.maximum(red, green), blue)


def _judge(line: _Line, at: int, split: float) -> list[str | None]:
    """Say of both halves of the line at *at* whether it is a gutter, a seam or (None) neither."""
    places = line.silent.shape[0]
    middle = round(split * places)
    column = at - line.first
    if not 0 <= column < line.silent.shape[1]:
        return [None]
    return [_judge_half(line, part, column) for part in (slice(middle), slice(middle, None))]


def _judge_half(line: _Line, part: slice, column: int) -> str | None:
    if _is_seam(line.broken[part], column):
        return "seam"
    return "gutter" if _is_gutter(line, part, column) else None


def _is_gutter(line: _Line, part: slice, column: int) -> bool:
    """Tell a gutter: flat colour all the way, with content further out on both sides."""
    low, high = np.percentile(line.light[part, column], (1, 99))
    share = line.silent[part].mean(axis=0)
    sides = (share[:column], share[column:])
    enclosed = all(side.min(initial=1.0) < SILENT_SHARE for side in sides)
    calm = line.calm[part, column].mean() >= SILENT_SHARE
    return bool(calm and high - low <= GUTTER_RANGE and enclosed)


def _is_seam(broken: Mask, column: int) -> bool:
    """Tell a seam: broken over all thirds of its length, and far more than its parallels."""
    share: Profile = broken.mean(axis=0)
    near = np.abs(np.arange(share.size) - column) <= MARGIN
    rival = share[~near].max(initial=0.0)
    thirds = np.array_split(broken[:, column], 3)
    evenly = min(third.mean() for third in thirds) >= SEAM_SHARE / 2
    return bool(share[column] >= max(SEAM_SHARE, SEAM_LEAD * rival) and evenly)


def _is_chance(across: _Line, along: _Line, at: Crossing, pixels: Pixels) -> bool:
    """Return whether empty middle lines mean nothing: an empty quarter, or gutters everywhere."""
    if any(_is_blank(cut(pixels, tile, at)) for tile in TILES):
        return True
    return _has_more_gutters(across, at.x) and _has_more_gutters(along, at.y)


def _is_blank(tile: Pixels) -> bool:
    seen = tile[:: max(1, tile.shape[0] // 128), :: max(1, tile.shape[1] // 128)]
    return bool(np.ptp(seen.reshape(-1, 4), axis=0).max() <= FLAT)


def _has_more_gutters(line: _Line, at: int) -> bool:
    """Return whether empty lines return beside the one at *at* after content has intervened."""
    empty = line.silent.mean(axis=0) >= SILENT_SHARE
    here = at - line.first
    left, right = empty[:here][::-1], empty[here:]
    return any(_returns(side) for side in (left, right))


def _returns(empty: Mask) -> bool:
    blocked = np.flatnonzero(~empty)
    return bool(blocked.size and empty[blocked[0] :].any())

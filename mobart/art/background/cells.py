"""Cells of native pixel art beside the ground that are neither wholly ground nor wholly subject."""

import numpy as np
import numpy.typing as npt

from mobart.art.background.backdrop import Backdrop
from mobart.art.background.keyed import SAME_KEY, of_key_hue
from mobart.art.background.tints import in_areas, lines_around, mostly, number
from mobart.art.files.decode import Pixels
from mobart.art.regions import Mask, Plane, corners_of, grow, squares_at

Steps = npt.NDArray[np.intp]

NEIGHBOURS = tuple((y, x) for y in (0, 1, 2) for x in (0, 1, 2) if (y, x) != (1, 1))
LEAST_SHARE = 0.2
"""Share of the subject in a cell that is a mixture; a cell of less belongs to the ground."""
KEYED_SHARE, PURE = 0.5, 0.85
"""The same on a green or magenta that is meant to be cut away, and the share from which a cell there
shows no trace of it."""
MIXED, KIN = 0.6, 0.4
"""Share of the subject below which a mixture shows the ground on any other, and share of its distance from
the ground within which a neighbour is of its kind: a shade of the subject has one."""
DEEP, USUAL = 3, 0.02
"""Sides of a notch that are the subject's, and share of the ground from which a colour is its own."""
OFF = 0.12
"""How far a mixture may lie off the line between its two colours, as a share of that line."""
OVERSHOT = 0.3
"""Share of a contrast by which sharpening oversteps on the ground's side of it."""
RIMMED = 0.2
"""Share of a subject's rim that is darker than the ground where its outline can be seen."""
LINED = 0.03
"""Share of black in a subject that is drawn with black lines, at least."""


def with_tinted(pixels: Pixels, backdrop: Backdrop, clear: Mask) -> Mask:
    """Return *clear* and the cells beside it that a neighbour further in has only tinted.

    Such a cell lies on the line from the ground's colour to that neighbour's, near the ground. On
    black ground so does every shaded rim, so that nothing is taken there.
    """
    if backdrop.dark:
        return clear & ~_notches(pixels, clear)
    share = _mixture(backdrop, clear)[0]
    if backdrop.keyed:
        clear = clear | (share < KEYED_SHARE) | (backdrop.distance < backdrop.reach)
        hue = of_key_hue(pixels, backdrop.away)
        clear |= hue & (backdrop.distance < SAME_KEY) | _thin(hue)
        return clear | (grow(clear, 1) & hue)
    lines = lines_around(pixels, clear)
    kept = _in_an_area(backdrop, clear) | lines | _like_a_line(backdrop, lines)
    kept |= (share < 0) & in_areas(pixels)
    return clear | mostly(pixels, (share < LEAST_SHARE) & ~kept, ~clear)


def _notches(pixels: Pixels, clear: Mask) -> Mask:
    """Return the cells with the subject at three sides whose black is seldom the ground's own.

    A line that crosses a limb ends so at its rim.
    """
    codes = number(pixels)
    counts = np.bincount(codes[clear], minlength=codes.max() + 1)
    solid = np.pad(~clear, 1).astype(np.int8)
    sides = solid[:-2, 1:-1] + solid[2:, 1:-1] + solid[1:-1, :-2] + solid[1:-1, 2:]
    return np.asarray(clear & (sides >= DEEP) & (counts < USUAL * clear.sum())[codes])


def without_spill(pixels: Pixels, backdrop: Backdrop, clear: Mask) -> Pixels:
    """Return *pixels* with the colour of the neighbour further in where a rim took on the key colour."""
    share, y, x = _mixture(backdrop, clear)
    return _from_neighbours(pixels, share < PURE, y, x)


def without_mixed(pixels: Pixels, backdrop: Backdrop, clear: Mask) -> Pixels:
    """Return *pixels* with that neighbour's colour in lone cells at a rim that are half the ground's."""
    share, y, x = _mixture(backdrop, clear)
    shades = in_areas(pixels) | lines_around(pixels, clear)
    mixed = mostly(pixels, (share > 0) & (share < MIXED) & ~shades, ~clear)
    mixed &= ~_near_one_of(backdrop, ~clear, KIN)
    return _from_neighbours(pixels, mixed, y, x)


def _from_neighbours(pixels: Pixels, cells: Mask, y: Steps, x: Steps) -> Pixels:
    """Return *pixels* with the colours of the neighbours that the steps *y* and *x* lead to in *cells*."""
    result = pixels.copy()
    rows, columns = np.nonzero(cells)
    result[rows, columns] = pixels[rows + y[cells], columns + x[cells]]
    return result


def _near_one_of(backdrop: Backdrop, cells: Mask, share: float) -> Mask:
    """Return what has one of *cells* beside it within that *share* of its distance from the ground."""
    padded, beside = [np.pad(plane, 1) for plane in backdrop.away], np.pad(cells, 1)
    rows, columns = cells.shape
    own = share**2 * sum(plane**2 for plane in backdrop.away)
    found = np.zeros(cells.shape, bool)
    for y, x in NEIGHBOURS:
        part = np.s_[y : y + rows, x : x + columns]
        off = sum(
            (near[part] - here) ** 2 for near, here in zip(padded, backdrop.away, strict=True)
        )
        found |= beside[part] & (off < own)
    return found


def _mixture(backdrop: Backdrop, clear: Mask) -> tuple[Plane, Steps, Steps]:
    """Return the subject's share in each cell beside the ground, and the step to the neighbour mixed in.

    The share is infinite for cells that lie off the line to every neighbour's colour, and negative
    where sharpening drove the ground away from that colour.
    """
    away = np.stack(backdrop.away, -1)
    padded = np.pad(away, ((1, 1), (1, 1), (0, 0)))
    solid = np.pad(~clear, 1)
    height, width = clear.shape
    least = np.full(clear.shape, np.inf, np.float32)
    down, right = np.zeros((2, *clear.shape), np.intp)
    for y, x in NEIGHBOURS:
        inner = padded[y : y + height, x : x + width]
        length = np.maximum((inner**2).sum(-1), 1)
        share = (away * inner).sum(-1) / length
        off = ((away - share[..., None] * inner) ** 2).sum(-1) / length
        here = (share > -OVERSHOT) & (off < OFF**2) & solid[y : y + height, x : x + width]
        here &= share < least
        least[here], down[here], right[here] = share[here], y - 1, x - 1
    least[clear | ~_beside(clear)] = np.inf
    return least, down, right


def _in_an_area(backdrop: Backdrop, clear: Mask) -> Mask:
    """Return the cells that share their colour with one further in: a colour of its own, no mixture."""
    inner = np.pad(~clear & ~_beside(clear), 1)
    padded = [np.pad(plane, 1) for plane in backdrop.away]
    rows, columns = clear.shape
    found = np.zeros(clear.shape, bool)
    for y, x in ((0, 1), (1, 0), (1, 2), (2, 1)):
        part = np.s_[y : y + rows, x : x + columns]
        off = sum((near[part] - own) ** 2 for near, own in zip(padded, backdrop.away, strict=True))
        found |= inner[part] & (off < 3 * backdrop.reach**2)
    return found


def _like_a_line(backdrop: Backdrop, lines: Mask) -> Mask:
    """Return the cells beside one of *lines* that are more like it than like the ground: the line goes on."""
    return _near_one_of(backdrop, lines, 1)


def _thin(mask: Mask) -> Mask:
    """Return the cells of *mask* that are in no square of 2x2 of its cells."""
    return np.asarray(mask & ~squares_at(corners_of(np.pad(mask, 1))))


def hides_outline(backdrop: Backdrop, clear: Mask) -> bool:
    """Return whether the ground is black and the subject drawn with black lines that merge with it."""
    if not backdrop.dark or _shows_outline(backdrop, clear):
        return False
    dark = (backdrop.distance < backdrop.reach) & ~clear
    wide = grow(~grow(~dark, 1), 1)
    return bool((dark & ~wide).sum() >= LINED * (~clear).sum())


def with_outline(clear: Mask) -> Mask:
    """Return *clear* less a line of one cell about the subject."""
    return clear & ~_beside(~clear)


def _shows_outline(backdrop: Backdrop, clear: Mask) -> bool:
    """Return whether the subject has a rim darker than the ground."""
    rim = _beside(clear) & ~clear
    darker = rim & (sum(backdrop.away) < -1)
    return bool(darker.sum() >= RIMMED * rim.sum())


def _beside(mask: Mask) -> Mask:
    """Return the cells that share a side with one of *mask*."""
    around = np.pad(mask, 1)
    return np.asarray(around[:-2, 1:-1] | around[2:, 1:-1] | around[1:-1, :-2] | around[1:-1, 2:])

"""Cells of native pixel art beside the ground that are neither wholly ground nor wholly subject."""

import numpy as np

from mobart.art.background.backdrop import Backdrop
from mobart.art.regions import Mask

NEIGHBOURS = tuple((y, x) for y in (0, 1, 2) for x in (0, 1, 2) if (y, x) != (1, 1))
LEAST_SHARE = 0.35
"""Share of the subject in a cell that is a mixture; a cell of less belongs to the ground."""
OFF = 0.12
"""How far a mixture may lie off the line between its two colours, as a share of that line."""
RIMMED = 0.2
"""Share of a subject's rim that is darker than the ground where its outline can be seen."""
LINED = 0.03
"""Share of black in a subject that is drawn with black lines, at least."""


def with_tinted(backdrop: Backdrop, clear: Mask) -> Mask:
    """Return *clear* and the cells beside it that a neighbour further in has only tinted.

    Such a cell lies on the line from the ground's colour to that neighbour's, near the ground. On
    black ground so does every shaded rim, so that nothing is taken there.
    """
    if backdrop.dark:
        return clear
    away = np.stack(backdrop.away, -1)
    shape = clear.shape
    padded = np.pad(away, ((1, 1), (1, 1), (0, 0)))
    solid = np.pad(~clear, 1)
    tinted = np.zeros(shape, bool)
    for y, x in NEIGHBOURS:
        inner = padded[y : y + shape[0], x : x + shape[1]]
        length = np.maximum((inner**2).sum(-1), 1)
        share = (away * inner).sum(-1) / length
        off = ((away - share[..., None] * inner) ** 2).sum(-1) / length
        here = (share > 0) & (share < LEAST_SHARE) & (off < OFF**2)
        tinted |= here & solid[y : y + shape[0], x : x + shape[1]]
    return clear | (tinted & _beside(clear) & ~_in_an_area(backdrop, clear))


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


def hides_outline(backdrop: Backdrop, clear: Mask) -> bool:
    """Return whether the ground is black and the subject drawn with black lines that merge with it."""
    if not backdrop.dark or _shows_outline(backdrop, clear):
        return False
    lines = (backdrop.distance < backdrop.reach) & ~clear
    return bool(lines.sum() >= LINED * (~clear).sum())


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

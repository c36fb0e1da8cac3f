"""Pixel art that needs no recovery: true pixels, as they are or enlarged by a whole number."""

import math

import numpy as np
import numpy.typing as npt

from mobart.art.files.decode import Pixels
from mobart.art.pixelgrid.view import stride

MOST_COLOURS = 256
"""Colours of true pixel art at most: as many as a PNG's palette holds."""
GENTLE = 8
"""Levels between neighbours that a gradient stays below."""
MANY = 24
"""Colours from which on such gentle steps are a gradient and no drawing."""
PLAIN = 32
"""Levels by which a pixel of a drawing differs from its neighbour: no grain or dithering does."""
SINGLE = 0.12
"""Share of such steps that are taken back one pixel on, in true pixels at least: native sprites have
0.08 to 0.3 (5th to 50th percentile of 155), enlarged pictures below 0.1 unless they are grained."""
SMALL = 256
"""Side up to which few colours alone make a picture pixel art at its native size."""
AT_ONCE = 16
"""Parts in which colours are counted: most pictures show in the first that they have too many."""
GLANCE = 4096
"""Pixels that are looked at first: where nearly each has a colour of its own they tell as much as all."""
FEWEST_BORDERS = 5
"""Rows and columns at which an enlarged picture changes, at least: a single square in an empty
picture is a multiple of its own size, and of that nothing follows."""
FINE_RUNS = 0.02
"""Share of one-pixel runs that pixel art at its native size has at least."""

Packed = npt.NDArray[np.uint32]


def find_native(pixels: Pixels) -> Pixels | None:
    """Return the native picture if *pixels* are true pixel art, None if it has to be recovered."""
    packed = _pack(pixels)
    factor = _factor(packed)
    if factor == 1 and not (_has_few_colours(packed) and _is_fine(pixels)):
        return None
    return np.ascontiguousarray(pixels[::factor, ::factor])


def may_be_native(pixels: Pixels) -> bool:
    """Return whether *pixels* in which no lattice was found are pixel art as they are.

    A picture of few colours may as well be a large one whose file has a palette.
    """
    packed = _pack(pixels)
    if not _has_few_colours(packed):
        return False
    return max(packed.shape) <= SMALL or _fine_runs(packed) >= FINE_RUNS


def _pack(pixels: Pixels) -> Packed:
    """Return each pixel's four channels as one number."""
    return np.ascontiguousarray(pixels).view(np.uint32)[..., 0]


def _factor(packed: Packed) -> int:
    """Return the greatest whole number by which the picture is enlarged; 1 if too little tells it."""
    borders = [np.flatnonzero((p[1:] != p[:-1]).any(1)) + 1 for p in (packed, packed.T)]
    if sum(map(len, borders)) < FEWEST_BORDERS:
        return 1
    return math.gcd(*np.concatenate(borders).tolist(), *packed.shape)


def is_broken_gradient(native: Pixels) -> bool:
    """Tell a smooth picture that a codec broke into flat blocks from art enlarged as much."""
    pairs = (native[1:], native[:-1]), (native[:, 1:], native[:, :-1])
    gentle = all(_furthest(one[::s], other[::s]) <= GENTLE for s in (16, 1) for one, other in pairs)
    return gentle and np.unique(_pack(native)).size > MANY


def _furthest(one: Pixels, other: Pixels) -> int:
    """Return the largest difference in levels of two pixels at one place."""
    return int((np.maximum(one, other) - np.minimum(one, other)).max(initial=0))


def _has_few_colours(packed: Packed) -> bool:
    """Return whether there are few colours, by a glance, by every sixteenth row, the next to it, and so on."""
    seen = np.unique(packed.ravel()[:: max(1, packed.size // GLANCE)])
    if seen.size > MOST_COLOURS:
        return False
    for start in range(AT_ONCE):
        seen = np.unique(np.concatenate([seen, packed[start::AT_ONCE].ravel()]))
        if seen.size > MOST_COLOURS:
            return False
    return True


def _is_fine(pixels: Pixels) -> bool:
    """Return whether details of one pixel stand out, as no enlarged picture has them.

    Grain and dithering are single pixels too, but differ little from their surroundings.
    """
    shares = []
    for plane in np.moveaxis(pixels, -1, 0):
        for rows in (plane, plane.T):
            some = rows[:: stride(rows.shape)]
            step = np.diff(some.astype(np.int16), axis=1)
            before, after = step[:, :-1], step[:, 1:]
            strong = np.abs(before) > PLAIN
            back = strong & (np.abs(after) > PLAIN) & ((before > 0) != (after > 0))
            shares.append((int(back.sum()), int(strong.sum())))
    single, steps = np.sum(shares, 0)
    return bool(single >= SINGLE * max(1, steps))


def _fine_runs(packed: Packed) -> float:
    """Share of runs along rows, borders excepted, that are one pixel long."""
    change = packed[:, 1:] != packed[:, :-1]
    runs = change[:, 1:].sum()
    single = (change[:, 1:] & change[:, :-1]).sum()
    return float(single / runs) if runs else 0.0

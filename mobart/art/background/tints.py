"""Cells of native pixel art that are ground tinted by a neighbour, and colours that only look so."""

import numpy as np
import numpy.typing as npt

from mobart.art.files.decode import Pixels
from mobart.art.regions import Mask, Plane, grow

TINT = 0.12
"""Share of the contrast around it by which a cell of the ground may be tinted."""
MIDDLING = 24.0
"""Levels below which a colour may be a shade of its neighbour, not another thing."""
ASIDE = 12.0
"""Levels that a tint may lie off the line from the ground to the neighbour that it comes from."""
FEWEST, EACH_SIDE = 8, 0.12
"""Cells of one colour that make a line around a subject, and the share of them at each side."""
BOUND, APART = 0.8, 2.0
"""Share of the cells of a line on dark ground that lie beside the subject, and levels between both colours."""
MOSTLY = 0.5
"""Share of the cells of a colour that must be tints for it to be one, and no shade of the subject."""

Codes = npt.NDArray[np.intp]


def faintly_tinted(pixels: Pixels, away: tuple[Plane, ...], distance: Plane, reach: float) -> Mask:
    """Return the cells of the ground that took on a little of a neighbour of strong contrast.

    No rule for near-black ground, where such a cell is an outline.  Beside a cell of middling
    distance they are more likely shades of the subject; so is a colour of whole areas, and one
    that no neighbour leads to.
    """
    wide = np.lib.stride_tricks.sliding_window_view(np.pad(distance, 1), (3, 3))
    tinted = distance < TINT * wide.max((2, 3))
    middling = ~tinted & (distance >= reach) & (distance < MIDDLING)
    beside = np.lib.stride_tricks.sliding_window_view(np.pad(middling, 1), (3, 3)).any((2, 3))
    found = np.asarray(tinted & ~beside)
    if not (found & (distance >= reach)).any():
        return found
    found &= ~(in_areas(pixels) & (distance >= reach))
    found &= (distance < reach) | _leads_to_a_neighbour(away, distance)
    return found & ((distance < reach) | mostly(pixels, found, distance >= reach))


def _leads_to_a_neighbour(away: tuple[Plane, ...], distance: Plane) -> Mask:
    """Return the cells that differ from the ground as a neighbour of strong contrast does.

    Sharpening turns the difference round.
    """
    padded, far = [np.pad(plane, 1) for plane in away], np.pad(distance, 1)
    rows, columns = distance.shape
    found = np.zeros(distance.shape, bool)
    for y, x in ((y, x) for y in (0, 1, 2) for x in (0, 1, 2)):
        part = np.s_[y : y + rows, x : x + columns]
        along = sum(near[part] * own for near, own in zip(padded, away, strict=True)) / len(away)
        aside = distance**2 - (along / np.maximum(far[part], 1)) ** 2
        found |= (distance < TINT * far[part]) & (aside <= ASIDE**2)
    return found


def lines_around(pixels: Pixels, clear: Mask) -> Mask:
    """Return the cells of colours that line the subject at all four sides: outlines, no tints."""
    codes = number(pixels)
    ground = np.pad(clear, 1, constant_values=True)
    rows, columns = clear.shape
    counts = [
        np.bincount(
            codes[~clear & ground[y : y + rows, x : x + columns]], minlength=codes.max() + 1
        )
        for y, x in ((0, 1), (2, 1), (1, 0), (1, 2))
    ]
    total = sum(counts)
    line = (total >= FEWEST) & (np.min(counts, 0) >= EACH_SIDE * total)
    return np.asarray(line[codes] & ~clear)


def dark_lines(codes: Codes, distance: Plane, reach: float) -> Mask:
    """Return the cells of outlines on near-black ground that are nearly as dark as it.

    Each has one colour, which is not the ground's and lies along the subject at all its sides.
    """
    close = distance < reach
    size = codes.max() + 1
    counts = np.bincount(codes[close], minlength=size)
    rim = close & grow(~close, 1)
    bound = np.bincount(codes[rim], minlength=size) >= BOUND * counts
    bound &= np.bincount(codes[close], distance[close], size) >= APART * counts
    around = np.pad(~close | bound[codes], 1)
    rows, columns = codes.shape
    sides = [
        np.bincount(codes[rim & around[y : y + rows, x : x + columns]], minlength=size)
        for y, x in ((0, 1), (2, 1), (1, 0), (1, 2))
    ]
    lines = bound & (counts >= FEWEST) & (np.min(sides, 0) >= EACH_SIDE * counts)
    return np.asarray(close & lines[codes])


def mostly(pixels: Pixels, tinted: Mask, among: Mask) -> Mask:
    """Return the *tinted* cells of colours that are so in most of their cells *among* which they count."""
    codes = number(pixels)
    counts = np.bincount(codes[among], minlength=codes.max() + 1)
    share = np.bincount(codes[tinted & among], minlength=counts.size) / np.maximum(counts, 1)
    return np.asarray(tinted & (share >= MOSTLY)[codes])


def number(pixels: Pixels) -> Codes:
    """Return a number for each cell's colour."""
    packed = pixels[..., :3].astype(np.int64) @ (1, 256, 65536)
    return np.asarray(np.unique(packed, return_inverse=True)[1].reshape(packed.shape))


def in_areas(pixels: Pixels) -> Mask:
    """Return the cells of colours that fill a square of 2x2 cells somewhere."""
    codes = number(pixels)
    square = (codes[1:, 1:] == codes[:-1, 1:]) & (codes[1:, 1:] == codes[1:, :-1])
    square &= codes[1:, 1:] == codes[:-1, :-1]
    filling = np.zeros(codes.max() + 1, bool)
    filling[codes[1:, 1:][square]] = True
    return np.asarray(filling[codes])

"""Places of native pixel art that need another look: the ground's own in the light of what is around.

So are parts of a subject of the ground's colour that the ground reaches through a gap in an outline.
"""

import numpy as np

from mobart.art.background.backdrop import Backdrop
from mobart.art.background.evidence import (
    LINED,
    STARK,
    STRANGE,
    is_walled,
    lined_share,
    sharp_share,
)
from mobart.art.background.scale import Scale
from mobart.art.regions import Mask, corners_of, find_regions, flood, grow, squares_at

SHADED = 2.2
"""Reaches within which all of such a place lies: ten levels, where the ground itself keeps to five."""
LEAST_STARK, LEAST_LINED = 0.7, 0.5
"""Shares of its rim with strong contrast, and with colours that line the subject: less than a hole of the
ground's own colour needs, since no other part of the subject may have a colour of this one."""
FIELD, JOINED = 0.25, 2
"""Share of it that lies within fields and lines, at least: cells with so many such cells at their sides. Colours
are compared there, as the same shade in single cells is grain or texture of a subject."""
LARGEST = 0.1
"""Share of the silhouette that it may have."""
ROOMY = 2
"""Squares of 2x2 cells in a place behind a neck of one, at least: a slit between two parts has none."""
BOTTLED = 2
"""Sides of cells that such a neck has, at most, where the place is larger than that: a body within its outline."""
DEEP = 2
"""Cells from the ground from which on a colour is the subject's own, not a mixture."""


def find_pockets(backdrop: Backdrop, clear: Mask, scale: Scale) -> Mask:
    """Return the cells of such places; there are none on white and black, the colours of shirts and eyes."""
    none = np.zeros(clear.shape, bool)
    codes = backdrop.codes
    if codes is None or backdrop.white or backdrop.dark or backdrop.reason != "plain":
        return none
    near = (backdrop.distance < SHADED * backdrop.reach) & ~clear
    places = find_regions(near)
    if not places.count:
        return none
    areas = places.areas()
    attached = places.sums(grow(clear, 1)) > 0
    shown = ~attached & ~is_walled(places, clear, scale)
    shown &= (areas >= scale.hole) & (areas <= LARGEST * (~clear).sum())
    shown &= lined_share(codes, places, clear) >= LEAST_LINED
    around = np.pad(near, 1).astype(np.int8)
    sides = around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:]
    flat = near & (sides >= JOINED)
    fields = places.sums(flat)
    shown &= fields >= FIELD * areas
    subject = ~clear & flat & ~places.fill(attached) & ~grow(clear, DEEP)
    here, all_of_it = (
        np.bincount(codes[part], minlength=codes.max() + 1)
        for part in (subject & places.fill(shown), subject)
    )
    strange = (here >= STRANGE * all_of_it)[codes]
    shown &= places.sums(flat & strange) == fields
    sure = shown & (sharp_share(backdrop, places, clear, scale, STARK) >= LEAST_STARK)
    same = np.bincount(codes[places.fill(sure) & flat], minlength=here.size) >= scale.hole
    shown &= sure | (places.sums(flat & same[codes]) >= STRANGE * fields)
    return places.fill(shown)


def find_bottles(backdrop: Backdrop, outside: Mask) -> Mask:
    """Return what *outside* has behind necks of one cell that is wider and no ground: parts of the subject.

    No outline lines such a place, or it is too large for a gap between limbs.
    """
    none = np.zeros(outside.shape, bool)
    if backdrop.codes is None or backdrop.keyed or backdrop.dark:
        return none
    wide = squares_at(flood(corners_of(np.pad(outside, 1, "edge"))))
    behind = outside & ~wide
    places = find_regions(behind)
    if not places.count:
        return none
    around = np.pad(wide, 1)
    beside = around[:-2, 1:-1] | around[2:, 1:-1] | around[1:-1, :-2] | around[1:-1, 2:]
    roomy = places.sums(corners_of(np.pad(behind, ((0, 1), (0, 1))))) >= ROOMY
    bare = lined_share(backdrop.codes, places, wide) < LINED
    large = places.areas() > LARGEST * (~outside).sum()
    return places.fill(roomy & bare | large & (places.sums(beside) <= BOTTLED))

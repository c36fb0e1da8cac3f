"""Ground that a codec stirred up beside the subject: rougher there than far from any edge.

A JPEG spreads the colour of an edge over its block of 16 pixels; what is left of the ground there strays
further than grain does elsewhere, and would stay as crumbs around the subject.
"""

from dataclasses import replace

import numpy as np

from mobart.art.background.backdrop import Backdrop
from mobart.art.regions import Mask, flood, grow

STRONG = 40.0
"""Levels beyond the reach from which an edge is strong."""
SOFT, BLOCK = 3, 9
"""Pixels from a strong edge within which a soft edge lies, and half a block of colour."""
ROUGHER = 1.3
"""Ratio of the median distances beside and far from edges that is no chance."""
SPREAD, MOST = 5.0, 2.0
"""Reach over the median distance beside edges, and over the reach elsewhere at most."""
FEWEST = 200
"""Pixels that tell how rough the ground is."""

RIPPLE = 4
"""Pixels from a strong edge within which sharpening and codecs ripple the ground."""
RIPPLED = 6.0
"""Levels up to which they do: twice the least reach; grain has a greater one, and more is a shade."""


def settle(backdrop: Backdrop) -> Backdrop:
    """Bring what is stirred up within the reach, by as much as the ground is rougher beside edges."""
    distance, reach = backdrop.distance, backdrop.reach
    strong = distance >= reach + STRONG
    ground = flood(distance < MOST * reach)
    beside = grow(strong, BLOCK)
    near = distance[ground & beside & ~grow(strong, SOFT)]
    far = distance[ground & ~grow(strong, 2 * BLOCK)]
    if min(near.size, far.size) < FEWEST or np.median(near) < ROUGHER * np.median(far):
        return backdrop
    factor = float(np.clip(SPREAD * np.median(near) / reach, 1, MOST))
    share = np.where(beside & (distance < factor * reach), 1 / factor, 1).astype(np.float32)
    one, two, three = (plane * share for plane in backdrop.away)
    return replace(backdrop, away=(one, two, three), distance=distance * share)


def without_ripples(backdrop: Backdrop, clear: Mask) -> Mask:
    """Return *clear* and what ripples beside strong edges: at an edge nothing else is that faint."""
    if backdrop.reach >= RIPPLED or backdrop.reason != "plain":
        return clear
    strong = backdrop.distance >= backdrop.reach + STRONG
    faint = (backdrop.distance < RIPPLED) & grow(strong, RIPPLE)
    for _ in range(RIPPLE):
        clear = clear | (grow(clear, 1) & faint)
    return clear

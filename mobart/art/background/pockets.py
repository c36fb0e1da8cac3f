"""Enclosed places of native pixel art that are a shade off the ground: its own, in the light of what is around."""

import numpy as np

from mobart.art.background.backdrop import Backdrop
from mobart.art.background.evidence import STARK, STRANGE, is_walled, lined_share, sharp_share
from mobart.art.background.scale import Scale
from mobart.art.regions import Mask, find_regions, grow

SHADED = 2.2
"""Reaches within which all of such a place lies: ten levels, where the ground itself keeps to five."""
LEAST_STARK, LEAST_LINED = 0.7, 0.5
"""Shares of its rim with strong contrast, and with colours that line the subject: less than a hole of the
ground's own colour needs, since no other part of the subject may have a colour of this one."""
LARGEST = 0.1
"""Share of the silhouette that it may have."""
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
    subject = ~clear & ~places.fill(attached) & ~grow(clear, DEEP)
    here, all_of_it = (
        np.bincount(codes[part], minlength=codes.max() + 1)
        for part in (subject & places.fill(shown), subject)
    )
    strange = here >= STRANGE * all_of_it
    shown &= places.sums(strange[codes]) == areas
    shown &= sharp_share(backdrop, places, clear, scale, STARK) >= LEAST_STARK
    return places.fill(shown)

"""Whether what lies around a place is what lies around the whole subject, or what it is made of inside.

A hole is bordered as the silhouette is: by outlines, or by whatever the subject shows to the ground. A part
of the subject that has the ground's colour is bordered by the subject's inside. Both are distributions
of colours, and the mean logarithm of their ratio tells how much more likely one is than the other.
"""

import numpy as np
import numpy.typing as npt

from mobart.art.background.backdrop import Backdrop
from mobart.art.regions import Mask, Regions, grow

Counts = npt.NDArray[np.float64]

BINS = 16
"""Steps of 32 levels into which differences from the ground, -255 to 255, are sorted in each channel."""
UNSEEN = 0.02
"""Share of a rim, or of the inside, that is spread over all colours, seen or not."""
MOST = 2.0
"""Logarithm beyond which a colour says no more."""
NEIGHBOURS = tuple((y, x) for y in (0, 1, 2) for x in (0, 1, 2) if (y, x) != (1, 1))


def rim_likeness(backdrop: Backdrop, regions: Regions, outside: Mask) -> Counts:
    """Return for each region how much more likely its rim is one of the silhouette: a mean logarithm.

    What has no rim of its own gets 0.
    """
    subject = ~outside & (backdrop.distance >= backdrop.reach)
    codes = np.zeros(subject.shape, np.intp)
    for plane in backdrop.away:
        codes = codes * BINS + ((plane + 256) / (512 / BINS)).astype(np.intp)
    rim = subject & grow(outside, 1)
    ratio = np.log(_shares(codes[rim]) / _shares(codes[subject & ~rim]))
    told = np.clip(ratio, -MOST, MOST)[codes] * subject
    sums, counts = (_around(regions, each) for each in (told, subject))
    return np.asarray(sums / np.maximum(counts, 1))


def _shares(codes: npt.NDArray[np.intp]) -> Counts:
    """Return the share of each colour, with a part of it given to its neighbours."""
    counts = np.bincount(codes, minlength=BINS**3).astype(np.float64).reshape((BINS,) * 3)
    for axis in range(3):
        wide = np.moveaxis(np.pad(counts, [(int(axis == each),) * 2 for each in range(3)]), axis, 0)
        counts = np.moveaxis((wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4, 0, axis)
    spread = (1 + UNSEEN * codes.size) / counts.size
    return np.asarray((counts + spread) / (counts.sum() + spread * counts.size)).ravel()


def _around(regions: Regions, values: npt.NDArray[np.generic]) -> Counts:
    """Return the sum of *values* over the neighbours of each region's places."""
    rows, columns = regions.shape
    padded = np.pad(values, 1)
    return np.asarray(
        sum(regions.sums(padded[y : y + rows, x : x + columns]) for y, x in NEIGHBOURS)
    )

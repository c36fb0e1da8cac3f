"""PNG's row filters (PNG specification, chapter 9), on whole pictures at a time.

A filter stores each byte as its difference from what neighbours of the same channel predict.  Per
row, the filter is taken whose differences are smallest in sum (the specification's own heuristic,
12.7), judged by every fourth pixel.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
"""Rows x bytes."""
Kind = Literal[0, 1, 2, 3, 4]

NONE: Kind = 0
SUB: Kind = 1
UP: Kind = 2
AVERAGE: Kind = 3
PAETH: Kind = 4
JUDGED = 4


class _Around(NamedTuple):
    """The bytes of some pixels and of their neighbours, 0 beyond the border."""

    here: Bytes
    left: Bytes
    above: Bytes
    corner: Bytes


def filter_rows(pixels: Bytes, kinds: Sequence[Kind]) -> Bytes:
    """Return the rows of *pixels* (height x width x channels) as PNG stores them, filter first."""
    padded = np.pad(pixels, ((1, 0), (1, 0), (0, 0)))
    around = _around(padded, 1)
    rows = np.empty((pixels.shape[0], 1 + around.here.shape[1]), np.uint8)
    if len(kinds) == 1:
        rows[:, 0], rows[:, 1:] = kinds[0], _apply(kinds[0], around)
        return rows
    rows[:, 0] = _choose(_around(padded, JUDGED), kinds)
    for kind in kinds:
        own = np.flatnonzero(rows[:, 0] == kind)
        if own.size:
            rows[own, 1:] = _apply(kind, _Around(*(part[own] for part in around)))
    return rows


def _choose(sample: _Around, kinds: Sequence[Kind]) -> Bytes:
    sums = np.stack([_magnitude(_apply(kind, sample)) for kind in kinds])
    return np.asarray(np.array(kinds, np.uint8)[sums.argmin(axis=0)])


def _around(padded: Bytes, step: int) -> _Around:
    height = padded.shape[0] - 1
    here, before = slice(1, None, step), slice(0, -1, step)
    parts = (padded[1:, here], padded[1:, before], padded[:-1, here], padded[:-1, before])
    return _Around(*(np.ascontiguousarray(part).reshape(height, -1) for part in parts))


def _magnitude(differences: Bytes) -> npt.NDArray[np.uint32]:
    size = np.minimum(differences, np.negative(differences))
    return np.asarray(size.sum(axis=1, dtype=np.uint32))


def _apply(kind: Kind, around: _Around) -> Bytes:
    here, left, above, _ = around
    if kind == NONE:
        return here
    if kind == SUB:
        return here - left
    if kind == UP:
        return here - above
    if kind == AVERAGE:
        return here - ((left & above) + ((left ^ above) >> 1))
    return here - _paeth(around)


def _paeth(around: _Around) -> Bytes:
    """Of left, above and corner, return the one nearest to left + above - corner."""
    _, left, above, corner = around
    to_left = np.maximum(above, corner) - np.minimum(above, corner)
    to_above = np.maximum(left, corner) - np.minimum(left, corner)
    to_corner = np.maximum(to_left, to_above) - np.minimum(to_left, to_above)
    between = (above >= corner) != (left >= corner)
    nearest = np.where(to_left <= to_above, left, above)
    use_corner = between & (to_corner < to_left) & (to_corner < to_above)
    return np.where(use_corner, corner, nearest)

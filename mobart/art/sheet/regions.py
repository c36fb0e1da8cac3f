"""Connected regions of a mask, by its runs: linear in the number of runs, whatever their shape."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobart.art.frame import Box

Mask = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int32]
"""Rows x columns: number of the region that a place belongs to, from 1; 0 for none."""
Numbers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Region:
    """A connected part of a mask: its number, its box, and how many places it has."""

    number: int
    box: Box
    area: int


def find_regions(mask: Mask) -> tuple[Labels, list[Region]]:
    """Return the regions of *mask*, joined over sides and corners, in order of their first place."""
    rows, starts, stops = _find_runs(mask)
    labels = np.zeros(mask.shape, np.int32)
    if not rows.size:
        return labels, []
    _, number = np.unique(_join(rows.size, *_touching(rows, starts, stops)), return_inverse=True)
    labels[mask] = np.repeat(number + 1, stops - starts)
    count = int(number.max()) + 1
    area = np.bincount(number, stops - starts, count).astype(int)
    low_x, low_y = np.full(count, mask.shape[1]), np.full(count, mask.shape[0])
    high_x, high_y = np.zeros(count, int), np.zeros(count, int)
    np.minimum.at(low_x, number, starts)
    np.minimum.at(low_y, number, rows)
    np.maximum.at(high_x, number, stops)
    np.maximum.at(high_y, number, rows + 1)
    boxes = np.stack([low_x, low_y, high_x - low_x, high_y - low_y], 1).tolist()
    return labels, [Region(k + 1, Box(*box), int(area[k])) for k, box in enumerate(boxes)]


def _find_runs(mask: Mask) -> tuple[Numbers, Numbers, Numbers]:
    """Return row, first column and first column after each run, row by row."""
    steps = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(steps == 1)
    return rows, starts, np.nonzero(steps == -1)[1]


def _touching(rows: Numbers, starts: Numbers, stops: Numbers) -> tuple[Numbers, Numbers]:
    """Return all pairs of runs that touch, corners included, each with one of the row below."""
    line = int(stops.max()) + 2
    first = np.searchsorted(rows * line + stops, (rows + 1) * line + starts)
    after = np.searchsorted(rows * line + starts, (rows + 1) * line + stops, side="right")
    count = np.maximum(after - first, 0)
    upper = np.repeat(np.arange(rows.size), count)
    offset = np.arange(upper.size) - np.repeat(np.cumsum(count) - count, count)
    return upper, np.repeat(first, count) + offset


def _join(count: int, one: Numbers, other: Numbers) -> Numbers:
    """Return for each of *count* nodes the least one that pairs join it to.

    Each round hooks every root to the least root beside it and then shortens all paths, so that
    the number of roots of a region at least halves.
    """
    root = np.arange(count)
    while True:
        left, right = root[one], root[other]
        if (left == right).all():
            return root
        np.minimum.at(root, np.maximum(left, right), np.minimum(left, right))
        while (root[root] != root).any():
            root = root[root]

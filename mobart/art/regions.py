"""Connected parts of a mask, found in time linear in its runs.

A run is an unbroken row of pixels of the mask. Runs that touch runs of the row above are joined
by hooking every root to its smallest neighbour and halving the paths (Shiloach and Vishkin 1982),
so that a maze costs a few more rounds over its runs instead of one for each of its turns.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobart.art.frame import Box

Mask = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]
Labels = npt.NDArray[np.int32]
"""Rows x columns: number of the region that a place belongs to, from 1; 0 for none."""
Plane = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Regions:
    """Parts of a mask that hang together, in order of their first pixels.

    *places* are the pixels of the mask in reading order, counted from the top left; *part* is the
    region of each, 0 to *count* - 1.
    """

    shape: tuple[int, int]
    places: Index
    part: Index
    count: int

    def areas(self) -> Index:
        """Pixels of each region."""
        return np.bincount(self.part, minlength=self.count)

    def at_border(self) -> Mask:
        """Tell which regions touch the border of the picture."""
        edge = np.ones(self.shape, bool)
        edge[1:-1, 1:-1] = False
        return self.sums(edge) > 0

    def sums(self, values: Plane | Mask) -> npt.NDArray[np.float64]:
        """Sum of *values* (of the mask's shape) over each region."""
        return np.bincount(self.part, values.ravel()[self.places], self.count).astype(np.float64)

    def labels(self) -> Labels:
        """Return the number of each place's region, from 1."""
        labels = np.zeros(self.shape, np.int32)
        labels.ravel()[self.places] = self.part + 1
        return labels

    def boxes(self) -> list[Box]:
        """Return the box of each region."""
        y, x = np.divmod(self.places, self.shape[1])
        low, high = np.full((2, self.count), max(self.shape)), np.zeros((2, self.count), np.intp)
        for axis, place in enumerate((x, y)):
            np.minimum.at(low[axis], self.part, place)
            np.maximum.at(high[axis], self.part, place + 1)
        return [Box(*box) for box in np.concatenate([low, high - low]).T.tolist()]

    def fill(self, chosen: Mask) -> Mask:
        """Return the mask of the regions *chosen* (one flag each)."""
        mask = np.zeros(self.shape, bool)
        mask.ravel()[self.places[chosen[self.part]]] = True
        return mask


def find_regions(mask: Mask, *, corners: bool = False) -> Regions:
    """Label the parts of *mask* (rows x columns) that hang together over sides, or *corners* too."""
    rows, columns = mask.shape
    flat = np.zeros(rows * (columns + 1) + 2, np.int8)
    flat[1:-1].reshape(rows, columns + 1)[:, :columns] = mask
    edges = np.flatnonzero(np.diff(flat))
    starts, stops = edges[::2], edges[1::2]
    pairs = _touching(starts, stops, columns + 1, corners=corners)
    roots, owner = np.unique(_join(starts.size, *pairs), return_inverse=True)
    part = np.repeat(owner.reshape(-1), stops - starts)
    return Regions((rows, columns), np.flatnonzero(mask), part, roots.size)


def _touching(starts: Index, stops: Index, width: int, *, corners: bool) -> tuple[Index, Index]:
    """Return the pairs of runs that share a side, or a corner."""
    if corners:
        first = np.searchsorted(stops + width, starts, "left")
        count = np.searchsorted(starts + width, stops, "right") - first
    else:
        first = np.searchsorted(stops + width, starts, "right")
        count = np.searchsorted(starts + width, stops, "left") - first
    lower = np.repeat(np.arange(starts.size), count)
    upper = np.arange(lower.size) + np.repeat(first - np.cumsum(count) + count, count)
    return lower, upper


def _join(size: int, one: Index, other: Index) -> Index:
    """Return the smallest run that each of *size* runs is joined to."""
    root = np.arange(size)
    while one.size:
        low, high = np.minimum(root[one], root[other]), np.maximum(root[one], root[other])
        apart = low != high
        one, other = one[apart], other[apart]
        np.minimum.at(root, high[apart], low[apart])
        while True:
            nearer = root[root]
            if np.array_equal(nearer, root):
                break
            root = nearer
    return root


def flood(open_cells: Mask, seeds: Mask | None = None) -> Mask:
    """Return which of *open_cells* are joined to *seeds*, or else the border, over their sides."""
    regions = find_regions(open_cells)
    return regions.fill(regions.at_border() if seeds is None else regions.sums(seeds) > 0)


def grow(mask: Mask, radius: int) -> Mask:
    """Return the pixels within a square of *radius* around each of *mask*."""
    return _spread(_spread(np.pad(mask, radius), radius).T, radius).T


def _spread(padded: Mask, radius: int) -> Mask:
    """Return the or of every 2 radius + 1 rows of *padded*, doubling the span at each step."""
    span = 1
    while span < 2 * radius + 1:
        step = min(span, 2 * radius + 1 - span)
        padded = padded[:-step] | padded[step:]
        span += step
    return padded


def corners_of(mask: Mask) -> Mask:
    """Return where a square of 2x2 places of *mask* has its upper left one; a row and a column less."""
    return np.asarray(mask[1:, 1:] & mask[:-1, 1:] & mask[1:, :-1] & mask[:-1, :-1])


def squares_at(corners: Mask) -> Mask:
    """Return the places of the squares at *corners* of a mask that was padded by one; a row and a column less."""
    return np.asarray(corners[1:, 1:] | corners[:-1, 1:] | corners[1:, :-1] | corners[:-1, :-1])

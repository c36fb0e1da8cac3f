"""Connected parts of a mask, found in time linear in its runs.

A run is an unbroken row of pixels of the mask. Runs that touch runs of the row above are joined
by hooking every root to its smallest neighbour and halving the paths (Shiloach and Vishkin 1982),
so that a maze costs a few more rounds over its runs instead of one for each of its turns.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]
Plane = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Regions:
    """Parts of a mask that hang together over their sides.

    *starts* and *stops* are places of runs in the mask laid out row after row with one empty
    column behind each; *owner* is the region of each run, 0 to *count* - 1.
    """

    shape: tuple[int, int]
    starts: Index
    stops: Index
    owner: Index
    count: int

    def areas(self) -> Index:
        """Pixels of each region."""
        return self._sum_runs(self.stops - self.starts).astype(np.intp)

    def at_border(self) -> Mask:
        """Tell which regions touch the border of the picture."""
        rows, columns = self.shape
        row, first = np.divmod(self.starts, columns + 1)
        last = self.stops - row * (columns + 1)
        edge = (row == 0) | (row == rows - 1) | (first == 0) | (last == columns)
        return self._sum_runs(edge) > 0

    def sums(self, values: Plane | Mask) -> npt.NDArray[np.float64]:
        """Sum of *values* (of the mask's shape) over each region."""
        flat = np.pad(values, ((0, 0), (0, 1))).ravel()
        running = np.concatenate([[0.0], np.cumsum(flat, dtype=np.float64)])
        return self._sum_runs(running[self.stops] - running[self.starts])

    def fill(self, chosen: Mask) -> Mask:
        """Return the mask of the regions *chosen* (one flag each)."""
        rows, columns = self.shape
        runs = chosen[self.owner]
        steps = np.zeros(rows * (columns + 1) + 1, np.int8)
        steps[self.starts[runs]] = 1
        steps[self.stops[runs]] = -1
        inside = np.cumsum(steps, dtype=np.int8)[:-1].reshape(rows, columns + 1)
        return inside[:, :columns].view(np.bool_)

    def _sum_runs(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        sums = np.bincount(self.owner, values.astype(np.float64), self.count)
        return sums.astype(np.float64)


def find_regions(mask: Mask) -> Regions:
    """Label the connected parts of *mask* (rows x columns)."""
    rows, columns = mask.shape
    flat = np.zeros(rows * (columns + 1) + 2, np.int8)
    flat[1:-1].reshape(rows, columns + 1)[:, :columns] = mask
    edges = np.flatnonzero(np.diff(flat))
    starts, stops = edges[::2], edges[1::2]
    roots, owner = np.unique(_join(*_touching(starts, stops, columns + 1)), return_inverse=True)
    return Regions((rows, columns), starts, stops, owner.reshape(-1), roots.size)


def _touching(starts: Index, stops: Index, width: int) -> tuple[int, Index, Index]:
    """Return how many runs there are and the pairs of them that share a side."""
    first = np.searchsorted(stops + width, starts, "right")
    count = np.searchsorted(starts + width, stops, "left") - first
    lower = np.repeat(np.arange(starts.size), count)
    upper = np.arange(lower.size) + np.repeat(first - np.cumsum(count) + count, count)
    return starts.size, lower, upper


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

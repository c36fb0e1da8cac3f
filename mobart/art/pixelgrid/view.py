"""What is looked at of a large picture, so that work is bounded however many pixels it has.

Small cells are judged in one window at full resolution, where the picture shows most; large cells
by every n-th pixel of the whole.  A picture of at most ENOUGH pixels is looked at as it is.
"""

import math
from dataclasses import dataclass

import numpy as np

from mobart.art.pixelgrid.edges import Plane
from mobart.art.pixelgrid.lattice import Lattice
from mobart.art.pixelgrid.lines import Score
from mobart.art.pixelgrid.spectrum import Grey

ENOUGH = 1536 * 1024
"""Pixels that are looked at: the usual sizes of generators are judged as a whole."""
LEAST_CELL = 8.0
"""Sides in places that a cell has at least where only every n-th pixel is looked at."""
LEAST_ENOUGH = 512 * 512
"""The same for each of many parts of one picture, which share ENOUGH."""
TILES = 2
"""Tiles to a window's side, by which windows are moved in search of the busiest one."""


@dataclass(frozen=True, slots=True)
class View:
    """A part: every *step*-th pixel from *top* and *left* on.

    Its *planes*, red, green and blue first, are the picture's own; lightness takes more, and is not kept.
    """

    planes: list[Plane]
    top: int = 0
    left: int = 0
    step: int = 1

    @property
    def shape(self) -> tuple[int, ...]:
        """Height and width in places of this view."""
        return self.planes[0].shape

    @property
    def grey(self) -> Grey:
        """Lightness in levels, made anew each time."""
        return lightness(self.planes)

    def lines(self, across: Score, down: Score) -> tuple[Score, Score]:
        """Return the lines (in pixels of the picture) that lie within, in places of this view."""
        rows, columns = self._within(down, 0), self._within(across, 1)
        return (across[columns] - self.left) / self.step, (down[rows] - self.top) / self.step

    def place(self, lattice: Lattice) -> Lattice:
        """Return the cells of *lattice* that lie within, in places of this view."""
        rows, columns = self._within(lattice.down[:, 0], 0), self._within(lattice.across[0], 1)
        cells = slice(rows.start, rows.stop - 1), slice(columns.start, columns.stop - 1)
        return Lattice(
            (lattice.across[cells[0], columns] - self.left) / self.step,
            (lattice.down[rows, cells[1]] - self.top) / self.step,
        )

    def _within(self, borders: Score, axis: int) -> slice:
        """Return which *borders* lie within, half a cell at each end included; two at least."""
        start = (self.top, self.left)[axis]
        half = float(borders[1] - borders[0]) / 2
        low, high = start - half, start + self.shape[axis] * self.step + half
        first = min(int(np.searchsorted(borders, low)), borders.size - 2)
        return slice(first, max(first + 2, int(np.searchsorted(borders, high, "right"))))


def stride(shape: tuple[int, ...], enough: int = ENOUGH) -> int:
    """Return how many rows (or columns) there are for each one that is looked at."""
    return max(1, round(shape[0] * shape[1] / enough))


def wide_step(shape: tuple[int, ...], enough: int) -> int:
    """Return how many pixels there are each way for each one that is looked at of the whole."""
    return math.ceil(math.sqrt(shape[0] * shape[1] / enough))


def look_closely(planes: list[Plane], enough: int) -> View:
    """Return the part of *planes* that shows most, at full resolution."""
    shape = planes[0].shape
    if shape[0] * shape[1] <= enough:
        return View(planes)
    height = min(shape[0], max(math.isqrt(enough), enough // shape[1]))
    width = min(shape[1], enough // height)
    top, left = _busiest(look_widely(planes, enough), height, width)
    part = slice(top, top + height), slice(left, left + width)
    return View([plane[part] for plane in planes[:3]], top, left)


def look_widely(planes: list[Plane], enough: int) -> View:
    """Return the whole of *planes*, but of large ones every n-th pixel each way."""
    step = wide_step(planes[0].shape, enough)
    part = slice(step // 2, None, step), slice(step // 2, None, step)
    return View([plane[part] for plane in planes[:3]], step=step)


def lightness(planes: list[Plane]) -> Grey:
    """Return the lightness of *planes*, red, green and blue first, in levels."""
    red, green, blue = planes[:3]
    grey = red * np.float32(0.3)
    grey += green * np.float32(0.59)
    grey += blue * np.float32(0.11)
    return grey


def _busiest(whole: View, height: int, width: int) -> tuple[int, int]:
    """Return top and left of the window, *height* x *width* pixels, that has most steps."""
    grey = whole.grey
    steps = np.abs(grey[1:, 1:] - grey[1:, :-1]) + np.abs(grey[1:, 1:] - grey[:-1, 1:])
    down, across = (max(1, side // TILES // whole.step) for side in (height, width))
    tiles = np.add.reduceat(steps, np.arange(0, steps.shape[0], down), axis=0)
    tiles = np.add.reduceat(tiles, np.arange(0, steps.shape[1], across), axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(tiles, (TILES, TILES)).sum((-1, -2))
    row, column = np.unravel_index(int(windows.argmax()), windows.shape)
    limits = grey.shape[0] * whole.step - height, grey.shape[1] * whole.step - width
    top, left = int(row) * down * whole.step, int(column) * across * whole.step
    return max(0, min(top, limits[0])), max(0, min(left, limits[1]))

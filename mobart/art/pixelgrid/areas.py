"""Means over many boxes of a picture, by summed areas (Crow 1984).

The sum over any box is four look-ups in a table of running sums, however large the box is; between
pixels the table is interpolated, which is exact for boxes that cover parts of pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

MOST_LEVELS = 2**31 // 255
"""Pixels up to which a sum of levels fits into 31 bits."""
STRIP = 2**19
"""Pixels of a strip that is summed up at once: 2 MB of sums stay within a processor's cache."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """Rectangles in pixels, arrays of one shape (rows x columns of cells)."""

    top: Values
    bottom: Values
    left: Values
    right: Values

    def at(self, where: tuple[Places, Places]) -> "Boxes":
        """Return those of the rows and columns *where*."""
        return Boxes(self.top[where], self.bottom[where], self.left[where], self.right[where])


def look_at(
    planes: Sequence[npt.NDArray[np.uint8]], boxes: Boxes, x: float, y: float
) -> npt.NDArray[np.float32]:
    """Return the pixels of *planes* at *x*, *y* sides from the middles of *boxes*: the last axis are channels."""
    down = boxes.top + (0.5 + y) * (boxes.bottom - boxes.top)
    across = boxes.left + (0.5 + x) * (boxes.right - boxes.left)
    rows = np.clip(down, 0, planes[0].shape[0] - 1).astype(np.intp)
    columns = np.clip(across, 0, planes[0].shape[1] - 1).astype(np.intp)
    return np.stack([plane[rows, columns] for plane in planes], -1).astype(np.float32)


class Areas:
    """Running sums of one plane (height x width)."""

    def __init__(self, plane: npt.NDArray[np.generic], *, squared: bool = False) -> None:
        """Sum up *plane*, or its squares; takes 8 bytes a pixel, 4 of levels while their sum fits."""
        height, width = plane.shape
        fits = plane.dtype == np.uint8 and plane.size < MOST_LEVELS and not squared
        self._sums = np.zeros((height + 1, width + 1), np.int32 if fits else np.float64)
        within = self._sums[1:, 1:]
        within[:] = plane
        if squared:
            within *= within
        np.cumsum(within, 0, out=within)
        np.cumsum(within, 1, out=within)

    def mean(self, boxes: Boxes) -> Values:
        """Return the mean of the plane over each of *boxes*, cut to the picture.

        What lies outside takes the nearest pixel's half.
        """
        height, width = self._sums.shape
        top, bottom = _cut(boxes.top, boxes.bottom, height - 1)
        left, right = _cut(boxes.left, boxes.right, width - 1)
        total = self._at(bottom, right) - self._at(top, right)
        total += self._at(top, left) - self._at(bottom, left)
        return total / ((bottom - top) * (right - left))

    def _at(self, y: Values, x: Values) -> Values:
        """Interpolate the running sum at fractional places."""
        width = self._sums.shape[1]
        row = np.minimum(y.astype(np.intp), self._sums.shape[0] - 2)
        column = np.minimum(x.astype(np.intp), width - 2)
        down, along = y - row, x - column
        flat, start = self._sums.ravel(), row * width + column
        upper = flat[start] * (1 - along) + flat[start + 1] * along
        start += width
        lower = flat[start] * (1 - along) + flat[start + 1] * along
        return np.asarray(upper * (1 - down) + lower * down)


def mean_in_strips(plane: npt.NDArray[np.generic], boxes: Boxes) -> Values:
    """As `Areas(plane).mean(boxes)`, a few rows of *boxes* at a time, in little memory."""
    height, width = plane.shape
    rows = boxes.top.shape[0]
    count = max(1, min(rows, height * width // STRIP))
    means = []
    for part in np.array_split(np.arange(rows), count):
        top, bottom = boxes.top[part], boxes.bottom[part]
        first = int(np.clip(np.floor(top.min()), 0, height - 1))
        last = int(np.clip(np.ceil(bottom.max()), first + 1, height))
        strip = Boxes(top - first, bottom - first, boxes.left[part], boxes.right[part])
        means.append(Areas(plane[first:last]).mean(strip))
    return np.concatenate(means)


def _cut(low: Values, high: Values, length: int) -> tuple[Values, Values]:
    """Cut the span from *low* to *high* to 0 to *length*, but leave half a pixel of it."""
    low = np.clip(low, 0, length - 0.5)
    return low, np.maximum(np.clip(high, 0, length), low + 0.5)

"""Means over many boxes of a picture, by summed areas (Crow 1984).

The sum over any box is four look-ups in a table of running sums, however large the box is; between
pixels the table is interpolated, which is exact for boxes that cover parts of pixels.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Boxes:
    """Rectangles in pixels, arrays of one shape (rows x columns of cells)."""

    top: Values
    bottom: Values
    left: Values
    right: Values


class Areas:
    """Running sums of one plane (height x width)."""

    def __init__(self, plane: npt.NDArray[np.generic]) -> None:
        """Sum up *plane*; takes 8 bytes a pixel."""
        height, width = plane.shape
        self._sums = np.zeros((height + 1, width + 1))
        np.cumsum(plane, 0, out=self._sums[1:, 1:])
        np.cumsum(self._sums[1:, 1:], 1, out=self._sums[1:, 1:])

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


def _cut(low: Values, high: Values, length: int) -> tuple[Values, Values]:
    """Cut the span from *low* to *high* to 0 to *length*, but leave half a pixel of it."""
    low = np.clip(low, 0, length - 0.5)
    return low, np.maximum(np.clip(high, 0, length), low + 0.5)

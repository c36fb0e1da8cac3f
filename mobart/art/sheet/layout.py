"""Sprites laid out anew in cells of one size, in reading order, with clear room between them."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mobart.art.artwork import Frame
from mobart.art.files.decode import Pixels
from mobart.art.frame import Box, pad_box

MOST_IN_A_ROW = 64
"""Cells in a row at most: sheets of generators have up to 8 x 8 sprites, strips hardly 64."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Cells of *width* x *height* pixels in *columns* and *rows*, *spacing* around and between."""

    width: int
    height: int
    columns: int
    rows: int
    spacing: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the sheet."""
        return (
            self.columns * (self.width + self.spacing) + self.spacing,
            self.rows * (self.height + self.spacing) + self.spacing,
        )

    def cell(self, number: int) -> Box:
        """Return where the cell *number* is, from 0, row by row."""
        row, column = divmod(number, self.columns)
        x = self.spacing + column * (self.width + self.spacing)
        return Box(x, self.spacing + row * (self.height + self.spacing), self.width, self.height)


def plan(
    sizes: Sequence[tuple[int, int]], rows: Sequence[int], *, spacing: int, pad: str, max_side: int
) -> Layout | None:
    """Return how sprites of *sizes* (width, height) are laid out, None if they do not fit.

    *rows* says in which row of the picture each of them stood: where all rows are of one length
    they are kept, else the sheet is made as square as can be.
    """
    cell = pad_box(max(w for w, _ in sizes), max(h for _, h in sizes), pad)
    count = len(sizes)
    layouts = [
        Layout(cell.width, cell.height, columns, math.ceil(count / columns), spacing)
        for columns in range(1, min(count, MOST_IN_A_ROW) + 1)
    ]
    fitting = [layout for layout in layouts if max(layout.size) <= max_side]
    lengths = set(Counter(rows).values())
    kept = [layout for layout in fitting if lengths == {layout.columns}]
    return min(kept or fitting, key=_shape, default=None)


def _shape(layout: Layout) -> tuple[int, int, int]:
    """Order by the longest side, then by empty room; of equals the wider."""
    return max(layout.size), layout.columns * layout.rows, -layout.columns


def lay_out(
    sprites: Sequence[Pixels],
    sources: Sequence[Box],
    rows: Sequence[int],
    layout: Layout,
    pivot: tuple[float, float],
) -> tuple[Pixels, tuple[Frame, ...]]:
    """Draw *sprites* into their cells, their pivots on the cells' pivot, and say where they are."""
    width, height = layout.size
    sheet = np.zeros((height, width, 4), np.uint8)
    frames = []
    for number, (sprite, source, row) in enumerate(zip(sprites, sources, rows, strict=True)):
        cell = layout.cell(number)
        high, wide = sprite.shape[:2]
        x = cell.x + round(pivot[0] * (cell.width - wide))
        y = cell.y + round(pivot[1] * (cell.height - high))
        sheet[y : y + high, x : x + wide] = sprite
        frames.append(Frame(cell, Box(x, y, wide, high), source, row))
    return sheet, tuple(frames)

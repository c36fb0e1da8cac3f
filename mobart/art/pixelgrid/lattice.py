"""The borders of all cells: lines over the whole picture, bent where a part lies askew.

Generators draw a face, a rail or a sprite of a sheet on a lattice of its own, shifted by a fraction
of a cell against the rest.  One straight line through the whole picture then cuts some part's cells
in two.  So the picture is divided into bands a few cells wide, and in each band each line may move
to where that band has its edges.

For each band, line and shift there is an amount of edge under the line; a part of it is added to the lines
and bands beside, as stereo vision does with disparities (cost-volume filtering, Hosni et al. 2013).  All lines
of a band then move together (`springs`): a part half a cell off is as near to one line as to the next, and
lines that moved one by one went to both sides and split its cells.  Where there is no edge there is no reason
to move, and a small price keeps the line where it was.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from mobart.art.pixelgrid.areas import Boxes, Values
from mobart.art.pixelgrid.edges import Edges, Plane
from mobart.art.pixelgrid.splice import join
from mobart.art.pixelgrid.springs import Springs, compare

Counts = npt.NDArray[np.intp]
Rows: TypeAlias = Counts

BAND = 6
"""Cells a band is wide: a face has more, and with fewer one noisy edge would decide."""
FURTHEST = 0.75
"""Shift in cells that a line may take: half a cell of a part, and a bit of its own."""
SHIFTS = 9
"""Shifts tried on each side: steps of a twelfth of a cell, but of half a pixel at least."""
BESIDE = 0.5
"""What the lines at both sides of a line say of its shift: small cells are told from grain by that; by trial."""
PRICE = 2.0
"""Price of a full cell's shift squared, in the measure of `springs.EDGE`; by trial."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Where each cell (rows x columns) begins and ends.

    *across* has one column more than there are cells: left borders, then the last right border;
    *down* one row more: upper borders, then the last lower border; both in pixels.
    """

    across: Values
    down: Values

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return self.across.shape[0], self.down.shape[1]

    def inner(
        self,
        half: float,
        right: float = 0.0,
        low: float = 0.0,
        rows: Rows | None = None,
        most: float = np.inf,
    ) -> Boxes:
        """Return a box of *half* a cell's sides on each side of the centres of *rows* of cells.

        *right* and *low* move the boxes by so many cells; without *rows* all are meant.  A box reaches *most*
        pixels to each side at most.
        """
        chosen = slice(None) if rows is None else rows
        across, top = self.across[chosen], self.down[:-1][chosen]
        width, height = np.diff(across, axis=1), self.down[1:][chosen] - top
        left = across[:, :-1]
        x, y = left + (0.5 + right) * width, top + (0.5 + low) * height
        wide, high = np.minimum(half * width, most), np.minimum(half * height, most)
        return Boxes(y - high, y + high, x - wide, x + wide)


def straight(across: Values, down: Values) -> Lattice:
    """Return the lattice of lines that run straight through the picture."""
    rows, columns = down.size - 1, across.size - 1
    return Lattice(np.repeat(across[None], rows, 0), np.repeat(down[:, None], columns, 1))


def bend(edges: Edges, across: Values, down: Values, *, joined: bool = False) -> Lattice:
    """Return the lattice of lines that follow each part of the picture; *joined* ones do not tear what goes on."""
    return Lattice(
        _follow(edges.across, across, down, edges.step, joined=joined),
        _follow(edges.down.T, down, across, edges.step, joined=joined).T.copy(),
    )


def _follow(edges: Plane, lines: Values, other: Values, every: int, *, joined: bool) -> Values:
    """Return *lines* as each row of cells has them; *other* are the borders of those rows.

    *edges* has *every* so-many-th row of the picture.
    """
    bands = max(1, round((other.size - 1) / BAND))
    cuts = np.rint(np.linspace(0, other.size - 1, bands + 1)).astype(np.intp)
    pitch = float(np.diff(lines).mean())
    step = max(0.5, FURTHEST * pitch / SHIFTS)
    most = int(FURTHEST * pitch / step)
    shifts: Values = np.arange(-most, most + 1, dtype=np.float64) * step
    strengths = compare(sum_edges(edges, other[cuts] / every, pitch))
    seen = weigh_places(strengths, lines, shifts)
    volume = (_share(seen) - PRICE * (shifts / pitch) ** 2).astype(np.float32)
    springs = Springs(lines / pitch, np.diff(lines) / pitch, shifts / pitch)
    chosen = springs.best(volume)
    if joined:
        chosen = join(springs, chosen, volume, seen.astype(np.float32))
    return np.repeat(lines + shifts[chosen], np.diff(cuts), 0)


def sum_edges(edges: Plane, borders: Values, pitch: float) -> Values:
    """Return mean edge strength between *borders* at each position of an axis, slightly blurred."""
    cut = np.clip(np.rint(borders), 0, edges.shape[0]).astype(np.intp)
    # Lines may end short of the picture; its rims belong to a band all the same.
    cut[0], cut[-1] = 0, edges.shape[0]
    starts = np.minimum(cut[:-1], edges.shape[0] - 1)
    sums = np.add.reduceat(edges, starts, axis=0, dtype=np.uint32).astype(np.float64)
    reach = max(1, round(0.1 * pitch))
    mean = np.pad(sums / np.maximum(np.diff(cut), 1)[:, None], ((0, 0), (1 + reach, 1 + reach)))
    weights = np.bartlett(2 * reach + 3)[1:-1] / np.bartlett(2 * reach + 3).sum()
    length = edges.shape[1] + 2
    return np.asarray(sum(w * mean[:, i : i + length] for i, w in enumerate(weights)), np.float64)


def weigh_places(strengths: Values, lines: Values, shifts: Values) -> Values:
    """Return edge strength under each line at each shift: bands x lines x shifts."""
    place = np.clip(lines[:, None] + shifts, 0, strengths.shape[1] - 1)
    low = np.minimum(place.astype(np.intp), strengths.shape[1] - 2)
    share = place - low
    return np.asarray(strengths[:, low] * (1 - share) + strengths[:, low + 1] * share)


def _share(volume: Values) -> Values:
    """Add to each line's amounts parts of those of the lines and the bands next to it."""
    padded = np.pad(volume, ((1, 1), (1, 1), (0, 0)))
    lines = padded[:, 1:-1] + BESIDE * (padded[:, :-2] + padded[:, 2:])
    return np.asarray(lines[1:-1] + 0.5 * (lines[:-2] + lines[2:]))

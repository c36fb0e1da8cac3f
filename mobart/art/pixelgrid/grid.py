"""The lattice of a picture: its pitch, and where its lines run across and down."""

from dataclasses import dataclass, replace

import numpy as np

from mobart.art.pixelgrid.codec import is_codec
from mobart.art.pixelgrid.edges import Plane, find_edges, profiles
from mobart.art.pixelgrid.grid_check import holds
from mobart.art.pixelgrid.hint import NO_HINT, GridHint
from mobart.art.pixelgrid.lines import Score, find_kinks, find_lines
from mobart.art.pixelgrid.margins import extend, hold
from mobart.art.pixelgrid.pitch import CLEAR, Grey, Pitch, find_pitch

ROWS_AVERAGED = 3
SMALLEST = 64


@dataclass(frozen=True, slots=True)
class Grid:
    """Borders of the cells in pixels, ascending; cells lie between neighbours."""

    pitch: Pitch
    across: Score
    down: Score

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return self.down.size - 1, self.across.size - 1


def find_grid(
    planes: list[Plane], *, ragged: bool = False, lossy: bool = False, hint: GridHint = NO_HINT
) -> Grid | None:
    """Find the lattice of *planes*, None if nothing returns regularly.

    *ragged* planes had something painted over, of which rims are left.
    """
    if min(planes[0].shape) < SMALLEST:
        return None
    edges = find_edges(planes)
    across, down = profiles(edges.across, 1), profiles(edges.down, 0)
    grey = _lightness(planes)
    thin = _average_rows(grey, ROWS_AVERAGED), _average_rows(grey.T, ROWS_AVERAGED)
    pitch = find_pitch((across, down), thin)
    told = _told(hint, planes[0].shape)
    if told is not None:
        pitch = replace(pitch, size=told)
    elif pitch.confidence < 0 and not hint.force:
        return None
    strengths = across.sum(0, dtype=np.float64), down.sum(0, dtype=np.float64)
    first, second = (find_lines(s, g, pitch, CLEAR) for s, g in zip(strengths, thin, strict=True))
    steps = strengths[0] / planes[0].shape[0], strengths[1] / planes[0].shape[1]
    sure = told is not None or hint.force
    if lossy and not sure and is_codec(pitch.size, (first, second), steps):
        return None
    kinks = find_kinks(thin[0], pitch.size), find_kinks(thin[1], pitch.size)
    if not sure and not holds(grey, strengths, kinks, (first, second), ragged=ragged):
        return None
    held = hold(first, thin[0], pitch.size), hold(second, thin[1], pitch.size)
    return Grid(pitch, *extend(*held, pitch.size))


def _told(hint: GridHint, shape: tuple[int, ...]) -> float | None:
    """Return the side of a cell in pixels that *hint* tells, None if it tells none."""
    if hint.native is not None:
        return (shape[1] / hint.native[0] + shape[0] / hint.native[1]) / 2
    return hint.cell


def _lightness(planes: list[Plane]) -> Grey:
    red, green, blue = planes[:3]
    grey = red * np.float32(0.3)
    grey += green * np.float32(0.59)
    grey += blue * np.float32(0.11)
    return grey


def _average_rows(grey: Grey, count: int) -> Grey:
    rows = max(1, grey.shape[0] // count)
    sums = np.add.reduceat(grey, np.arange(rows) * count, axis=0)
    return np.asarray(sums / np.float32(count), np.float32)

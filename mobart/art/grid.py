"""The lattice of a picture: its pitch, and where its lines run across and down."""

from dataclasses import dataclass

import numpy as np

from mobart.art.edges import Plane, find_edges, profiles
from mobart.art.lines import Score, find_lines
from mobart.art.margins import extend, hold
from mobart.art.pitch import CLEAR, Grey, Pitch, find_pitch

ROWS_AVERAGED = 3
SMALLEST = 64
LEAST_CONFIDENCE = 0.018
"""Paintings stay below 0.015, the softest pixel art that can be recovered shows 0.02."""


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


def find_grid(planes: list[Plane]) -> Grid | None:
    """Find the lattice of *planes*, None if nothing returns regularly."""
    if min(planes[0].shape) < SMALLEST:
        return None
    edges = find_edges(planes)
    across, down = profiles(edges.across, 1), profiles(edges.down, 0)
    grey = _lightness(planes)
    thin = _average_rows(grey, ROWS_AVERAGED), _average_rows(grey.T, ROWS_AVERAGED)
    pitch = find_pitch((across, down), thin)
    if pitch.confidence < LEAST_CONFIDENCE:
        return None
    found = []
    for profile, rows in ((across, thin[0]), (down, thin[1])):
        chain = find_lines(profile.sum(0), rows, pitch, CLEAR)
        found.append(hold(chain, rows, pitch.size))
    return Grid(pitch, *extend(found[0], found[1], pitch.size))


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

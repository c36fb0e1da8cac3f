"""The cell size of pixel art, from the distances between edges that follow each other in a row.

Wherever a row of pixels crosses a border of cells there is a step, so the way from one step to the
next is a whole number of cells: 1, 2, 3 ... cells.  Such distances ("runs") need no common origin:
parts of a drawing that lie on lattices of their own, each shifted by a fraction of a cell, give the
same runs.  In a painting steps follow each other at any distance.

All distances of an axis are counted in a histogram.  A pitch s is scored by the mean of
cos(2 pi r / s) over the runs r: 1 if all of them are multiples of s, about 0 if they are arbitrary,
the measure that circular statistics calls the mean resultant (Mardia and Jupp 2000, section 2.3).
Runs much shorter than a cell speak against a pitch.  Multiples of a third, half or double the
pitch score as well or nearly so; `choose` prefers what covers more runs, and what remains
ambiguous is rendered and compared (`judge`).
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from mobart.art.pixelgrid.edges import Plane

Curve = npt.NDArray[np.float32]
Steps = npt.NDArray[np.int16]

PITCHES = np.geomspace(2.8, 256.0, 410)
"""Cell sizes in pixels that are tried, 1.1 % apart: half of what the lines follow by themselves."""
GROUP = 3
"""Rows summed before edges are looked for: fewer than a cell has, and grain falls by 1.7."""
MOST_ROWS, MOST_PLACES = 360, 360 * 1536
"""Groups of rows looked at, more change no score by 0.01; and places in all of them."""
FAINTEST = 48
"""Step in levels, summed over GROUP rows, below which nothing is an edge: 16 levels a row."""
GRAINS, GRAINIEST = 8, 120
"""Steps by those of grain (its lower quartile) up to which nothing is an edge: five standard deviations; and
the step up to which this is asked for, since in busy art the lower quartile is of shades too."""
STRONGEST = 144
"""Step above which an edge counts no more: 48 levels a row, as `edges.STRONGEST`."""
LAGS = 4
"""Edges of a row that are paired with each one: the next four."""
BIN = 0.25
"""Width of the histogram's bins in pixels: a twelfth of the smallest cell."""
LONGEST = 384.0
"""Runs in pixels that are counted."""
SHORT, LONG = 0.4, 6.5
"""Runs in cells that speak for a pitch: shorter ones contradict it, longer ones have drifted."""
FADE = 6.0
"""Cells over which a run's say falls to a third, since lattices drift."""
LONGER, SLOW_FADE = 8.5, 12.0
"""The same where a pitch is measured: the longer a run the better."""
PEAKED = 3.0
"""How much more than a cosine's crest whole numbers of cells stand out where a pitch is measured:
runs between whole numbers, of odd details, then do not shift it.  From 0 to 12, by trial."""
MISSED = 0.06
"""Share by which the best score may miss the pitch."""
PART = 40
"""Pitches whose tables are one: they reach as far as the runs of the largest one, 1.5 times the smallest."""


@dataclass(frozen=True, slots=True)
class Runs:
    """What the runs of an axis say of each of PITCHES.

    *scores* are about 0 for paintings and up to 0.9; they tell pitches from their multiples.
    *crests* are only comparable between pitches that are alike, but tell those apart better.
    """

    scores: Curve
    crests: Curve

    def evidence(self, pitch: float) -> float:
        """Return the best score within 2 % of *pitch*."""
        near = np.abs(PITCHES / pitch - 1) < 0.02  # noqa: PLR2004 - what lines follow by themselves
        return float(self.scores[near].max(initial=0.0))


def score_runs(planes: list[Plane], axis: int, enough: int = MOST_PLACES) -> Runs:
    """Score PITCHES along *axis* (1 across, 0 down).

    About *enough* places of groups of rows are looked at, MOST_PLACES at most.
    """
    runs = _count_runs(_steps(planes, axis, min(enough, MOST_PLACES)))
    sums = [[table @ runs[: table.shape[1]] for table in part] for part in _tables()]
    waves, covered, short, slow, crests = map(np.concatenate, zip(*sums, strict=True))
    total = float(runs.sum()) + 1e-9
    agreement = waves / (covered + 1e-9)
    scores = agreement * np.sqrt(covered / total) - short / total
    sharp = crests / np.sqrt(slow + 1e-9)
    return Runs(np.asarray(scores, np.float32), np.asarray(sharp, np.float32))


def measure(pitch: float, crests: Curve) -> float:
    """Return the pitch close to *pitch* at which *crests* is greatest, finer than PITCHES are."""
    near = np.flatnonzero(np.abs(PITCHES / pitch - 1) < MISSED)
    best = int(near[crests[near].argmax()])
    if best in (near[0], near[-1]):
        return pitch
    before, here, after = (float(value) for value in crests[best - 1 : best + 2])
    offset = 0.5 * (before - after) / min(before - 2 * here + after, -1e-9)
    return float(PITCHES[best] * (PITCHES[1] / PITCHES[0]) ** offset)


def _steps(planes: list[Plane], axis: int, enough: int) -> Steps:
    """Return the largest step of any channel across each pixel, groups of rows x positions."""
    largest: Steps | None = None
    for plane in planes:
        rows = plane if axis else plane.T
        groups = min(MOST_ROWS, enough // rows.shape[1])
        stride = GROUP * max(1, rows.shape[0] // GROUP // max(1, groups))
        count = (rows.shape[0] - GROUP) // stride + 1
        level = rows[: count * stride : stride].astype(np.int16)
        for offset in range(1, GROUP):
            level += rows[offset : offset + (count - 1) * stride + 1 : stride]
        step = np.abs(level[:, 2:] - level[:, :-2])
        largest = step if largest is None else np.maximum(largest, step, out=largest)
    assert largest is not None  # noqa: S101 - there are three planes at least
    return largest


def _count_runs(steps: Steps) -> Curve:
    """Return the histogram of distances between edges of a row, weighted by the weaker edge."""
    runs = np.zeros(round(LONGEST / BIN), np.float32)
    middle = steps[:, 1:-1]
    peaks = (middle > _threshold(steps)) & (middle >= steps[:, :-2]) & (middle > steps[:, 2:])
    row, column = np.nonzero(peaks)
    before, here, after = (steps[row, column + i].astype(np.float32) for i in range(3))
    # the vertex of the parabola through the three steps: where between two pixels the edge lies
    place = column + 0.5 * (before - after) / (before - 2 * here + after)
    for lag in range(1, LAGS + 1):
        together = row[lag:] == row[:-lag]
        distance = np.rint((place[lag:] - place[:-lag])[together] / BIN).astype(np.intp)
        weight = np.minimum(np.minimum(here[lag:], here[:-lag])[together], STRONGEST)
        counted = distance < runs.size
        runs += np.bincount(distance[counted], weight[counted], runs.size).astype(np.float32)
    return runs


def _threshold(steps: Steps) -> int:
    """Return the median of the steps that may be edges, at least FAINTEST and more than grain makes."""
    counts = np.bincount(steps[::2].ravel())
    grain = int(np.searchsorted(np.cumsum(counts), counts.sum() / 4))
    faintest = max(FAINTEST, min(GRAINIEST, GRAINS * grain))
    counts[: FAINTEST // 3] = 0
    above = np.cumsum(counts)
    return max(faintest, int(np.searchsorted(above, above[-1] / 2))) if above[-1] else faintest


@cache
def _tables() -> tuple[tuple[Curve, ...], ...]:
    """Return what each run (columns) says of each pitch (rows), for PART pitches at a time.

    A cosine, weights, contradiction, crests' weights, and crests that are narrower than those of the
    cosine.  Each part has the runs that say anything of its pitches: of small ones few do.
    """
    return tuple(_tables_of(PITCHES[at : at + PART]) for at in range(0, PITCHES.size, PART))


def _tables_of(pitches: npt.NDArray[np.float64]) -> tuple[Curve, ...]:
    reach = min(LONGEST, LONGER * float(pitches[-1]) + 1)
    cells = np.arange(math.ceil(reach / BIN)) * BIN / pitches[:, None]
    fading = np.where((cells > SHORT) & (cells < LONG), np.exp(-cells / FADE), 0)
    short = (cells <= SHORT) & (cells > 0)
    waves = np.cos(2 * np.pi * cells)
    slow = np.where((cells > SHORT) & (cells < LONGER), np.exp(-cells / SLOW_FADE), 0)
    tables = fading * waves, fading, short, slow, slow * np.exp(PEAKED * (waves - 1))
    return tuple(table.astype(np.float32) for table in tables)

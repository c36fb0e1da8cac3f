"""Lines where there is nothing to see: spread evenly, so that noise does not miscount cells."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobart.art.pixelgrid.spectrum import Grey

Lines = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

FAINT = 12.0
"""Lightness levels by which something must stand out to hold a line: twice the grain of a JPEG."""
GRAIN = 3.0
"""The same in standard deviations of grain, which exceeds them at one place in 370: all that a cell's columns
then add up is a third of what holds a line."""
SWAY, REACH = 0.35, 0.2
"""How far lines stray from a straight count, in cells, and over which share of the picture: drifts
of a third of a cell that turn a few times were seen."""
JITTER = 0.1
"""How far each line strays by itself, in cells: a pixel or so, as generators place them."""
SKEW = 0.004
"""By how much the pitch of an axis may differ from the other's, as a share."""
MEASURED = 0.01
"""Standard deviation as a share of the pitch that runs or the spectrum measured."""
ALIKE = 1.015
"""Quotient of the cell's sides below which they count as equal: the step of `runs.PITCHES`."""
MOST_KNOWN = 400
"""Lines that foretell others, of more every n-th: a few to each turn of a drift would do."""
SHORTEST_RUN = 4
"""Empty cells in a row from which on their count is decided anew."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The lines held by something visible, in pixels, and the length of the axis."""

    lines: Lines
    length: int

    @property
    def known(self) -> Lines:
        """Numbers of the lines that foretell the others."""
        every = max(1, math.ceil(self.lines.size / MOST_KNOWN))
        return np.arange(self.lines.size, dtype=np.float64)[::every]

    @property
    def places(self) -> Lines:
        """Where these lines are."""
        return self.lines[self.known.astype(np.intp)]


def hold(lines: Lines, grey: Grey, pitch: float) -> Axis:
    """Keep the lines that something holds; *grey* is lightness as rows x positions."""
    length = grey.shape[1]
    if lines.size < SHORTEST_RUN:
        return Axis(np.zeros(0), length)
    busy = _busy(lines, grey, pitch)
    if busy.sum() < SHORTEST_RUN:
        return Axis(np.zeros(0), length)
    first, last = (int(i) for i in np.flatnonzero(busy)[[0, -1]])
    return Axis(_fill_gaps(lines[first : last + 2], busy[first : last + 1], pitch), length)


def extend(axes: list[Axis], pitches: list[float]) -> list[Lines]:
    """Continue each axis over the whole picture, as far as its lines drift foreseeably.

    *pitches* are the cell's sides in pixels; axes whose sides are alike share one pitch, others are
    continued apart.
    """
    if max(pitches) / min(pitches) < ALIKE:
        return _extend(axes, float(np.mean(pitches)))
    return [_extend([axis], pitch)[0] for axis, pitch in zip(axes, pitches, strict=True)]


def _extend(axes: list[Axis], pitch: float) -> list[Lines]:
    """Continue *axes* with one pitch.

    Lines stray from a straight count slowly, so those near an end foretell the next ones, while
    the far ones follow the pitch.  This is the best linear prediction (universal kriging, Matheron
    1969): how two lines stray together follows from their distance (`_covariance`), and its inverse
    weighs what the held lines say about those that are not held.
    """
    held = [axis for axis in axes if axis.lines.size]
    if not held:
        return [_spread(axis.length, pitch) for axis in axes]
    weights = [_precision(axis, pitch) for axis in held]
    common = _common_pitch(held, weights, pitch)
    ends = dict(zip(map(id, held), weights, strict=True))
    return [
        _continue(axis, ends[id(axis)], common) if axis.lines.size else _spread(axis.length, common)
        for axis in axes
    ]


def _covariance(axis: Axis, index: Lines, pitch: float) -> Lines:
    """Return how the strayings of lines *index* and of the held lines go together, in cells squared.

    Three causes add up.  Drift is slow: lines near each other stray alike, distant ones do not
    (a bell over their distance).  A pitch that is slightly off moves each line the further the more
    lines lie between it and the middle (the product of both distances).  And each line has a little
    way of its own, which tells nothing about others (the diagonal).
    """
    own = axis.known
    away = (index[:, None] - own) * (pitch / (REACH * axis.length))
    middle = (axis.lines.size - 1) / 2
    skewed = (SKEW * (index - middle))[:, None] * (SKEW * (own - middle))
    own_way = JITTER**2 * (index[:, None] == own)
    return np.asarray(SWAY**2 * np.exp(-0.5 * away**2) + skewed + own_way, np.float64)


def _precision(axis: Axis, pitch: float) -> Lines:
    """Return the inverse covariance of the held lines' strayings."""
    # Lines side by side drift nearly alike: without JITTER on its diagonal it would be close to singular.
    return np.asarray(np.linalg.inv(_covariance(axis, axis.known, pitch)), np.float64)


def _common_pitch(held: list[Axis], weights: list[Lines], measured: float) -> float:
    """Return the pitch that fits the lines of all axes best, by generalised least squares.

    The *measured* one counts as well: of a small sprite it says more than the few lines between its ends.
    """
    along = 1 / MEASURED**2
    across = measured * along
    for axis, weight in zip(held, weights, strict=True):
        index = axis.known
        ones = weight.sum(0)
        centred = index - (ones @ index) / ones.sum()
        along += centred @ weight @ centred
        across += centred @ weight @ axis.places
    return float(across / along)


def _spread(length: int, pitch: float) -> Lines:
    return np.linspace(0, length, max(1, round(length / pitch)) + 1)


def _busy(lines: Lines, grey: Grey, pitch: float) -> Mask:
    """Tell which cells hold something that stands out of the noise anywhere along the line."""
    lag = max(1, round(pitch / 3))
    step = np.abs(grey[:, lag:] - grey[:, :-lag])
    noise = float(np.percentile(step[::4], 20)) / 0.253  # 20 % of a half normal lie below that
    excess = np.maximum(step - max(GRAIN * noise, FAINT), 0).sum(0)
    total = np.concatenate([[0.0], np.cumsum(excess)])
    at = np.clip(np.rint(lines - lag / 2), 0, total.size - 1).astype(int)
    return np.asarray(np.diff(total[at]) > FAINT * lag)


def _fill_gaps(lines: Lines, busy: Mask, pitch: float) -> Lines:
    """Respace every longer run of empty cells between its two ends."""
    kept = [lines[0]]
    cell = 0
    while cell < busy.size:
        end = cell + 1
        while not busy[cell] and end < busy.size and not busy[end]:
            end += 1
        if end - cell >= SHORTEST_RUN:
            length = lines[end] - lines[cell]
            count = max(1, round(length / pitch))
            kept.extend(lines[cell] + length * np.arange(1, count + 1) / count)
        else:
            kept.extend(lines[cell + 1 : end + 1])
        cell = end
    return np.array(kept)


def _continue(axis: Axis, weight: Lines, pitch: float) -> Lines:
    """Add the lines foreseen at both ends; parts of cells at the ends count together."""
    more = int(np.ceil(axis.length / pitch))
    index = np.arange(-more, axis.lines.size + more, dtype=np.float64)
    own, places = axis.known, axis.places
    start = float(weight.sum(0) @ (places - pitch * own) / weight.sum())
    astray = weight @ (places - start - pitch * own)
    lines = start + pitch * index + _covariance(axis, index, pitch) @ astray
    # What is held stays where it was seen: of many lines only every n-th foretells (`Axis.known`).
    lines[more:-more] = axis.lines
    low, high = np.interp((0, axis.length), lines, index)
    count = max(1, round(high - low))
    # What a whole number of cells leaves over or lacks is shared by both ends.
    first = round((low + high - count) / 2)
    return lines[first + more : first + more + count + 1]

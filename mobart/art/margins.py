"""Lines where there is nothing to see: spread evenly, so that noise does not miscount cells."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobart.art.pitch import Grey

Lines = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

FAINT = 12.0
"""Lightness levels by which something must stand out to hold a line."""
SHORTEST_RUN = 4
"""Empty cells in a row from which on their count is decided anew."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The lines held by something visible, in pixels, and the length of the axis."""

    lines: Lines
    length: int


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


def extend(across: Axis, down: Axis, pitch: float) -> tuple[Lines, Lines]:
    """Continue both axes evenly over the whole picture.

    Cells are square, so both share one pitch, the longer held stretch having the greater say.
    """
    spans = [np.ptp(axis.lines) if axis.lines.size else 0.0 for axis in (across, down)]
    weights = np.array(spans) ** 2
    if weights.sum() > 0:
        own = [
            span / max(1, axis.lines.size - 1)
            for span, axis in zip(spans, (across, down), strict=True)
        ]
        pitch = float((weights * own).sum() / weights.sum())
    return _continue(across, pitch), _continue(down, pitch)


def _spread(length: int, pitch: float) -> Lines:
    return np.linspace(0, length, max(1, round(length / pitch)) + 1)


def _busy(lines: Lines, grey: Grey, pitch: float) -> Mask:
    """Tell which cells hold something that stands out of the noise anywhere along the line."""
    lag = max(1, round(pitch / 3))
    step = np.abs(grey[:, lag:] - grey[:, :-lag])
    noise = (
        4 * float(np.percentile(step[::4], 20)) / 0.36
    )  # 20 % of a half normal lie below 0.25 sigma
    excess = np.maximum(step - max(noise * 0.75, FAINT), 0).sum(0)
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


def _continue(axis: Axis, pitch: float) -> Lines:
    """Add even lines at both ends; a part of a cell counts from its half on."""
    lines, length = axis.lines, axis.length
    if not lines.size:
        return _spread(length, pitch)
    before = max(0, int(np.floor(lines[0] / pitch + 0.5)))
    after = max(0, int(np.floor((length - lines[-1]) / pitch + 0.5)))
    return np.concatenate(
        [
            lines[0] - pitch * np.arange(before, 0, -1),
            lines,
            lines[-1] + pitch * np.arange(1, after + 1),
        ],
    )

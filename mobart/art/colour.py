"""One colour a cell: sampled inside the borders, with what its neighbours bleed into it undone."""

import numpy as np
import numpy.typing as npt

from mobart.art.edges import Plane

Colours = npt.NDArray[np.float32]
"""Rows x columns x channels, sRGB levels 0 to 255."""
Lines = npt.NDArray[np.float64]

INNER = 0.24
"""Half of a cell's sampled width, in cells."""
MOST_BLEED = 0.16
CONTRAST = 40.0


def sample(planes: list[Plane], across: Lines, down: Lines) -> Colours:
    """Return the mean of the inner part of every cell of the lattice *across* x *down*."""
    height, width = planes[0].shape
    right, left = _windows(across, width).T, _windows(down, height)
    return np.stack([_project(left, plane, right) for plane in planes], -1)


def _project(left: Colours, plane: Plane, right: Colours) -> Colours:
    if left.shape[0] < right.shape[1]:
        return (left @ plane.astype(np.float32)) @ right
    return left @ (plane.astype(np.float32) @ right)


def _windows(lines: Lines, length: int) -> Colours:
    """Weights of each pixel for the inner part of each cell: cells x *length*, rows sum to 1."""
    centre, width = (lines[1:] + lines[:-1]) / 2, np.diff(lines)
    low = np.clip(centre - INNER * width, 0, length - 0.5)[:, None]
    high = np.maximum(np.clip(centre + INNER * width, 0, length)[:, None], low + 0.5)
    x = np.arange(length)[None]
    overlap = np.clip(np.minimum(high, x + 1) - np.maximum(low, x), 0, 1)
    return np.asarray(overlap / overlap.sum(1, keepdims=True), np.float32)


def unmix(cells: Colours) -> Colours:
    """Undo what neighbours bleed into each cell, by the amount measured beside strong borders."""
    clean = _solve(cells, bleed(cells))
    clean = _solve(clean.swapaxes(0, 1), bleed(cells.swapaxes(0, 1))).swapaxes(0, 1)
    return np.clip(clean, 0, 255)


def bleed(cells: Colours) -> float:
    """Measure which share of a horizontal neighbour's colour a cell takes on.

    Where two equal cells lie before a third of another colour, the second is tinted by the third
    and the first is not.  Cells that differ anyway scatter; equal ones pile up at the true share.
    """
    shares = np.concatenate([_tints(cells), _tints(cells[:, ::-1])])
    shares = shares[(shares > -MOST_BLEED) & (shares < MOST_BLEED)]
    if shares.size < 24:  # noqa: PLR2004 - too few to tell
        return 0.0
    return max(0.0, _mode(shares))


def _tints(cells: Colours) -> npt.NDArray[np.float64]:
    far, near, other = cells[:, :-2], cells[:, 1:-1], cells[:, 2:]
    step, tint = other - far, near - far
    strength = (step * step).sum(-1)
    strong = strength > CONTRAST**2
    share = (tint * step).sum(-1)[strong] / strength[strong]
    return np.asarray(share / np.maximum(1 + share, 0.5), np.float64)


def _mode(values: npt.NDArray[np.float64]) -> float:
    """Return the densest point of *values* by half-sample contraction."""
    values = np.sort(values)
    while values.size > 3:  # noqa: PLR2004
        half = (values.size + 1) // 2
        first = int((values[half - 1 :] - values[: values.size - half + 1]).argmin())
        values = values[first : first + half]
    return float(values.mean())


def _solve(cells: Colours, share: float) -> Colours:
    """Invert `own (1 - 2 share) + share (left + right)` along each row."""
    if share == 0:
        return cells
    count = cells.shape[1]
    mixing = np.eye(count) * (1 - 2 * share) + share * (np.eye(count, k=1) + np.eye(count, k=-1))
    mixing[0, 0] = mixing[-1, -1] = 1 - share
    inverse = np.linalg.inv(mixing).astype(np.float32)
    return np.asarray(np.einsum("ij,rjc->ric", inverse, cells, optimize=True), np.float32)

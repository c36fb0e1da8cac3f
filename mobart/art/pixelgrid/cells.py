"""One colour a cell: sampled inside the borders, with what its neighbours bleed into it undone."""

import numpy as np
import numpy.typing as npt

from mobart.art.pixelgrid.edges import Plane

Colours = npt.NDArray[np.float32]
"""Rows x columns x channels, sRGB levels 0 to 255."""
Lines = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

INNER = 0.24
"""Half of a cell's sampled width, in cells."""
MOST_BLEED = 0.16
CONTRAST = 40.0
FEWEST = 24
"""Places below which nothing can be told about bleeding."""
BINS = 80
KERNEL = np.exp(-0.5 * (np.arange(-9, 10) / 3.0) ** 2)


def sample(planes: list[Plane], across: Lines, down: Lines) -> Colours:
    """Return the mean of the inner part of every cell of the lattice *across* x *down*."""
    height, width = planes[0].shape
    right, left = inner(across, width).T, inner(down, height)
    return np.stack([project(left, plane, right) for plane in planes], -1)


def project(left: Colours, plane: Plane | Colours, right: Colours) -> Colours:
    """Return `left @ plane @ right`, weighted means of *plane*, in the cheaper order."""
    if left.shape[0] < right.shape[1]:
        return (left @ plane.astype(np.float32, copy=False)) @ right
    return left @ (plane.astype(np.float32, copy=False) @ right)


def inner(lines: Lines, length: int) -> Colours:
    """Weights of each pixel for the inner part of each cell: cells x *length*, rows sum to 1."""
    return stripes((lines[1:] + lines[:-1]) / 2, INNER * np.diff(lines), length)


def stripes(centre: Lines, half: Lines, length: int) -> Colours:
    """Weights of each pixel within *half* of each *centre*, rows sum to 1."""
    low = np.clip(centre - half, 0, length - 0.5)[:, None]
    high = np.maximum(np.clip(centre + half, 0, length)[:, None], low + 0.5)
    x = np.arange(length)[None]
    overlap = np.clip(np.minimum(high, x + 1) - np.maximum(low, x), 0, 1)
    return np.asarray(overlap / overlap.sum(1, keepdims=True), np.float32)


def unmix(cells: Colours, ignored: Mask | None = None) -> Colours:
    """Undo what neighbours bleed into each cell, by the amount measured beside strong borders.

    *ignored* cells tell nothing about it.
    """
    turned = None if ignored is None else ignored.T
    clean = _solve(cells, bleed(cells, ignored))
    share = bleed(cells.swapaxes(0, 1), turned)
    return np.clip(_solve(clean.swapaxes(0, 1), share).swapaxes(0, 1), 0, 255)


def bleed(cells: Colours, ignored: Mask | None = None) -> float:
    """Measure which share of a horizontal neighbour's colour a cell takes on.

    Where two equal cells lie before a third of another colour, the second is tinted by the third
    and the first is not.  Cells that differ anyway scatter; equal ones pile up at the true share,
    which is negative where a resampling filter overshot.
    """
    mask = np.zeros(cells.shape[:2], bool) if ignored is None else ignored
    found = [_tints(cells, mask), _tints(cells[:, ::-1], mask[:, ::-1])]
    shares, weights = (np.concatenate(parts) for parts in zip(*found, strict=True))
    if shares.size < FEWEST:
        return 0.0 if ignored is None else bleed(cells)
    counts, edges = np.histogram(shares, BINS, (-MOST_BLEED, MOST_BLEED), weights=weights)
    density = np.convolve(counts, KERNEL, "same")
    return float((edges[:-1] + edges[1:])[int(density.argmax())] / 2)


def _tints(cells: Colours, ignored: Mask) -> tuple[Lines, Lines]:
    """Tint of each cell that has an equal-looking and a very different neighbour, and its weight."""
    far, near, other = cells[:, :-2], cells[:, 1:-1], cells[:, 2:]
    step, tint = other - far, near - far
    strength = (step * step).sum(-1)
    strong = (strength > CONTRAST**2) & ~(ignored[:, :-2] | ignored[:, 1:-1] | ignored[:, 2:])
    share = (tint * step).sum(-1)[strong] / strength[strong]
    close = np.abs(share) < MOST_BLEED
    share, weight = share[close], np.sqrt(strength[strong][close])
    return np.asarray(share / (1 + share), np.float64), np.asarray(weight, np.float64)


def _solve(cells: Colours, share: float) -> Colours:
    """Invert `own (1 - 2 share) + share (left + right)` along each row."""
    if share == 0:
        return cells
    count = cells.shape[1]
    mixing = np.eye(count) * (1 - 2 * share) + share * (np.eye(count, k=1) + np.eye(count, k=-1))
    mixing[0, 0] = mixing[-1, -1] = 1 - share
    inverse = np.linalg.inv(mixing).astype(np.float32)
    return np.asarray(np.einsum("ij,rjc->ric", inverse, cells, optimize=True), np.float32)

"""How strongly neighbouring pixels differ, summed into profiles along each axis."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from mobart.art.files.decode import Pixels

Plane: TypeAlias = npt.NDArray[np.uint8]
Profile: TypeAlias = npt.NDArray[np.float32]

BANDS = 8
"""Bands a profile is summed in: a lattice that drifts by half a cell stays coherent in an eighth."""
STRONGEST = 48
"""Step in levels above which an edge counts no more, so that outlines do not drown shades."""
SMALL = 1536 * 1024
"""Pixels up to which planes are copied, 5 MB: the usual sizes of generators, see `view.ENOUGH`."""
OPAQUE = 255
"""Level of alpha that is opaque."""
BLOCK = 8
"""Side in pixels of the blocks of JPEG (ITU-T T.81) and of lossy WebP's transforms."""
BLOCK_STEP = 1.0
"""Levels that a block border of a JPEG worth looking at may show on average."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Edge strength between neighbours, noise removed: `across` between columns, `down` rows.

    Both have the shape of the picture less one column or row; levels 0 to 48.  Of a large picture
    `across` has every *step*-th row, `down` every *step*-th column.
    """

    across: Plane
    down: Plane
    step: int = 1


def split_planes(pixels: Pixels) -> list[Plane]:
    """Return red, green, blue (0 where transparent) and, unless it is opaque, alpha.

    Those of a large opaque picture are views of its *pixels*: three quarters of its memory are not taken
    again, but each look at them takes longer.
    """
    alpha = pixels[..., 3]
    planes = [pixels[..., c] for c in range(3)]
    if alpha.size <= SMALL:
        planes = list(map(np.ascontiguousarray, planes))
    if alpha.min() == OPAQUE:
        return planes
    solid = np.where(alpha < 128, np.uint8(0), np.uint8(255))  # noqa: PLR2004 - half
    return [plane & solid for plane in planes] + [solid]


def find_edges(planes: list[Plane], step: int = 1) -> Edges:
    """Return the largest step of any channel between neighbours, in levels above the noise.

    Every *step*-th row and column is looked at.
    """
    rows = [plane[::step] for plane in planes]
    columns = [np.ascontiguousarray(plane[:, ::step]) for plane in planes]
    return Edges(_steps(rows, 1), _steps(columns, 0), step)


def _steps(planes: list[Plane], axis: int) -> Plane:
    before = (slice(None), slice(None, -1)) if axis else (slice(None, -1), slice(None))
    after = (slice(None), slice(1, None)) if axis else (slice(1, None), slice(None))
    steps = [_distance(plane[before], plane[after]) for plane in planes]
    largest = steps[0]
    for step in steps[1:]:
        np.maximum(largest, step, out=largest)
    quiet = np.uint8(min(2 * _median(largest) + 2, 200))
    np.maximum(largest, quiet, out=largest)
    largest -= quiet
    return np.minimum(largest, STRONGEST, out=largest)


def _distance(a: Plane, b: Plane) -> Plane:
    return np.maximum(a, b) - np.minimum(a, b)


def _median(levels: Plane) -> int:
    counts = np.bincount(levels[::4].ravel(), minlength=256)
    return int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))


def profiles(edges: Plane, axis: int, *, lossy: bool) -> Profile:
    """Sum edge strengths in eight bands: bands x positions along *axis*.

    Of *lossy* files the faint lattice of their blocks is taken away.
    """
    bands = np.array_split(edges, BANDS, axis=1 - axis)
    sums = [band.sum(axis=1 - axis, dtype=np.uint32) for band in bands]
    summed = np.stack(sums).astype(np.float32)
    return _without_blocks(summed, edges.shape[1 - axis] / BANDS) if lossy else summed


def _without_blocks(bands: Profile, rows: float) -> Profile:
    """Take away the faint lattice that JPEG blocks leave every eighth pixel."""
    seams = np.arange(BLOCK - 1, bands.shape[1] - 1, BLOCK)
    if not seams.size:
        return bands
    excess = bands[:, seams] - (bands[:, seams - 1] + bands[:, seams + 1]) / 2
    faint = np.clip(np.median(excess, axis=1), 0, rows * BLOCK_STEP)[:, None]
    bands[:, seams] = np.maximum(bands[:, seams] - faint, 0)
    return bands

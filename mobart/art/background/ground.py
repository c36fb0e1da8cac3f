"""The empty ground around a subject: solid, white, black or a gradient, as opposed to a scene.

The colours of the border ring are fitted by a smooth surface, with less weight for outliers; what
touches the border and lies near the surface is ground, and the surface is fitted again to it.
The surface is quadratic; in clean art it ends as a cubic, to follow a gradient that a channel at
its limit bends.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobart.art.colours.oklab import Lab
from mobart.art.regions import Mask, find_regions, flood

Surface = npt.NDArray[np.float64]

REFITS = 3
"""Fits of the surface; clean art has one more."""
MOST_FITTED = 2**17
"""Cells that the surface is fitted to: every n-th of more; it has ten terms."""
NEAREST = 0.022
FURTHEST = 0.05
"""OKLab distance within which the reach of a ground lies: one just noticeable step, and two and a
half."""
SPREAD = 3.2
"""Reach over the median distance of the ground: normal grain in three channels stays below 2.7."""
LEAST_BORDER = 0.62
"""Share of the border that is ground around a subject; less is a scene."""
CLEAN_BORDER, CLEAN_ROUGHEST = 0.45, 0.0085
"""The same share, and the OKLab distance of ROUGHEST, in native pixel art freed of noise."""
LOOSEST = 0.2
"""Share of the ground's colour that may lie apart from the border; the tiles of a floor do."""
FULLEST = 0.9995
"""Share of the picture that may be ground; more leaves no subject."""
ROUGHEST = 0.014
"""OKLab distance that typical ground may have from the fitted surface."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Which cells are ground, how far each cell is from the ground's colour.

    *reach* is the OKLab distance up to which a colour counts as ground; *surface* is the model,
    quadratic or, in clean art, cubic.
    """

    mask: Mask
    distance: npt.NDArray[np.float32]
    reach: float
    surface: Surface


def find_ground(lab: Lab, *, clean: bool = False) -> Ground | None:
    """Return the ground of *lab* (rows x columns x 3), None for a scene.

    In *clean* art, freed of noise, ground is smoother, so less of the border need show it.
    """
    rows, columns = lab.shape[:2]
    if min(rows, columns) < 6:  # noqa: PLR2004 - nothing to fit
        return None
    terms = _terms(rows, columns)
    # Used only when fitted to ground alone: a border of two colours would bend a cubic to both.
    next_terms = _terms(rows, columns, cubic=True) if clean else terms
    mask = _ring(rows, columns)
    weights = _border_weights(lab[mask])
    for _ in range(REFITS + clean):
        every = math.ceil(weights.size / MOST_FITTED)
        surface = _fit(terms[mask][::every], lab[mask][::every], weights[::every])
        distance = _away(lab, terms, surface)
        close = mask & (distance < FURTHEST)
        roughness = float(np.median(distance[close])) if close.any() else 1.0
        reach = float(np.clip(SPREAD * roughness, NEAREST, FURTHEST))
        mask = flood(distance < reach)
        if not mask.any():
            return None
        weights = np.ones(int(mask.sum()))
        terms = next_terms
    border = _ring(rows, columns, 1)
    least, roughest = (CLEAN_BORDER, CLEAN_ROUGHEST) if clean else (LEAST_BORDER, ROUGHEST)
    if mask[border].mean() < least or roughness > roughest or mask.mean() > FULLEST:
        return None
    if clean and _is_tiled((distance < reach) & ~mask, mask):
        return None
    return Ground(mask, distance, reach, surface)


def _is_tiled(enclosed: Mask, ground: Mask) -> bool:
    """Return whether much of the ground's colour lies apart from it, and not in one outlined body."""
    if enclosed.sum() <= LOOSEST / (1 - LOOSEST) * ground.sum():
        return False
    return bool(find_regions(enclosed).areas().max() < enclosed.sum() / 2)


def _away(lab: Lab, terms: Surface, surface: Surface) -> npt.NDArray[np.float32]:
    return np.asarray(np.sqrt(((terms @ surface - lab) ** 2).sum(-1)), np.float32)


def _ring(rows: int, columns: int, width: int = 2) -> Mask:
    mask = np.ones((rows, columns), bool)
    mask[width : rows - width, width : columns - width] = False
    return mask


def _terms(rows: int, columns: int, *, cubic: bool = False) -> Surface:
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    third = [x**3, x * x * y, x * y * y, y**3] if cubic else []
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y, *third], -1)


def _border_weights(ring: Lab) -> npt.NDArray[np.float64]:
    """Trust what lies near the median of the ring; a gradient spans little more than that."""
    away = np.sqrt(((ring - np.median(ring, axis=0)) ** 2).sum(-1))
    return np.asarray(1 / (1 + (away / max(float(np.median(away)), 0.01)) ** 2))


def _fit(terms: Surface, lab: Lab, weights: npt.NDArray[np.float64]) -> Surface:
    surface: Surface = np.zeros((terms.shape[1], 3))
    for _ in range(4):
        scaled = terms * weights[:, None]
        ridge = 1e-6 * len(terms) * np.eye(terms.shape[1])
        surface = np.asarray(np.linalg.solve(scaled.T @ terms + ridge, scaled.T @ lab))
        away = np.sqrt(((terms @ surface - lab) ** 2).sum(-1))
        scale = max(float(np.median(away)), 0.004)
        weights = np.asarray(1 / (1 + (away / (2 * scale)) ** 2), np.float64)
    return surface

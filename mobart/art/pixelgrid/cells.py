"""One colour a cell: sampled inside the borders, with what its neighbours mix into it undone."""

import numpy as np
import numpy.typing as npt

from mobart.art.pixelgrid.areas import Boxes, Places, look_at, mean_in_strips
from mobart.art.pixelgrid.blends import clear_blends
from mobart.art.pixelgrid.details import Rivals, find_details
from mobart.art.pixelgrid.edges import Plane
from mobart.art.pixelgrid.heaps import Slices, find_rival, find_ruler, see
from mobart.art.pixelgrid.lattice import Lattice

Colours = npt.NDArray[np.float32]
"""Rows x columns x channels, sRGB levels 0 to 255."""
Lines = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.intp]

INNER = 0.24
"""Half of a cell's sampled width, in cells: soft borders reach to 0.25 in typical pictures."""
SPLIT = 24.0
"""Levels between places of a cell above which it may show two colours; grain stays below."""
MOST_SETTLED, SETTLED_AT_ONCE = 120_000, 4096
"""Such cells up to which each is looked at, a third of a picture of 600 x 600 cells: art has a tenth;
and how many at once, which take 1.2 MB a channel."""
MOST_MIXING = 0.16
"""Share of a neighbour's colour that is undone at most: beyond, unmixing amplifies grain twofold."""
CONTRAST = 40.0
"""Distance in levels of two colours (root of the sum over channels) that tells mixing from grain."""
ASIDE = 12.0
"""Levels by which a tint may be off the way to the other colour: three times the grain of most pictures."""
FEWEST = 24
"""Places below which mixing cannot be measured."""
BINS = 80
"""Bins of the histogram of shares: 0.4 % each, finer than anybody sees."""
LEAST_MIXING = 0.015
"""Share from which on it is undone once more (`unmix_told`): 32 pictures of generators have 0.012 and less."""
CUT, WHOLE = 4.0, 20.0
"""Distance in levels from black or white up to which an overshoot has been cut off there, and from which on it is
whole: one that is undone where it never was makes grey of black outlines."""
MOST_ASKED = 2**15
"""Cells that are asked what is mixed into them: of more every so-many-th."""
DOUBT = 3.0
"""Residuals by their median from which on what a cell says counts half: some have another's colour."""
KERNEL = np.exp(-0.5 * (np.arange(-9, 10) / 3.0) ** 2)
"""Gauss bell that smooths the histogram: 3 bins wide (1.2 %), the scatter that grain of 2 levels
makes at the least contrast."""


def sample(planes: list[Plane], lattice: Lattice) -> Colours:
    """Return the mean of the inner part of every cell of *lattice*."""
    boxes = lattice.inner(INNER)
    return np.stack([mean_in_strips(plane, boxes) for plane in planes], -1).astype(np.float32)


def settle(planes: list[Plane], lattice: Lattice, means: Colours) -> tuple[Colours, Mask]:
    """Give each cell that shows two colours the one that rules it, never their mean.

    Return the colours, and which cells were settled: nothing is mixed into those.

    A border that runs through a cell, because its part lies askew, or a gleam painted finer than
    the cells leaves two heaps of colours (`heaps`).  The fullest is the cell's colour, unless that is no more than
    the soft border between its neighbours (`blends`), or a small thing lies in the other (`details`).
    """
    cells = lattice.inner(0.5)
    rows, columns = np.nonzero(_spread(planes, cells) > SPLIT)
    mixed = rows, columns
    found, settled = means.copy(), np.zeros(means.shape[:2], bool)
    if not 0 < rows.size <= MOST_SETTLED:
        return found, settled
    rivals, slices = Rivals.none(found), []
    for start in range(0, rows.size, SETTLED_AT_ONCE):
        part = rows[start : start + SETTLED_AT_ONCE], columns[start : start + SETTLED_AT_ONCE]
        seen = see(planes, cells.at(part))
        found[part] = find_ruler(seen)
        rivals.second[part], rivals.share[part], rivals.sides[part] = find_rival(seen, found[part])
        slices.append(Slices.of(seen, found[part]))
    settled[mixed] = True
    clear_blends(found, mixed, Slices.join(slices), _sizes(cells, mixed))
    details = find_details(rivals)
    found[details] = rivals.second[details]
    return found, settled


def _sizes(cells: Boxes, at: tuple[Places, Places]) -> tuple[Colours, Colours]:
    """Return the heights and the widths of the cells *at*, in those of usual cells."""
    height, width = cells.bottom - cells.top, cells.right - cells.left
    heights, widths = (side[at] / np.median(side) for side in (height, width))
    return heights.astype(np.float32), widths.astype(np.float32)


def _spread(planes: list[Plane], cells: Boxes) -> Colours:
    """Return the largest difference in levels between the centre of a cell and its corners."""
    centre = look_at(planes, cells, 0, 0)
    corners = [look_at(planes, cells, x, y) for x in (-INNER, INNER) for y in (-INNER, INNER)]
    furthest = np.max([np.abs(corner - centre).max(-1) for corner in corners], 0)
    return np.asarray(furthest, np.float32)


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


def unmix(cells: Colours) -> Colours:
    """Undo what neighbours mix into each cell, by the amount measured beside strong borders."""
    share = mixing(cells)
    clean = _solve(cells, share)
    return np.clip(_solve(clean.swapaxes(0, 1), share).swapaxes(0, 1), 0, 255)


def mixing(cells: Colours) -> float:
    """Measure which share of a neighbour's colour a cell takes on: one for both axes.

    Where two equal cells lie before a third of another colour, the second is tinted by the third
    and the first is not.  Cells that differ anyway scatter; equal ones pile up at the true share,
    which is negative where a resampling filter overshot.
    """
    turned = cells.swapaxes(0, 1)
    found = [_tints(way) for way in (cells, cells[:, ::-1], turned, turned[:, ::-1])]
    shares, weights = (np.concatenate(parts) for parts in zip(*found, strict=True))
    if shares.size < FEWEST:
        return 0.0
    counts, edges = np.histogram(shares, BINS, (-MOST_MIXING, MOST_MIXING), weights=weights)
    density = np.convolve(counts, KERNEL, "same")
    return float((edges[:-1] + edges[1:])[int(density.argmax())] / 2)


def unmix_told(means: Colours, painted: Colours, labels: Labels, *, soft: bool) -> Colours | None:
    """Undo what neighbours mix into *means*, measured between cells of one colour; None if it is next to nothing.

    *painted* are the colours of *labels*.  A filter that overshoots leaves no tint where it meets black or white, so
    `mixing` hardly sees it: most equal neighbours are outlines or a ground.  *soft* borders it measures well.
    """
    share = mixing_told(means, painted, labels)
    if abs(share) < LEAST_MIXING or (soft and share > 0):
        return None
    clean = np.clip(_solve(_solve(means, share).swapaxes(0, 1), share).swapaxes(0, 1), 0, 255)
    if share > 0:
        return np.asarray(clean, np.float32)
    room = np.where(clean > means, means, 255 - means)
    whole = np.clip((room - CUT) / (WHOLE - CUT), 0, 1)
    return np.asarray(means + (clean - means) * whole, np.float32)


def mixing_told(means: Colours, painted: Colours, labels: Labels) -> float:
    """Measure which share of a neighbour's colour a cell takes on, between cells of one label.

    They differ by what is beside them: the share is the slope of the one over the other, each from the mean of its
    label (a regression with fixed effects).  What was cut off at black or white is left out.
    """
    around = np.pad(painted, ((1, 1), (1, 1), (0, 0)), mode="edge")
    beside = around[1:-1, :-2] + around[1:-1, 2:] + around[:-2, 1:-1] + around[2:, 1:-1]
    beside -= 4 * around[1:-1, 1:-1]
    step = 1 + labels.size // MOST_ASKED
    own, beside, seen = (values.reshape(-1, 3)[::step].T for values in (painted, beside, means))
    label = labels.ravel()[::step]
    slopes = [_slope(beside[one], seen[one], own[one], label) for one in range(3)]
    told = sum(weight for _, weight in slopes)
    return sum(slope * weight for slope, weight in slopes) / (told + 1e-9)


def _slope(beside: Colours, level: Colours, own: Colours, label: Labels) -> tuple[float, float]:
    """Return the slope of *level* over *beside*, and how much speaks for it."""
    furthest = own - MOST_MIXING * beside
    whole = (np.minimum(furthest, level) > CUT) & (np.maximum(furthest, level) < 255 - CUT)
    if whole.sum() < FEWEST:
        return 0.0, 0.0
    apart, off = (_from_mean(values[whole], label[whole]) for values in (beside, level))
    slope, weight = 0.0, 0.0
    for _ in range(3):
        left = np.abs(off - slope * apart)
        trust = 1 / (1 + (left / (DOUBT * np.median(left) + 1)) ** 2)
        weight = float((trust * apart * apart).sum())
        slope = float((trust * apart * off).sum()) / (weight + 1e-9)
    return slope, weight


def _from_mean(values: Colours, label: Labels) -> Lines:
    """Return *values* less the mean of those of their *label*."""
    count = np.maximum(np.bincount(label), 1)
    return np.asarray(values - (np.bincount(label, values) / count)[label], np.float64)


def _tints(cells: Colours) -> tuple[Lines, Lines]:
    """Tint of each cell that has an equal-looking and a very different neighbour, and its weight.

    A tint lies on the way to the other colour; cells that are off it are of a colour of their own.
    """
    far, near, other = cells[:, :-2], cells[:, 1:-1], cells[:, 2:]
    step, tint = other - far, near - far
    strength = (step * step).sum(-1)
    strong = strength > CONTRAST**2
    share = (tint * step).sum(-1)[strong] / strength[strong]
    aside = ((tint[strong] - share[:, None] * step[strong]) ** 2).sum(-1)
    close = (np.abs(share) < MOST_MIXING) & (aside < ASIDE**2)
    share, weight = share[close], np.sqrt(strength[strong][close])
    # The other cell has taken on its share of this one, which shortens the step: s / (1 - s) was measured.
    return np.asarray(share / (1 + share), np.float64), np.asarray(weight, np.float64)


def _solve(cells: Colours, share: float) -> Colours:
    """Invert `own (1 - 2 share) + share (left + right)` along each row."""
    if share == 0:
        return cells
    count = cells.shape[1]
    mixed = np.eye(count) * (1 - 2 * share) + share * (np.eye(count, k=1) + np.eye(count, k=-1))
    mixed[0, 0] = mixed[-1, -1] = 1 - share  # a cell at the rim has one neighbour
    inverse = np.linalg.inv(mixed).astype(np.float32)
    return np.asarray(np.einsum("ij,rjc->ric", inverse, cells, optimize=True), np.float32)

"""Fewer colours: a forced palette or a largest number, matched in OKLab, dithered if asked."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from mobart.art.choices import Dither
from mobart.art.colours.oklab import Lab, to_oklab
from mobart.art.files.decode import Pixels

Counts: TypeAlias = npt.NDArray[np.intp]
Swatch: TypeAlias = npt.NDArray[np.uint8]
"""Colours, count x 3."""
BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 - 15 / 32
WIDEST = 0.5
"""OKLab lightness over which the ordered pattern reaches at most."""
ROWS = 32
"""Rows matched at a time, so that they stay in the processor's cache."""
FLOYD_STEINBERG = ((0, 1, 7 / 16), (1, -1, 3 / 16), (1, 0, 5 / 16), (1, 1, 1 / 16))


def apply_palette(pixels: Pixels, colours: Swatch, dither: Dither = "none") -> Pixels:
    """Give every pixel one of *colours* (count x 3); alpha stays."""
    lab, target = to_oklab(pixels[..., :3]), to_oklab(colours)
    if dither == "ordered":
        rows, columns = lab.shape[:2]
        pattern = np.tile(BAYER, (rows // 4 + 1, columns // 4 + 1))[:rows, :columns]
        lab[..., 0] += (pattern * _spacing(target)).astype(np.float32)
    labels = _diffuse(lab, target) if dither == "diffusion" else _nearest(lab, target)
    return np.dstack([colours[labels], pixels[..., 3]])


def _spacing(target: Lab) -> float:
    """Return how far colours of a palette lie from their next ones: what a pattern has to bridge."""
    gaps = np.sqrt(((target[:, None] - target[None]) ** 2).sum(-1))
    np.fill_diagonal(gaps, np.inf)
    return min(WIDEST, float(np.median(gaps.min(axis=1))))


def reduce_colours(pixels: Pixels, most: int) -> Pixels:
    """Merge the closest colours, the rarer into the more frequent, until *most* are left."""
    seen = pixels[..., 3] > 0
    rgb = pixels[seen].astype(np.uint32)
    packed = (rgb[:, 0] << 16) | (rgb[:, 1] << 8) | rgb[:, 2]
    found, labels, counts = np.unique(packed, return_inverse=True, return_counts=True)
    if found.size <= most:
        return pixels
    colours = np.stack([found >> 16, found >> 8, found], axis=1).astype(np.uint8)
    if found.size > 4 * most + 512:
        return apply_palette(pixels, _common(colours, counts, most))
    into = _merge(to_oklab(colours), counts.astype(np.float64), most)
    result = pixels.copy()
    result[seen, :3] = colours[into[labels]]
    return result


def _common(colours: Swatch, counts: Counts, most: int) -> Swatch:
    """Spread *most* colours over many: each next one lies furthest from those taken, by weight.

    Only the most frequent of colours that differ by less than 8 levels is a candidate.
    """
    bins = (colours >> 3).astype(np.uint32) @ np.array([1 << 10, 1 << 5, 1], np.uint32)
    order = np.lexsort((-counts, bins))
    first = np.unique(bins[order], return_index=True)[1]
    weights = np.add.reduceat(counts[order], first)
    colours = colours[order[first]]
    lab = to_oklab(colours)
    taken = [int(weights.argmax())]
    away = ((lab - lab[taken[0]]) ** 2).sum(1)
    while len(taken) < min(most, len(colours)):
        taken.append(int((away * np.sqrt(weights)).argmax()))
        away = np.minimum(away, ((lab - lab[taken[-1]]) ** 2).sum(1))
    return colours[taken]


def _merge(
    lab: Lab, weight: "np.ndarray[tuple[int], np.dtype[np.float64]]", most: int
) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    """Return for each colour the one it merged into (Ward's criterion, pair by pair)."""
    count = len(lab)
    into = np.arange(count)
    gap = ((lab[:, None] - lab[None]) ** 2).sum(-1).astype(np.float64)
    cost = gap * (weight[:, None] * weight[None]) / (weight[:, None] + weight[None])
    np.fill_diagonal(cost, np.inf)
    for _ in range(count - most):
        one, two = np.unravel_index(int(cost.argmin()), cost.shape)
        kept, gone = (one, two) if weight[one] >= weight[two] else (two, one)
        into[into == gone] = kept
        weight[kept] += weight[gone]
        row = gap[kept] * weight[kept] * weight / (weight[kept] + weight)
        row[np.isinf(cost[kept])] = np.inf
        cost[kept], cost[:, kept] = row, row
        cost[gone], cost[:, gone] = np.inf, np.inf
    return into


def _nearest(lab: Lab, target: Lab) -> "np.ndarray[tuple[int, int], np.dtype[np.intp]]":
    labels: np.ndarray[tuple[int, int], np.dtype[np.intp]] = np.zeros(
        (lab.shape[0], lab.shape[1]), np.intp
    )
    for top in range(0, lab.shape[0], ROWS):
        part = lab[top : top + ROWS]
        best = np.full(part.shape[:2], np.inf, np.float32)
        for label, colour in enumerate(target):
            distance = (colour**2).sum() / 2 - part @ colour
            labels[top : top + ROWS][distance < best] = label
            np.minimum(best, distance, out=best)
    return labels


def _diffuse(lab: Lab, target: Lab) -> "np.ndarray[tuple[int, int], np.dtype[np.intp]]":
    """Floyd and Steinberg 1976: hand each pixel's error on to those not yet seen.

    Pixels on one line of slope 2 do not depend on each other, so each line is done at once.  What
    a pixel is to become stays within the palette's bounds, or errors that no colour can make good
    would pile up.
    """
    rows, columns = lab.shape[:2]
    rest = np.pad(lab.astype(np.float64), ((0, 1), (1, 1), (0, 0)))
    labels = np.zeros((rows, columns), np.intp)
    low, high = target.min(0), target.max(0)
    half = (target.astype(np.float64) ** 2).sum(1) / 2
    for wave in range(columns + 2 * (rows - 1)):
        y = np.arange(max(0, (wave - columns + 2) // 2), min(rows, wave // 2 + 1))
        x = wave - 2 * y
        here = rest[y, x + 1].clip(low, high)
        label = (half - here @ target.T).argmin(1)
        labels[y, x] = label
        error = here - target[label]
        for down, right, share in FLOYD_STEINBERG:
            rest[y + down, x + 1 + right] += error * share
    return labels

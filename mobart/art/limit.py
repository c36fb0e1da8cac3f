"""Fewer colours: a forced palette or a largest number, matched in OKLab, dithered if asked."""

from typing import Literal

import numpy as np

from mobart.art.decode import Pixels
from mobart.art.oklab import Lab, to_oklab
from mobart.art.swatches import Swatch

Dither = Literal["none", "ordered", "diffusion"]

BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 - 15 / 32
ORDERED_SPREAD = 0.06
"""OKLab lightness over which the ordered pattern reaches."""
FLOYD_STEINBERG = ((0, 1, 7 / 16), (1, -1, 3 / 16), (1, 0, 5 / 16), (1, 1, 1 / 16))


def apply_palette(pixels: Pixels, colours: Swatch, dither: Dither = "none") -> Pixels:
    """Give every pixel one of *colours* (count x 3); alpha stays."""
    lab, target = to_oklab(pixels[..., :3]), to_oklab(colours)
    if dither == "ordered":
        rows, columns = lab.shape[:2]
        pattern = np.tile(BAYER, (rows // 4 + 1, columns // 4 + 1))[:rows, :columns]
        lab[..., 0] += (pattern * ORDERED_SPREAD).astype(np.float32)
    labels = _diffuse(lab, target) if dither == "diffusion" else _nearest(lab, target)
    return np.dstack([colours[labels], pixels[..., 3]])


def reduce_colours(pixels: Pixels, most: int) -> Pixels:
    """Merge the closest colours, the rarer into the more frequent, until *most* are left."""
    seen = pixels[..., 3] > 0
    colours, labels, counts = np.unique(
        pixels[seen][:, :3], axis=0, return_inverse=True, return_counts=True
    )
    if len(colours) <= most:
        return pixels
    if len(colours) > 4 * most + 512:
        return apply_palette(pixels, _common(colours, counts, most))
    into = _merge(to_oklab(colours), counts.astype(np.float64), most)
    result = pixels.copy()
    result[seen, :3] = colours[into[labels.reshape(-1)]]
    return result


def _common(
    colours: Swatch, counts: "np.ndarray[tuple[int], np.dtype[np.intp]]", most: int
) -> Swatch:
    """Spread *most* colours over many: each next one lies furthest from those taken, by weight."""
    lab = to_oklab(colours)
    taken = [int(counts.argmax())]
    away = ((lab - lab[taken[0]]) ** 2).sum(1)
    while len(taken) < most:
        taken.append(int((away * np.sqrt(counts)).argmax()))
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
    half = (target**2).sum(1) / 2
    return np.stack([(half - row @ target.T).argmin(1) for row in lab])


def _diffuse(lab: Lab, target: Lab) -> "np.ndarray[tuple[int, int], np.dtype[np.intp]]":
    """Floyd and Steinberg 1976: hand each pixel's error on to those not yet seen."""
    rows, columns = lab.shape[:2]
    rest = np.pad(lab.astype(np.float64), ((0, 1), (1, 1), (0, 0)))
    labels = np.zeros((rows, columns), np.intp)
    for y in range(rows):
        for x in range(columns):
            here = rest[y, x + 1]
            label = int(((target - here) ** 2).sum(1).argmin())
            labels[y, x] = label
            error = here - target[label]
            for down, right, share in FLOYD_STEINBERG:
                rest[y + down, x + 1 + right] += error * share
    return labels

"""One palette for several pictures: of colours that look alike, the more frequent stays."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mobart.art.colours.oklab import Lab, to_oklab
from mobart.art.colours.quantize import Swatch
from mobart.art.files.decode import Pixels

WIDEN = 1.25
"""Factor by which colours' reach grows until few enough are left; smaller steps end alike."""
MOST_SINGLE = 4096
"""Colours up to which each is looked at; of more, one in 8 levels of each channel."""
FIRST_REACH = 0.01
"""OKLab distance at which colours begin to be one: the least at which neighbours look different."""

Weights = npt.NDArray[np.float64]


def common_palette(
    pictures: Sequence[Pixels], *, most: int = 256, reach: float = FIRST_REACH
) -> Swatch:
    """Return at most *most* colours (count x 3) for all *pictures*, each of equal weight.

    Colours within *reach* (OKLab) of a more frequent one are that one; *reach* grows until few
    enough are left.  Ordered from dark to light.
    """
    colours, weights = _count(pictures)
    if len(colours) > MOST_SINGLE:
        colours, weights = _thin(colours, weights)
    order = np.argsort(-weights, kind="stable")
    colours, lab = colours[order], to_oklab(colours[order])
    while (kept := _lead(lab, reach, most)) is None:
        reach *= WIDEN
    chosen = colours[kept]
    return chosen[np.lexsort((*chosen.T, to_oklab(chosen)[:, 0]))]


def _count(pictures: Sequence[Pixels]) -> tuple[Swatch, Weights]:
    """Return all colours that are seen, and their shares of their pictures, summed."""
    packed, shares = [], []
    for pixels in pictures:
        rgb = pixels[pixels[..., 3] > 0].astype(np.uint32)
        found, counts = np.unique(rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2], return_counts=True)
        packed.append(found)
        shares.append(counts / max(1, counts.sum()))
    found, place = np.unique(np.concatenate(packed), return_inverse=True)
    colours = np.stack([found >> 16, found >> 8, found], axis=1).astype(np.uint8)
    return colours, np.asarray(np.bincount(place, np.concatenate(shares), len(found)), np.float64)


def _thin(colours: Swatch, weights: Weights) -> tuple[Swatch, Weights]:
    """Keep the most frequent of colours that share the upper five bits of each channel."""
    bins = (colours >> 3).astype(np.uint32) @ np.array([1 << 10, 1 << 5, 1], np.uint32)
    order = np.lexsort((-weights, bins))
    first = np.unique(bins[order], return_index=True)[1]
    return colours[order[first]], np.add.reduceat(weights[order], first)


def _lead(lab: Lab, reach: float, most: int) -> list[int] | None:
    """Return which of *lab*, the most frequent first, have no earlier one within *reach*."""
    free = np.ones(len(lab), bool)
    leaders: list[int] = []
    while free.any():
        if len(leaders) == most:
            return None
        leader = int(free.argmax())
        leaders.append(leader)
        free &= ((lab - lab[leader]) ** 2).sum(1) > reach * reach
    return leaders

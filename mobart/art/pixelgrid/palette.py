"""The palette a picture was meant to have, found from its cells.

Cells of one colour scatter by noise; how far they do is measured first, between neighbours that
were plainly meant to be equal.  Colours are then gathered around the most frequent ones, and each
cell takes the likeliest of them (`decide`).
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobart.art.colours.oklab import Lab, nearest, to_oklab
from mobart.art.pixelgrid.cells import Colours
from mobart.art.pixelgrid.decide import decide
from mobart.art.pixelgrid.shades import calm, steady
from mobart.art.pixelgrid.strays import RARE, find_strays

Labels = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Prices = npt.NDArray[np.float64]

QUARTER = 1.0
HALF = 1 / 1.3
"""Standard deviation over the 25th and the 50th percentile of neighbours' distances, fitted to
synthetic noise of known strength."""

SPREAD = 3.3
"""Radius of a colour in standard deviations of the noise."""
NARROWEST = 0.016
WIDEST = 0.034
"""Least and largest radius of a colour, as OKLab distance."""
HUE = 1.8
"""How much more a difference in hue counts than one in lightness: grain and gradients are of
lightness, brownish and bluish greys are two colours.  From 1.0 to 2.5, by trial: 2.5 parts noise."""
ROUNDS = 3
FEW = 60
"""Colours (64 with those of a ground) above which near ones join: grain and gradients inside a flat colour make
many such, an eye or a gleam lies further off and stays."""
SPRITE, MANY = 128, 128
"""Side of the largest square that has no more than FEW; a sheet or a scene of more cells has more things to colour,
in proportion to its side, up to MANY: in fewer, neighbouring planks of one shade became blotches of four others."""
FURTHEST = 0.06
"""Distance up to which colours above FEW give way to one that takes them on at the least loss,
rare ones first: about two just noticeable differences of lightness, one of hue."""
GATHERED = 512
"""Colours that are gathered at most before those above FEW give way.  Of 256, gathered at a wider radius, a slot's brown
was already one with the grey of a wall; more take longer."""
WIDEN = 1.2
"""Factor by which the radius of a colour grows at each try to have no more than GATHERED."""
MOST = 256
"""Colours a palette may have in a PNG."""
MOST_TOLD = 2**17
"""Cells that colours are gathered from: all of 362 x 362, every n-th of more."""
STRAY_REACH = 1.35


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours (count x 3, sRGB levels) and which of them every cell has (rows x columns)."""

    colours: npt.NDArray[np.uint8]
    labels: Labels


def find_palette(cells: Colours, ground: Mask | None) -> Palette:
    """Gather *cells* (rows x columns x 3) into few colours; *ground* cells have their own."""
    lab = _weigh_hue(cells)
    reach = 1.0
    while True:
        found = _find(cells, lab, ground, reach)
        if len(found.colours) <= MOST:
            return found
        reach *= 1.3


def _find(cells: Colours, lab: Lab, ground: Mask | None, reach: float) -> Palette:
    calmed = calm(lab, ground, NARROWEST)
    if ground is None:
        return _decide(cells, lab, calmed, np.ones(lab.shape[:2], bool), reach)
    subject = _decide(cells, lab, calmed, ~ground, reach)
    own = _settle(cells, lab, calmed, ground, reach)
    if subject.colours.size and own.colours.size:
        places = _weigh_hue(own.colours[None])[0]
        stray = find_strays(subject.labels, _weigh_hue(subject.colours[None])[0], places, ground)
        own.labels[stray], ground = nearest(lab[stray], places), ground | stray
    return _join(subject, own, ground)


def _weigh_hue(cells: Colours | npt.NDArray[np.uint8]) -> Lab:
    """Return *cells* in OKLab, hue counting more."""
    return to_oklab(cells.astype(np.float32)) * np.array((1, HUE, HUE), np.float32)


def _decide(cells: Colours, lab: Lab, calmed: Lab, where: Mask, reach: float) -> Palette:
    """Gather colours of the cells *where*, and give each the likeliest of them."""
    found = _settle(cells, lab, calmed, where, reach)
    if not found.colours.size:
        return found
    labels = decide(calmed, where, found.labels, noise(lab, where))
    labels = _steady(calmed, labels, where)
    colours, labels[where] = _colour(cells[where], labels[where], len(found.colours))
    return Palette(colours, labels)


def _join(one: Palette, other: Palette, where_other: Mask) -> Palette:
    """Lay two palettes over one picture, sharing what colours they have in common."""
    both = np.concatenate([one.colours, other.colours])
    labels = np.where(where_other, other.labels + len(one.colours), one.labels)
    used = np.flatnonzero(np.bincount(labels.ravel()))
    colours, renumber = np.unique(both[used], axis=0, return_inverse=True)
    return Palette(colours, renumber.reshape(-1)[np.searchsorted(used, labels)])


def _settle(cells: Colours, lab: Lab, calmed: Lab, where: Mask, reach: float) -> Palette:
    labels = np.zeros(where.shape, np.intp)
    if not where.any():
        return Palette(np.zeros((0, 3), np.uint8), labels)
    radius = reach * float(np.clip(SPREAD * noise(lab, where), NARROWEST, WIDEST))
    flat = lab[where]
    told = flat[:: math.ceil(len(flat) / MOST_TOLD)]
    few = _few(len(flat))
    centres = _gather_few(told, radius, few)
    labels[where] = nearest(calmed[where], centres)
    labels = _steady(calmed, labels, where)
    colours, labels[where] = _colour(cells[where], labels[where], centres.shape[0])
    return Palette(colours, labels)


def _steady(calmed: Lab, labels: Labels, where: Mask) -> Labels:
    """Return *labels* steadied, and numbered anew."""
    used, told = np.unique(labels[where], return_inverse=True)
    found = np.zeros_like(labels)
    found[where] = told.reshape(-1)
    flat, counts = calmed[where], np.bincount(found[where], minlength=used.size)
    return steady(calmed, found, _means(flat, found[where], counts), where, NARROWEST)


def noise(lab: Lab, where: Mask) -> float:
    """Return the standard deviation of cells meant to be equal, from neighbours both within *where*.

    A quarter of all cells have an equal neighbour even in busy art; the closest of them tells.
    """
    closest = np.full(lab.shape[:2], np.inf, np.float32)
    for low, high in (
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
    ):
        step = np.sqrt(((lab[high] - lab[low]) ** 2).sum(-1))
        step[~(where[low] & where[high])] = np.inf
        closest[low] = np.minimum(closest[low], step)
        closest[high] = np.minimum(closest[high], step)
    known = closest[where & np.isfinite(closest)]
    if not known.size:
        return 0.0
    quarter, half = np.percentile(known, (25, 50))
    return float(min(quarter * QUARTER, half * HALF))


def _few(cells: int) -> int:
    """Return how many colours a picture of so many *cells* may have before those that are near are one."""
    return min(MANY, round(FEW * max(1.0, math.sqrt(cells) / SPRITE)))


def _gather_few(flat: Lab, radius: float, few: int) -> Lab:
    """Return centres at least *radius* apart, no more than *few* if some are near to each other.

    Widening the radius for all until they are few would make one of two large areas.
    More than MOST there never are.
    """
    while True:
        centres = _gather(flat, radius)
        if centres is not None and len(centres) > few:
            counts = np.bincount(nearest(flat, centres), minlength=len(centres))
            centres = _give_way(centres, counts, few)
        if centres is not None and len(centres) <= MOST:
            return centres
        radius *= WIDEN


def _give_way(centres: Lab, counts: Labels, few: int) -> Lab:
    """Join centres until *few* are left or the rest are further than FURTHEST apart.

    Each time those two are joined that lose least: the squared distance by the cells that move
    (Ward 1963), the root of their number: a colour of few cells so joins its neighbour before two
    frequent ones meet, and steps of a wide gradient do before what is small but drawn.
    """
    where, weight = centres.astype(np.float64), np.sqrt(counts)
    loss = np.stack([_loss(where, weight, one) for one in range(len(where))])
    for _ in range(len(where) - few):
        one, other = np.unravel_index(int(loss.argmin()), loss.shape)
        if not np.isfinite(loss[one, other]):
            break
        both = weight[one] + weight[other]
        where[one] = (weight[one] * where[one] + weight[other] * where[other]) / max(both, 1)
        weight[one], where[other] = both, np.inf
        loss[other] = loss[:, other] = np.inf
        loss[one] = loss[:, one] = _loss(where, weight, int(one))
    return where[np.isfinite(where[:, 0])].astype(np.float32)


def _loss(where: Prices, weight: Prices, one: int) -> Prices:
    """Return what is lost by joining each centre with *one*: infinite for itself and what is far."""
    away = ((where - where[one]) ** 2).sum(1)
    loss = away * weight * weight[one] / np.maximum(weight + weight[one], 1)
    loss[(away > FURTHEST**2) | (np.arange(len(where)) == one)] = np.inf
    return np.asarray(loss, np.float64)


def _gather(flat: Lab, radius: float) -> Lab | None:
    """Return centres at least *radius* apart, most frequent colours first; None for more than GATHERED."""
    keys = np.floor(flat / (radius / 2)).astype(np.int64) + 512
    packed = (keys[:, 0] << 40) | (keys[:, 1] << 20) | keys[:, 2]
    _, inverse, counts = np.unique(packed, return_inverse=True, return_counts=True)
    bins = _means(flat, inverse, counts)
    centres = _lead(bins, counts, radius)
    if len(centres) > GATHERED:
        return None
    for _ in range(ROUNDS):
        labels = nearest(bins, centres)
        weights = np.bincount(labels, counts, centres.shape[0])
        kept = weights > 0
        sums = np.stack(
            [np.bincount(labels, counts * bins[:, c], centres.shape[0]) for c in range(3)], 1
        )
        centres = (sums[kept] / weights[kept, None]).astype(np.float32)
        centres = _absorb(centres, weights[kept], radius)
    return centres


def _means(flat: Lab, inverse: Labels, counts: Labels) -> Lab:
    sums = [np.bincount(inverse, flat[:, c], counts.size) / counts for c in range(3)]
    return np.stack(sums, 1).astype(np.float32)


def _lead(bins: Lab, counts: Labels, radius: float) -> Lab:
    """Pick the fullest bin, drop all within *radius* of it, and so on; stop at one above GATHERED."""
    left = np.argsort(-counts, kind="stable")
    leaders: list[Lab] = []
    while left.size and len(leaders) <= GATHERED:
        leader = bins[left[0]]
        leaders.append(leader)
        left = left[((bins[left] - leader) ** 2).sum(1) > radius**2]
    return np.array(leaders)


def _absorb(centres: Lab, weights: npt.NDArray[np.generic], radius: float) -> Lab:
    """Merge centres that came closer than *radius*, strays from a little further off."""
    order = np.argsort(-weights.astype(np.float64), kind="stable")
    kept: list[int] = []
    for one in order:
        reach = radius * (STRAY_REACH if int(weights[one]) <= RARE else 0.9)
        if kept and ((centres[kept] - centres[one]) ** 2).sum(1).min() < reach**2:
            continue
        kept.append(int(one))
    return centres[kept]


def _colour(cells: Colours, labels: Labels, count: int) -> tuple[npt.NDArray[np.uint8], Labels]:
    """Mean sRGB of each label's cells; unused labels are dropped."""
    weights = np.bincount(labels, minlength=count)
    used = np.flatnonzero(weights)
    sums = np.stack([np.bincount(labels, cells[:, c], count) for c in range(3)], 1)[used]
    colours = np.rint(sums / weights[used, None]).clip(0, 255).astype(np.uint8)
    renumber = np.zeros(count, np.intp)
    renumber[used] = np.arange(used.size)
    return colours, renumber[labels]

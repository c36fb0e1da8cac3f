"""What a cell shows that is not of one colour: places of it, and the heaps that their colours form.

Five places of a cell each climb to the heap nearest to them (mean shift, Comaniciu and Meer 2002); the fullest
rules the cell, another one far from it is its rival.  A cell that was dithered, as pictures of few colours are, has
the mean of its colours: they are strewn over it, where those of a border lie apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobart.art.pixelgrid.areas import Boxes, look_at
from mobart.art.pixelgrid.edges import Plane

Colours = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

SEEN, SIDE = 0.36, 5
"""Places of such a cell that are looked at: so many a side, so far from its centre in cells."""
STRIPS = np.array((0.23, 0.18, 0.18, 0.18, 0.23), np.float32)
"""Share of a cell that lies nearest to each row, or column, of places."""
STARTS = (0, -SIDE - 1, -SIDE + 1, SIDE - 1, SIDE + 1)
"""Where the climb to a heap starts, counted from the middle place: there, and on the diagonals."""
HEAP = 14.0
"""Radius of a heap of colours in levels: as wide as grain and gradients, half of `cells.SPLIT`."""
LEAST_HEAP = 1e-30
"""Below it so little lies about a colour that single precision knows no mean of it."""
CLIMBS = 3
"""Steps of the climb; more change nothing by a level."""
OTHER = 90.0
"""Distance in levels (root of the sum over channels) of a cell's other colour: shades are nearer."""
LIKE = 35.0
"""The same, up to which a place is of the colour that rules the cell."""
CENTRE = 1.15
"""How much more the middle's heap counts: of equal ones it is the cell's own."""
BEYOND, FEW = 1.4, 3
"""How far beyond a rival, as seen from the ruler, so many places lie if it is but the soft border before them."""
STREWN = 0.6
"""Half the squared difference of places next to each other by the variance of all (von Neumann 1941) above which
colours are strewn, both down and across: 1 if at random, 2 in a chequer, 0 along a border or a line."""
RAREST, WIDEST = 6.0, 70.0
"""Square of the furthest place from the mean, by the variance, up to which it is none of a few (of a gleam that is one
in seven); and how far it may be in levels: what is dithered has near colours."""
MOSTLY = 0.75
"""Share of the way to the rival from which a place belongs to it."""


@dataclass(frozen=True, slots=True)
class Slices:
    """Cells seen across: the mean colour of all, of each row and of each column of places, and the ruler's share."""

    mean: Colours
    rows: Colours
    columns: Colours
    share: Colours

    @classmethod
    def of(cls, seen: Colours, ruler: Colours) -> "Slices":
        """Return those of cells of which places are *seen* (cells x places x channels)."""
        places = seen.reshape(-1, SIDE, SIDE, seen.shape[-1])
        share = (((seen - ruler[:, None]) ** 2).sum(-1) < LIKE**2).mean(1)
        return cls(seen.mean(1), places.mean(2), places.mean(1), np.asarray(share, np.float32))

    @classmethod
    def join(cls, parts: Sequence["Slices"]) -> "Slices":
        """Return *parts* as one."""
        names = ("mean", "rows", "columns", "share")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def see(planes: list[Plane], cells: Boxes) -> Colours:
    """Return what SIDE x SIDE places of each of *cells* show: cells x places x channels."""
    offsets = np.linspace(-SEEN, SEEN, SIDE)
    return np.stack([look_at(planes, cells, x, y) for y in offsets for x in offsets], 1)


def find_ruler(seen: Colours) -> Colours:
    """Return the colours that rule cells of which places are *seen*."""
    half = SIDE * SIDE // 2
    best, fullest = np.zeros_like(seen[:, 0]), np.zeros(seen.shape[0], np.float32)
    for start in STARTS:
        colour, heap = _climb(seen, seen[:, half + start])
        heap = heap * (1 if start else CENTRE)
        better = heap > fullest
        best[better], fullest[better] = colour[better], heap[better]
    mean = seen.mean(1)
    return np.where(_are_dithered(seen, mean)[:, None], mean, best)


def _are_dithered(seen: Colours, mean: Colours) -> Mask:
    """Return which cells show near colours strewn over them, none of them rare."""
    away = ((seen - mean[:, None]) ** 2).sum(-1)
    furthest, variance = away.max(1), away.mean(1)
    near = np.flatnonzero((furthest < RAREST * variance) & (furthest < WIDEST**2))
    places = seen[near].reshape(-1, SIDE, SIDE, seen.shape[-1])
    ways = [(np.diff(places, axis=axis) ** 2).sum((1, 2, 3)) for axis in (1, 2)]
    dithered = np.zeros(len(seen), np.bool_)
    dithered[near] = np.minimum(*ways) / (2 * SIDE * (SIDE - 1)) > STREWN * variance[near]
    return dithered


def find_rival(seen: Colours, ruler: Colours) -> tuple[Colours, Colours, Mask]:
    """Return the colour of what is far from the *ruler*, its share, and at which of 3 x 3 sides it lies.

    The share is 0 if there is none.
    """
    off = seen - ruler[:, None]
    far = ((off**2).sum(-1) > OTHER**2).astype(np.float32)
    start = np.einsum("np,npc->nc", far, seen) / np.maximum(far.sum(1), 1)[:, None]
    colour, _ = _climb(seen, np.where(far.any(1)[:, None], start, ruler))
    near = ((seen - colour[:, None]) ** 2).sum(-1) < (OTHER / 2) ** 2
    way = colour - ruler
    strength = (way**2).sum(-1)
    part = np.einsum("npc,nc->np", off, way) / np.maximum(strength, 1)[:, None]
    share = near @ np.outer(STRIPS, STRIPS).ravel()
    share[(strength <= OTHER**2) | ((part > BEYOND).sum(1) >= FEW)] = 0
    aside = ((off - part[..., None] * way[:, None]) ** 2).sum(-1)
    return colour, share, _sides((part > MOSTLY) & (aside < (OTHER / 2) ** 2))


def _sides(places: Mask) -> Mask:
    """Return at which of its 3 x 3 sides (cells x down x right, the middle for any) each cell has *places*."""
    square = places.reshape(-1, SIDE, SIDE)
    ends = slice(1), slice(None), slice(-1, None)
    return np.stack(
        [np.stack([square[:, rows, columns].any((1, 2)) for columns in ends], 1) for rows in ends],
        1,
    )


def _climb(seen: Colours, colour: Colours) -> tuple[Colours, Colours]:
    """Move *colour* to the mean of what lies about it; return it and how much that is.

    One that lies between heaps, too far from each, stays.
    """
    for _ in range(CLIMBS):
        away = ((seen - colour[:, None]) ** 2).sum(-1)
        weight = np.exp(-0.5 / HEAP**2 * away)
        heap = weight.sum(1)
        mean = np.einsum("np,npc->nc", weight, seen) / np.maximum(heap, LEAST_HEAP)[:, None]
        colour = np.where(heap[:, None] > LEAST_HEAP, mean, colour)
    return colour, heap

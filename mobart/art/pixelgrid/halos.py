"""Cells that sharpening left beside an outline: the ground, but lighter than it is anywhere else.

A filter that sharpens overshoots at a strong edge: between a dark outline and the ground it leaves a rim that is
lighter than the ground, by a share of the edge.  Where this rim falls into a cell of its own, the cell's colour
lies on the way from the outline's to the ground's, a little beyond.  That happens in places; a line all around
was drawn.
"""

import numpy as np
import numpy.typing as npt

Colours = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

EDGE = 60.0
"""Distance in levels (root of the sum over channels) of an edge that is strong enough to be overshot visibly."""
LEAST, MOST = 0.04, 0.45
"""Share of the edge by which a rim is off: less is grain of the ground; unmixing makes a rim stronger, to 0.4."""
ASIDE = 12.0
"""Levels by which a rim may be off that way, as `cells.ASIDE`."""
PLACES = 0.25
"""Share of the edges between ground and subject that have such rims, above which these are meant: a line or a glow."""
WAYS = ((0, 1), (0, -1), (1, 0), (-1, 0))
"""Down and to the right: where the ground lies from a rim; the outline lies opposite."""


def clear_halos(cells: Colours, ground: Mask) -> tuple[Colours, Mask]:
    """Return *cells* (rows x columns x 3) and their *ground* with halos made ground, of the colour beside them."""
    found, edges = zip(*(_find(cells, ground, *way) for way in WAYS), strict=True)
    places = np.logical_or.reduce(found)
    if not places.any() or places.sum() > PLACES * sum(edges):
        return cells, ground
    cleared = cells.copy()
    for halo, (down, right) in zip(found, WAYS, strict=True):
        cleared[halo] = np.roll(cells, (-down, -right), (0, 1))[halo]
    return cleared, ground | places


def _find(cells: Colours, ground: Mask, down: int, right: int) -> tuple[Mask, int]:
    """Return the halos whose ground lies that way, and how many strong edges towards it there are."""
    rim = ~ground & np.roll(ground, (-down, -right), (0, 1))
    rim[[0, -1]] = rim[:, [0, -1]] = False
    rows, columns = np.nonzero(rim)
    behind = rows - down, columns - right
    beyond, outline = cells[rows + down, columns + right], cells[behind]
    edge, off = beyond - outline, cells[rows, columns] - beyond
    strength = (edge**2).sum(1)
    share = (off * edge).sum(1) / np.maximum(strength, 1)
    aside = ((off - share[:, None] * edge) ** 2).sum(1)
    found = ~ground[behind] & (strength > EDGE**2)
    found &= edge.sum(1) > 0  # what is darker than ground and subject is an outline
    found &= (share > LEAST) & (share < MOST) & (aside < ASIDE**2)
    halo = np.zeros_like(ground)
    halo[rows[found], columns[found]] = True
    return halo, int(((off**2).sum(1) > EDGE**2).sum() + found.sum())

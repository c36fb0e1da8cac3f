"""Which colour of a palette each cell most probably has.

A cell is off its intended colour for two reasons: by grain, which is alike in all directions, and
by what is left of its neighbours in it, which lies on the way to their colours.  Beside an outline
a cell may so be far off towards the outline, and nowhere else.  Each cell takes the colour for which
such an error is the likeliest, frequent colours being likelier beforehand (a Bayes classifier of
normal distributions; Duda, Hart and Stork 2001, section 2.6).  Colours that hold nothing but
errors lose their cells round by round.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobart.art.colours.oklab import Lab

Labels = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float32]

MIXED = 0.03
"""Standard deviation of the share of a neighbour that is left in a cell; 0.025 to 0.04 do as well."""
FINEST, COARSEST = 0.004, 0.02
"""Least and most grain, as OKLab distance: eight bits and a codec leave the least; where all neighbours
differ, their distance is no grain.  0.017 to 0.025 do as well, 0.01 loses most of the gain."""
ROUNDS = 5
"""Rounds after which hardly a cell changes; ten give no more."""
NEAREST = 12
"""Colours that a cell may take: those that are nearest to the one it has."""
MOST, AT_ONCE = 2**16, 2**13
"""Cells at borders of colours up to which they are looked at, and how many at once (3 MB)."""
SIDES = ((0, 1), (2, 1), (1, 0), (1, 2))
"""Where the neighbours of a cell begin in a picture with a rim of one cell."""


@dataclass(frozen=True, slots=True)
class _Colours:
    """Colours, how many cells have each, and which are nearest to each that cells have."""

    centres: Lab
    counts: Labels
    nearest: Labels


def decide(lab: Lab, where: Mask, labels: Labels, grain: float) -> Labels:
    """Return *labels* of the cells *where*, each the likeliest; others have no part.

    *lab* are the cells' colours, *grain* is the standard deviation of equal ones.
    """
    grain = min(max(FINEST, grain), COARSEST)
    trust = np.ones(labels.shape, np.float32)
    for _ in range(ROUNDS):
        colours = _describe(lab[where], labels[where], trust[where])
        apart = _apart(np.where(where[..., None], colours.centres[labels], lab))
        at = np.nonzero(where & apart.any((-2, -1)))
        if not at[0].size or at[0].size > MOST:
            break
        # by the trace of `_scatter`: a cell among others like it tells most of its colour
        trust = 1 / (3 * grain**2 + MIXED**2 * (apart**2).sum((-2, -1)))
        chosen = [
            _likeliest(lab[part], _scatter(apart[part], grain), colours, labels[part])
            for part in _parts(at)
        ]
        before, labels = labels, labels.copy()
        labels[at] = np.concatenate(chosen)
        if np.array_equal(before, labels):
            break
    return labels


def _parts(at: tuple[Labels, ...]) -> list[tuple[Labels, ...]]:
    cuts = range(AT_ONCE, at[0].size, AT_ONCE)
    return list(zip(*(np.split(places, cuts) for places in at), strict=True))


def _describe(cells: Lab, labels: Labels, trust: Values) -> _Colours:
    """Return the colours of *labels*: means of their *cells*, weighted by *trust*."""
    counts = np.bincount(labels)
    total = np.bincount(labels, trust) + 1e-12
    sums = [np.bincount(labels, trust * cells[:, c]) for c in range(3)]
    centres = (np.stack(sums, 1) / total[:, None]).astype(np.float32)
    away = ((centres[:, None] - centres[None]) ** 2).sum(-1)
    away[:, counts == 0] = np.inf
    return _Colours(centres, counts, np.argsort(away, axis=1, kind="stable")[:, :NEAREST])


def _apart(colours: Lab) -> Values:
    """Return how far each cell's four neighbours are from it: rows x columns x 4 x 3."""
    rows, columns = colours.shape[:2]
    padded = np.pad(colours, ((1, 1), (1, 1), (0, 0)), mode="edge")
    sides = [padded[y : y + rows, x : x + columns] - colours for y, x in SIDES]
    return np.asarray(np.stack(sides, 2), np.float32)


def _scatter(apart: Values, grain: float) -> Values:
    """Return the covariance of each cell's error, from how far its neighbours are *apart* from it."""
    mixed = MIXED**2 * np.einsum("nki,nkj->nij", apart, apart)
    return np.asarray(mixed + grain**2 * np.eye(3), np.float32)


def _likeliest(cells: Lab, scatter: Values, colours: _Colours, labels: Labels) -> Labels:
    """Return the likeliest of the colours that are near to the one that each of *cells* has."""
    tried = colours.nearest[labels]
    error = cells[:, None] - colours.centres[tried]
    inverse = np.linalg.inv(scatter)
    price = np.einsum("nri,nij,nrj->nr", error, inverse, error, optimize=True)
    # No determinant: a cell's scatter is the same whichever of the colours it takes.
    price -= 2 * np.log(np.maximum(colours.counts, 1))[tried]
    price[colours.counts[tried] == 0] = np.inf
    return np.asarray(tried[np.arange(len(tried)), price.argmin(1)])

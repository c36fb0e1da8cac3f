"""A second opinion on lattices of different cell sizes: each is judged by all that it has to explain.

Twice or three times the cell, half of it or a third often look as regular as the cell itself.  So such
lattices are laid over the picture too, and each is asked four things.  Does the picture stay what it is if
each cell is painted in its one colour (a coarse lattice loses what is smaller than its cells)?  Are
cells flat inside?  Do the pieces of edge lie at lines?  And do all lines carry edges, or has each cell been
split: every second or third line of a lattice that is too fine has nothing beneath it.  Each answer is
a share; their product is the lattice's score, and what the winner's exceeds that of the next by is how
sure the size is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mobart.art.pixelgrid.areas import Values
from mobart.art.pixelgrid.judge import Verdict
from mobart.art.pixelgrid.lattice import Lattice
from mobart.art.pixelgrid.scene import Grid, Scene
from mobart.art.pixelgrid.segments import find_places

TIMES = 2, 3
"""Multiples and parts of a cell that are asked about: others are products of these."""
FEWEST = 8
"""Cells along each axis that a lattice has at least: fewer, and any two shapes would make one."""

Places = tuple[Values, Values]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a lattice explains, each 0 to 1.

    *painted* is the share of the picture's contrast that its painted cells show, *flat* that of the
    contrast at borders that is not inside cells, *sharp* how closely pieces of edge keep to lines, *whole*
    how evenly lines share them.
    """

    painted: float
    flat: float
    sharp: float
    whole: float

    @property
    def score(self) -> float:
        """All of them together."""
        return self.painted * self.flat * self.sharp * self.whole


def weigh(scene: Scene, grid: Grid) -> Opinion:
    """Return what *grid* explains of *scene*."""
    places = find_places(scene.pieces, grid.lattice)
    return _paint(scene, grid.lattice, grid.verdict, _ask(places))


def weigh_multiples(scene: Scene, grid: Grid, least: float) -> Iterator[tuple[float, Opinion]]:
    """Return what lattices explain whose cells are so many times as large as those of *grid*.

    Those of which edges tell that they explain less than *least* are not painted: they might all show.
    """
    places = find_places(scene.pieces, grid.lattice)
    for times in TIMES:
        asked = _ask((places[0] * times, places[1] * times))
        if asked.score > least:
            fine = _split(grid.lattice, times)
            asked = _paint(scene, fine, scene.judge(fine), asked)
        yield 1 / times, asked
        if min(grid.lattice.shape) < FEWEST * times:
            continue
        first = _strongest(places[0], times), _strongest(places[1], times)
        asked = _ask(((places[0] - first[0]) / times, (places[1] - first[1]) / times))
        if asked.score > least:
            coarse = _merge(grid.lattice, times, first)
            asked = _paint(scene, coarse, scene.judge(coarse), asked)
        yield times, asked


def _ask(places: Places) -> Opinion:
    """Return what is known from where pieces of edge lie, counted in lines."""
    sharp = min(_length(axis) for axis in places)
    # cells may be oblong: both axes have to be split
    shares = [min(_share(axis, times) for axis in places) for times in TIMES]
    split = max(
        (share * times - 1) / (times - 1) for share, times in zip(shares, TIMES, strict=True)
    )
    return Opinion(1.0, 1.0, max(0.0, sharp), max(0.0, 1 - split))


def _paint(scene: Scene, lattice: Lattice, verdict: Verdict, asked: Opinion) -> Opinion:
    """Return *asked* with what painted cells show."""
    return replace(asked, painted=scene.paint(lattice), flat=max(0.0, 1 - verdict.overall))


def _length(places: Values) -> float:
    """Return the length of the mean direction of *places*, as in `segments`."""
    return float(np.cos(2 * np.pi * places).mean()) if places.size else 0.0


def _counts(places: Values, times: int) -> Values:
    """Return how many *places* are at each class of every so-many-th line."""
    return np.bincount(np.rint(places).astype(np.intp) % times, minlength=times).astype(np.float64)


def _share(places: Values, times: int) -> float:
    """Return the share of *places* that the strongest class of lines has."""
    counts = _counts(places, times)
    return float(counts.max() / max(1.0, counts.sum()))


def _strongest(places: Values, times: int) -> int:
    return int(_counts(places, times).argmax())


def _split(lattice: Lattice, times: int) -> Lattice:
    """Return *lattice* with each cell split, so many times along each axis."""
    across = _between(np.repeat(lattice.across, times, 0), times)
    down = _between(np.repeat(lattice.down, times, 1).T, times).T
    return Lattice(across, np.ascontiguousarray(down))


def _between(lines: Values, times: int) -> Values:
    """Return *lines* (rows x lines) with further ones evenly between each two."""
    gaps = np.diff(lines)[..., None] * (np.arange(times) / times)
    within = (lines[:, :-1, None] + gaps).reshape(len(lines), -1)
    return np.concatenate([within, lines[:, -1:]], 1)


def _merge(lattice: Lattice, times: int, first: tuple[int, int]) -> Lattice:
    """Return every so-many-th line of *lattice*, from the *first* across and down on."""
    column, row = first
    down, across = lattice.down[row::times], lattice.across[:, column::times]
    rows, columns = len(down) - 1, across.shape[1] - 1
    return Lattice(
        across[row + times // 2 :: times][:rows],
        np.ascontiguousarray(down[:, column + times // 2 :: times][:, :columns]),
    )

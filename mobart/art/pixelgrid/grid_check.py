"""Whether lines that were found are there: a chain of lines can be laid over any picture.

In pixel art edges lie at the lines and hardly between them, or, where cells blend into each
other, slopes change between the lines and hardly at them, on both axes alike.  In a painting
the lines are no different from any other place.

Bricks, tiles, fences and fabrics have lines too, but no cells of one colour between them: a line
of theirs is drawn in a colour of its own (mortar, a wire), cells hold what is smaller than they
are, or every cell differs from its neighbours as the squares of a chessboard do.
"""

import numpy as np

from mobart.art.pixelgrid.areas import Values
from mobart.art.pixelgrid.cells import Colours, inner, project, stripes
from mobart.art.pixelgrid.edges import Edges, Plane
from mobart.art.pixelgrid.lattice import Lattice
from mobart.art.pixelgrid.lines import Score
from mobart.art.pixelgrid.spectrum import Grey
from mobart.art.pixelgrid.view import View

SHARP = 1.75
"""How much stronger edges are at lines than between them, at least: a factor.  This and what
follows lies between 75 synthetic fakes and 36 paintings, with room on both sides."""
SMOOTH = 1.45
"""How much stronger slopes change between lines than at them, at least."""
NEAR, FAR = 0.17, 0.33
"""Distances in cells that count as at a line and as between lines."""
SEAM = 0.1
"""Half of the width in cells of what is looked at about a line."""
UNEVEN = 0.085
"""How far a line may be from the middle of both its cells, as a share of their distance."""
ROUGH = 0.05
"""How much a cell may vary inside, as a share of its distance from its neighbours."""
RESTLESS = 0.35
"""Distance of usual neighbours as a share of the mean one; in art most neighbours are equal."""

FEWEST = 4
"""Lines along each axis, at least: fewer can be laid over anything."""
MARKED, LEAST_EDGE = 5, 0.01
"""Lines along each axis that carry edges, at least: one square or two in an empty picture bear out
any lattice; and the share of the strongest line's edges from which on a line carries some."""
STRONG = 36
"""Edge strength in levels from which on an edge has to lie at a line: grain and shades stay below."""
BESIDE, BESIDE_PIXELS, MOST_BESIDE = 0.2, 2.0, 0.45
"""How far in cells or in pixels such an edge may be from its line, whichever is more; cells at most."""
USED = 0.02
"""Share of the strongest line's strong edges from which on a line counts."""
FEW_STRONG = 0.01
"""Share of a line's length that has strong edges, on average, from which on they are looked at: art whose cells
blend has none but specks of grain, 0 to 0.005."""
ASTRAY = 0.52
"""Share of strong edges beside the usual line, by that of edges anywhere: drawings of straight and
curved lines, lettering and screens reach 0.54 to 1.1, 96 pictures of pixel art 0 to 0.47."""

Lines = tuple[Score, Score]


def is_grid(view: View, edges: Lines, kinks: Lines, lines: Lines, *, ragged: bool = False) -> bool:
    """Return whether *lines* (across, down) bear out cells of one colour.

    *view* shows the cells, *edges* and *kinks* are strengths along each axis of the picture; a
    *ragged* picture has rims of something painted over, so its lines are not looked at.
    """
    if min(map(len, lines)) < FEWEST or not _stand_out(edges, kinks, lines):
        return False
    seen = view.lines(*lines)
    return min(map(len, seen)) >= FEWEST and _enclose_cells(view.grey, *seen, ragged=ragged)


def has_marks(strengths: Lines, lattice: Lattice) -> bool:
    """Tell whether enough lines of *lattice* carry edges; *strengths* are those of each axis."""
    for strength, chain in zip(
        strengths, (lattice.across.mean(0), lattice.down.mean(1)), strict=True
    ):
        place = np.interp(np.arange(strength.size) + 1, chain, np.arange(chain.size))
        edges = np.bincount(np.rint(place).astype(np.intp), strength, chain.size)
        if (edges > LEAST_EDGE * edges.max()).sum() < MARKED:
            return False
    return True


def is_followed(edges: Edges, lattice: Lattice) -> bool:
    """Tell whether strong edges lie at the lines of *lattice*, line by line.

    A few long edges, as drawings and screens have, bear out any lattice that joins them; its other
    lines then cross curves and lettering anywhere.
    """
    across = _astray(edges.across, lattice.across, lattice.down[:, 0] / edges.step)
    down = _astray(edges.down.T, lattice.down.T, lattice.across[0] / edges.step)
    return max(across, down) <= ASTRAY


def _astray(edges: Plane, lines: Values, borders: Values) -> float:
    """Return which share of strong edges is beside the usual line: 0 for none, 1 by chance.

    *lines* are those of each row of cells, *borders* the rows' own.
    """
    bent = np.flatnonzero((lines[1:] != lines[:-1]).any(1)) + 1
    starts = np.clip(np.rint(borders[bent]), 0, edges.shape[0] - 1)
    cuts = np.concatenate([[0], starts]).astype(np.intp)
    strong = np.add.reduceat(edges >= STRONG, cuts, axis=0, dtype=np.int64)
    count = lines.shape[1]
    x, number = np.arange(edges.shape[1]) + 1.0, np.arange(count)
    place = np.stack([np.interp(x, lines[row], number) for row in (0, *bent)])
    line = np.rint(place).astype(np.intp)
    pitch = float(np.diff(lines[0]).mean())
    near = min(max(BESIDE, BESIDE_PIXELS / pitch), MOST_BESIDE)
    apart = np.abs(place - line) > near
    if strong.sum() < FEW_STRONG * edges.shape[0] * count:
        return 0.0
    total, away = (
        np.bincount(line.ravel(), s.ravel(), count) for s in (strong, np.where(apart, strong, 0))
    )
    used = total > USED * total.max()
    # of cells of 4 px one place in four is beside its line, though only a tenth of their width is
    chance = max(1 - 2 * near, float(apart.mean()))
    return float(np.median(away[used] / total[used])) / chance if used.any() else 0.0


def _stand_out(edges: Lines, kinks: Lines, lines: Lines) -> bool:
    sharp, smooth = [], []
    for edge, kink, chain in zip(edges, kinks, lines, strict=True):
        at, between = _split(edge, np.arange(edge.size, dtype=np.float64) + 1, chain)
        sharp.append((at + 1e-6) / (between + 1e-6))
        at, between = _split(kink, np.arange(kink.size, dtype=np.float64) + 0.5, chain)
        smooth.append((between + 1e-6) / (at + 1e-6))
    return min(sharp) >= SHARP or min(smooth) >= SMOOTH


def _split(strength: Score, places: Score, chain: Score) -> tuple[float, float]:
    """Mean strength at lines and between them."""
    inside = (places > chain[0]) & (places < chain[-1])
    places, strength = places[inside], strength[inside]
    cell = np.clip(np.searchsorted(chain, places) - 1, 0, chain.size - 2)
    phase = (places - chain[cell]) / np.diff(chain)[cell]
    away = np.minimum(phase, 1 - phase)
    at, between = strength[away < NEAR], strength[away > FAR]
    return float(at.mean()) if at.size else 0.0, float(between.mean()) if between.size else 0.0


def _enclose_cells(grey: Grey, across: Score, down: Score, *, ragged: bool) -> bool:
    """Return whether lightness is even in cells, runs evenly over lines and seldom changes."""
    right, left = inner(across, grey.shape[1]).T, inner(down, grey.shape[0])
    cells = project(left, grey, right)
    rough = project(left, grey * grey, right) - cells * cells
    on_lines = (
        project(left, grey, _seams(across, grey.shape[1]).T).T,
        project(_seams(down, grey.shape[0]), grey, right),
    )
    steps, misses = [], []
    for cell, line in zip((cells.T, cells), on_lines, strict=True):
        steps.append(((cell[1:] - cell[:-1]) ** 2).ravel())
        misses.append(((line - (cell[1:] + cell[:-1]) / 2) ** 2).ravel())
    step, miss = np.concatenate(steps), np.concatenate(misses)
    usual = float(step.mean())
    return bool(
        (ragged or miss.mean() < UNEVEN * usual)
        and rough.mean() - np.median(rough) < ROUGH * usual
        and np.median(step) < RESTLESS * usual
    )


def _seams(lines: Score, length: int) -> Colours:
    """Weights of the pixels about each line but the outermost."""
    half = np.maximum(SEAM * (lines[2:] - lines[:-2]) / 2, 0.5)
    return stripes(lines[1:-1], half, length)

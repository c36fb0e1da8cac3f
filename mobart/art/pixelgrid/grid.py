"""The lattice of a picture: likely pitches are laid over it, and what explains it best must prove it.

Proof is of two kinds.  Runs (`runs`) with what bears them out (`proof`); or, for art whose cells blend
into each other and have no edges, the spectrum with lines that stand out (`grid_check`).
"""

from dataclasses import dataclass, replace

import numpy as np

from mobart.art.pixelgrid.choice import SAME, choose, choose_plain, coarsen, lay_proposed, merit
from mobart.art.pixelgrid.codec import is_codec
from mobart.art.pixelgrid.edges import Plane
from mobart.art.pixelgrid.grid_check import is_followed, is_grid
from mobart.art.pixelgrid.hint import NO_HINT, GridHint
from mobart.art.pixelgrid.lattice import Lattice
from mobart.art.pixelgrid.lines import find_kinks
from mobart.art.pixelgrid.opinion import weigh, weigh_multiples
from mobart.art.pixelgrid.pitch import Pitch
from mobart.art.pixelgrid.proof import FAINT, LEFT_CLEAR, has_lines, is_close, is_pieced, is_proven
from mobart.art.pixelgrid.runs import Runs, score_runs
from mobart.art.pixelgrid.scene import CLEAR, Grid, Scene
from mobart.art.pixelgrid.spectrum import find_spectrum
from mobart.art.pixelgrid.view import ENOUGH

SMALLEST = 64
"""Side in pixels below which no lattice is looked for: too few cells to prove one."""
FEWEST = 7.5
"""Cells along the shorter side at least; fewer and any two shapes would make a lattice."""
RIVAL_APART = 0.15
"""Share by which a pitch differs from another that is no rival: of such the runs know best."""
SHRUNK = 4
"""Pixels of a side that are averaged into one where nothing sharp was found: borders as soft as those
of small pictures that were enlarged smoothly are steps again."""
SMALLEST_SHRUNK = 4.6
"""Side in pixels there that a cell has at least: with fewer, soft borders are most of it; of 4.2 lines were worse
than those of the picture as it is, of 5 they are better."""
SURE = 0.85
"""Evidence that is asked for there: lettering reaches 0.6, soft art has 0.93 and more."""


@dataclass(frozen=True, slots=True)
class Found:
    """The lattice of a picture.

    *confidence* is 0 to 1: by how much it explains more than the best other lattice (`opinion`); where
    borders are soft, its evidence by the flatness of its cells.  *proven* tells that the picture
    bears it out, *sharp* that its cells have hard borders.
    """

    lattice: Lattice
    confidence: float
    proven: bool
    sharp: bool


def find_grid(
    planes: list[Plane],
    *,
    ragged: bool = False,
    lossy: bool = False,
    hint: GridHint = NO_HINT,
    enough: int = ENOUGH,
) -> Found | None:
    """Find the lattice of *planes*, None if nothing returns regularly.

    About *enough* pixels are looked at.
    *ragged* planes had something painted over, of which rims are left; *lossy* ones come from a
    file that stores blocks.
    """
    height, width = planes[0].shape
    if hint.native is not None or hint.cell is not None:
        return _lay_told(planes, hint, enough)
    if min(height, width) < SMALLEST:
        return None
    scene = Scene(planes, lossy=lossy, enough=enough)
    runs = score_runs(planes, 1, enough), score_runs(planes, 0, enough)
    likeliest, grids = lay_proposed(scene, runs, min(height, width) / FEWEST, FAINT)
    borne_out = [grid for grid in grids if is_proven(grid) or is_pieced(scene, grid, runs)]
    best = choose_plain(scene, borne_out) or choose(grids)
    clear = best is not None and best.pitch.evidence >= CLEAR and is_proven(best)
    drawn = proven = False
    if best is not None and clear:
        best = coarsen(scene, best)
        drawn = scene.is_drawn(best.lattice)
        proven = not drawn and has_lines(scene, best)
    if not proven and not drawn:
        blurred = _find_blurred(planes, scene, enough)
        if blurred is not None:
            return blurred
    if not clear:
        best, proven = _find_faint(scene, runs, best, ragged=ragged, lossy=lossy)
        proven = proven and best is not None and has_lines(scene, best, ragged=ragged)
    if hint.force and best is None:
        best = scene.lay_even(likeliest)
    if best is None or not (proven or hint.force):
        return None
    if best.pitch.hard < 1:
        return Found(best.lattice, merit(best), proven, sharp=False)
    best, confidence = _settle(scene, best, grids)
    return Found(scene.follow(best), confidence, proven, sharp=True)


def _find_blurred(planes: list[Plane], whole: Scene, enough: int) -> Found | None:
    """Find large cells whose borders are soft, in the picture made smaller.

    What is strong or drawn in the *whole* has to agree: studs, letters and mortar are lost in a smaller one.
    """
    height, width = (side // SHRUNK for side in planes[0].shape)
    if min(height, width) < SMALLEST:
        return None
    small = [_shrink(plane, height, width) for plane in planes]
    scene = Scene(small, enough=enough)
    runs = score_runs(small, 1, enough), score_runs(small, 0, enough)
    _, grids = lay_proposed(scene, runs, min(height, width) / FEWEST, SURE)
    best = choose(grids)
    if best is None or best.pitch.across * best.pitch.down < SMALLEST_SHRUNK**2:
        return None
    if not is_proven(best) or not has_lines(scene, best):
        return None
    lattice = Lattice(best.lattice.across * SHRUNK, best.lattice.down * SHRUNK)
    if whole.is_drawn(lattice) or not is_followed(whole.edges, lattice):
        return None
    return Found(lattice, merit(best), proven=True, sharp=False)


def _shrink(plane: Plane, height: int, width: int) -> Plane:
    blocks = plane[: height * SHRUNK, : width * SHRUNK].reshape(height, SHRUNK, width, SHRUNK)
    return np.asarray(blocks.mean((1, 3), dtype=np.float32), np.uint8)


def _lay_told(planes: list[Plane], hint: GridHint, enough: int) -> Found:
    """Lay the lattice whose cells are known."""
    height, width = planes[0].shape
    scene = Scene(planes, enough=enough)
    if hint.native is None:
        side = min(float(hint.cell or 1), float(min(height, width)))
        grid = scene.lay_even(Pitch(side, side, 0.0))
    else:
        columns, rows = min(hint.native[0], width), min(hint.native[1], height)
        across, down = (
            np.linspace(0, length, count + 1)
            for length, count in ((width, columns), (height, rows))
        )
        grid = scene.lay_lines(Pitch(width / columns, height / rows, 0.0), across, down)
    proven = grid.verdict.typical <= LEFT_CLEAR
    return Found(scene.follow(grid), max(0.0, 1 - grid.verdict.typical), proven, sharp=True)


def _find_faint(
    scene: Scene, runs: tuple[Runs, Runs], best: Grid | None, *, ragged: bool, lossy: bool
) -> tuple[Grid | None, bool]:
    """Find a lattice with soft borders by its spectrum; tell it, or *best*, and if it is proven."""
    spectrum = find_spectrum(scene.profiles, scene.rows)
    comb = max(0.0, 2 * (spectrum.hard + spectrum.soft))
    run = max(0.0, sum(axis.evidence(spectrum.size) for axis in runs))
    pitch = Pitch(spectrum.size, spectrum.size, comb + run, spectrum.hard)
    if best is not None and best.pitch.is_near(pitch, SAME):
        best = replace(best, pitch=replace(best.pitch, evidence=comb + best.pitch.evidence))
    if best is not None and (is_proven(best) or is_pieced(scene, best, runs)):
        return best, not scene.is_drawn(best.lattice)
    if spectrum.confidence < 0:
        return best, False
    chains = scene.chains(pitch)
    if lossy and is_codec(pitch.across, chains, scene.steps):
        return best, False
    kinks = find_kinks(scene.rows[0], pitch.across), find_kinks(scene.rows[1], pitch.down)
    if is_grid(scene.near, scene.strengths, kinks, chains, ragged=ragged):
        return scene.lay(pitch, chains), True
    # These lines do not stand out.  Ones that follow edges alone may, if flat cells bear them out.
    grid = scene.lay_hard(replace(pitch, hard=1.0))
    borne_out = is_proven(grid) or is_close(scene, grid)
    return grid, borne_out and not scene.is_drawn(grid.lattice)


def _settle(scene: Scene, best: Grid, grids: list[Grid]) -> tuple[Grid, float]:
    """Return *best*, or a multiple or part of it that explains more, and by how much more than all others."""
    own = weigh(scene, best).score
    rivals = [
        (grid.pitch, weigh(scene, grid).score)
        for grid in grids
        if not grid.pitch.is_near(best.pitch, RIVAL_APART)
    ]
    multiples = [(opinion.score, times) for times, opinion in weigh_multiples(scene, best, own)]
    score, times = max(multiples)
    if score > own:
        pitch = best.pitch
        other = scene.lay_hard(replace(pitch, across=times * pitch.across, down=times * pitch.down))
        laid = weigh(scene, other).score
        if laid > own and _stands(scene, other):
            others = [s for pitch, s in rivals if not pitch.is_near(other.pitch, RIVAL_APART)]
            return other, max(0.0, laid - max((own, *others)))
    return best, max(0.0, own - max((score, *(s for _, s in rivals))))


def _stands(scene: Scene, grid: Grid) -> bool:
    return is_proven(grid) and not scene.is_drawn(grid.lattice) and has_lines(scene, grid)

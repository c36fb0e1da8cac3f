"""Which of several lattices a picture is on: what runs propose is laid, and the one chosen that explains it."""

from mobart.art.pixelgrid.pitch import Pitch, propose
from mobart.art.pixelgrid.runs import Runs
from mobart.art.pixelgrid.scene import Grid, Scene
from mobart.art.pixelgrid.spectrum import CLEAR as COMB
from mobart.art.pixelgrid.spectrum import find_spectrum

CANDIDATES = 3
"""Pitches that runs propose."""
RIVAL = 0.8
"""Share of the best candidate's evidence below which another is not laid."""
MULTIPLE = 1.5
"""Quotient of two pitches from which on one is taken for a multiple of the other."""
AS_GOOD, AS_GOOD_SHARE = 1.3, 0.03
"""How much more the coarser one may leave unexplained: a factor, and a share of contrast."""
FLAT = 0.15
"""Contrast inside typical cells up to which they are no parts of larger ones."""
SAME = 0.04
"""Share by which two pitches may differ and still be the same."""


def lay_proposed(
    scene: Scene, runs: tuple[Runs, Runs], largest: float, least: float
) -> tuple[Pitch, list[Grid]]:
    """Lay the pitches up to *largest* that runs propose; return the likeliest, and the lattices.

    *least* is the evidence that each needs.
    """
    proposed = propose(*runs, CANDIDATES, largest)
    enough = max(least, RIVAL * proposed[0].evidence)
    return proposed[0], [scene.lay_hard(pitch) for pitch in proposed if pitch.evidence > enough]


def choose(grids: list[Grid]) -> Grid | None:
    """Return the likeliest of *grids*, or a multiple or fraction of it that explains more.

    A finer lattice explains every picture that a coarser one does, so it has to explain much more:
    in most places, if runs speak for the coarser one, and all over, if they speak for itself.
    """
    if not grids:
        return None
    best = grids[0]
    for grid in grids[1:]:
        if best.pitch.across > MULTIPLE * grid.pitch.across:
            splits = best.verdict.typical > AS_GOOD * grid.verdict.typical + AS_GOOD_SHARE
            best = grid if splits else best
        elif grid.pitch.across > MULTIPLE * best.pitch.across:
            suffices = grid.verdict.overall < AS_GOOD * best.verdict.overall + AS_GOOD_SHARE
            best = grid if suffices else best
    return best


def choose_plain(scene: Scene, grids: list[Grid]) -> Grid | None:
    """Return the likeliest of *grids*; of a chessboard's, one that is not drawn, if there is any.

    The squares of a painted checker may be a few cells of the art each.
    """
    best = choose(grids)
    if best is None or not grids[1:] or not scene.is_chequered(best.lattice):
        return best
    return choose([grid for grid in grids if not scene.is_drawn(grid.lattice)]) or best


def coarsen(scene: Scene, best: Grid) -> Grid:
    """Return the multiple of *best* that the spectrum shows, if it suffices; of flat cells there is none.

    Where a picture was sharpened, rims beside the borders divide the runs.
    """
    if best.verdict.typical <= FLAT:
        return best
    spectrum = find_spectrum(scene.profiles, scene.rows)
    times = round(spectrum.size / best.pitch.across)
    pitch = Pitch(spectrum.size, spectrum.size, best.pitch.evidence)
    finer = Pitch(pitch.across / max(1, times), pitch.down / max(1, times), 0.0)
    if times < MULTIPLE or spectrum.confidence < COMB or not best.pitch.is_near(finer, SAME):
        return best
    return choose([best, scene.lay_hard(pitch)]) or best


def merit(grid: Grid) -> float:
    """Return how sure a lattice with soft borders is, of which pieces of edge tell nothing."""
    return min(1.0, grid.pitch.evidence) * max(0.0, 1 - grid.verdict.typical)

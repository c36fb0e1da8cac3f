"""What bears out a lattice for which runs speak.

Clear evidence needs cells that are flat.  Faint evidence needs cells that are nearly square and very
flat; or, where a drawing's cells are of unlike widths, that both axes have some evidence and that the
separate pieces of edge agree on the lattice (`segments`).  Whatever the evidence, enough lines have to
carry edges, strong edges have to keep to them, and there have to be more pieces than chance explains.
"""

from mobart.art.pixelgrid.grid_check import has_marks, is_followed
from mobart.art.pixelgrid.pitch import Pitch
from mobart.art.pixelgrid.runs import Runs
from mobart.art.pixelgrid.scene import CLEAR, Grid, Scene
from mobart.art.pixelgrid.segments import agree

FAINT = 0.17
"""Evidence below which nothing is accepted, however flat the cells."""
NEARLY = 1.05
"""Quotient of the sides up to which faint evidence on both axes bears out each other."""
LEFT, LEFT_SOFT = 0.2, 0.9
"""Contrast that may stay inside cells where evidence is faint: a share, and as many pixels of soft
border by the pitch.  Art of such evidence leaves 0.16 to 0.37, irregular art 0.4 and more."""
LEFT_CLEAR = 0.5
"""The same where the evidence is clear."""
LEFT_PIECED = 0.4
"""The same where pieces of edge agree: uneven lines, bent for each part, leave up to 0.37."""
BOTH, EACH = 0.3, 0.1
"""Evidence of runs that uneven cells need: of both axes together and of each.  Uneven art has 0.33 and
0.12 or more, pictures in which one axis only looks regular 0 to 0.06 on the other."""
ALIKE = 0.45
"""Length of the pieces' mean direction that uneven cells need: lines that stray by a fifth of a cell give 0.45."""
CLOSE = 0.6
"""The same from which on cells may be as little flat as with clear evidence: small cells with soft borders leave 0.48.
Paintings and what only looks like pixel art have 0.5 and less, on blocks of latent diffusion 0.56."""
ODDS = 10.0
"""Odds against chance, as a natural logarithm, on each axis: 1 in 22,000, and some 400 pitches are
tried.  Icons of ten long edges reach 9.9, an icon of 16 x 16 cells has 14."""
LATENT, LATENT_MISS = 8.0, 0.006
"""Side in pixels of the blocks that latent diffusion decodes at once, which show as faint lattices
in what only looks like pixel art; and the share by which a pitch may miss a whole number of them."""


def is_proven(grid: Grid) -> bool:
    """Return whether evidence is borne out by flat cells; if faint, by nearly square ones too."""
    pitch = grid.pitch
    if pitch.evidence >= CLEAR:
        return grid.verdict.typical <= LEFT_CLEAR
    square = max(pitch.across, pitch.down) < NEARLY * min(pitch.across, pitch.down)
    if pitch.evidence < FAINT or _is_latent(pitch) or not square:
        return False
    return grid.verdict.typical <= LEFT + LEFT_SOFT / pitch.across


def is_pieced(scene: Scene, grid: Grid, runs: tuple[Runs, Runs]) -> bool:
    """Return whether pieces of edge bear out cells of unlike widths for which *runs* speak on both axes."""
    pitch = grid.pitch
    each = [
        axis.evidence(size) for axis, size in zip(runs, (pitch.across, pitch.down), strict=True)
    ]
    if min(each) < EACH or sum(each) < BOTH or grid.verdict.typical > LEFT_CLEAR:
        return False
    if _is_latent(pitch) or not has_lines(scene, grid):
        return False
    soft = grid.verdict.typical > LEFT_PIECED
    length = min(axis.length for axis in agree(scene.pieces, grid.lattice))
    return length >= (CLOSE if soft else ALIKE)


def is_close(scene: Scene, grid: Grid) -> bool:
    """Return whether pieces of edge alone bear out a lattice: ragged rims of a ground that was cut away hide its runs."""
    pitch = grid.pitch
    if pitch.evidence < FAINT or _is_latent(pitch) or grid.verdict.typical > LEFT_CLEAR:
        return False
    return min(axis.length for axis in agree(scene.pieces, grid.lattice)) >= CLOSE


def has_lines(scene: Scene, grid: Grid, *, ragged: bool = False) -> bool:
    """Return whether the lines of *grid* are there: many, strong edges at them, in pieces enough.

    Cells that blend into each other have no pieces; of *ragged* ones the strong edges are rims.
    """
    if not has_marks(scene.strengths, grid.lattice):
        return False
    if grid.pitch.hard < 1:
        return ragged or is_followed(scene.edges, grid.lattice)
    if not is_followed(scene.edges, grid.lattice):
        return False
    return min(axis.odds for axis in agree(scene.pieces, grid.lattice)) >= ODDS


def _is_latent(pitch: Pitch) -> bool:
    """Return whether cells are as large as whole blocks of latent diffusion."""
    blocks = [size / LATENT for size in (pitch.across, pitch.down)]
    return all(abs(block / max(1, round(block)) - 1) < LATENT_MISS for block in blocks)

"""What is measured once about a picture, and lattices laid over it."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mobart.art.pixelgrid.edges import Edges, Plane, find_edges, profiles
from mobart.art.pixelgrid.even import find_even_lines
from mobart.art.pixelgrid.judge import Lightness, Verdict, is_chequered, is_drawn, judge, paint
from mobart.art.pixelgrid.lattice import Lattice, bend, straight
from mobart.art.pixelgrid.lines import LOOSE, TAUT, Score, find_lines
from mobart.art.pixelgrid.margins import extend, hold
from mobart.art.pixelgrid.pitch import Pitch
from mobart.art.pixelgrid.seams import Seams
from mobart.art.pixelgrid.segments import Pieces, find_pieces
from mobart.art.pixelgrid.spectrum import Grey
from mobart.art.pixelgrid.view import (
    ENOUGH,
    LEAST_CELL,
    View,
    lightness,
    look_closely,
    look_widely,
    stride,
    wide_step,
)

ROWS_AVERAGED = 3
"""Rows of lightness averaged into one: grain falls by 1.7, and no cell has fewer."""
STRAIGHT, LITTLE = 1.05, 0.004
"""How much more elastic lines may leave unexplained that are not bent for each part, than bent ones and than even
ones that are: a factor, and a share of contrast.  Of one drifting lattice they leave no more, for bent lines follow
noise a little; where parts differ 1.15 to 3 times as much."""
CLEAR = 0.5
"""Evidence that needs no second proof: paintings reach 0.14, blocks of latent diffusion 0.4."""
MANY, HOPELESS = 200 * 200, 0.75
"""Cells from which on elastic lines take long, and contrast inside even ones above which faint
evidence is not followed by them: art of such evidence leaves 0.45 and less."""

MOST_FOLLOWED = 2**17
"""Cells up to which each row gets lines of its own, about 360 x 360: work is bounded so."""
FLATTER = 0.93
"""How much less contrast must stay inside cells whose lines are bent: a factor, for lines that follow noise gain
a little."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A lattice over the picture, the pitch it was laid with, and what it leaves unexplained.

    *unbent* is what the same *lines*, across and down, would leave if they ran straight through the picture.
    """

    pitch: Pitch
    lattice: Lattice
    verdict: Verdict
    unbent: Verdict
    lines: tuple[Score, Score]


class Scene:
    """Edges and lightness of a picture, for laying lattices over it."""

    def __init__(self, planes: list[Plane], *, lossy: bool = False, enough: int = ENOUGH) -> None:
        """Measure *planes*: red, green, blue and, unless the picture is opaque, alpha.

        About *enough* pixels are looked at.
        """
        self._planes, self._enough = planes, enough
        height, width = planes[0].shape
        dense = list(map(np.ascontiguousarray, planes))  # only here: they may be views
        self.edges: Edges = find_edges(dense, max(1, math.isqrt(height * width // enough)))
        turned = [plane.T for plane in dense]
        self.rows = _average_rows(dense, enough), _average_rows(turned, enough)
        self.profiles = (
            profiles(self.edges.across, 1, lossy=lossy),
            profiles(self.edges.down, 0, lossy=lossy),
        )
        across, down = (bands.sum(0, dtype=np.float64) for bands in self.profiles)
        self.strengths = across, down
        self.steps = across / self.edges.across.shape[0], down / self.edges.down.shape[1]

    @cached_property
    def near(self) -> View:
        """The part of the picture in which small cells are judged."""
        return look_closely(self._planes, self._enough)

    @cached_property
    def pieces(self) -> tuple[Pieces, Pieces]:
        """The straight pieces of edge, upright and level."""
        return find_pieces(self.edges)

    @cached_property
    def _far(self) -> View:
        return look_widely(self._planes, self._enough)

    @cached_property
    def _near_lightness(self) -> Lightness:
        return Lightness(self.near.grey)

    @cached_property
    def _far_lightness(self) -> Lightness:
        return Lightness(self._far.grey)

    def _seen(self, lattice: Lattice) -> tuple[Lightness, Lattice]:
        """Return where *lattice* is judged, and its cells there."""
        if self.near.shape == self._planes[0].shape:
            return self._near_lightness, lattice
        least = min(
            float(np.diff(lines).mean()) for lines in (lattice.across[0], lattice.down[:, 0])
        )
        if least >= LEAST_CELL * wide_step(self._planes[0].shape, self._enough):
            return self._far_lightness, self._far.place(lattice)
        return self._near_lightness, self.near.place(lattice)

    def judge(self, lattice: Lattice) -> Verdict:
        """Return how much contrast *lattice* leaves inside its cells."""
        return judge(*self._seen(lattice))

    def paint(self, lattice: Lattice) -> float:
        """Return how much contrast the painted cells of *lattice* show."""
        return paint(*self._seen(lattice))

    def is_drawn(self, lattice: Lattice) -> bool:
        """Return whether *lattice* is that of bricks, tiles or fences."""
        has_alpha = len(self._planes) > 3  # noqa: PLR2004 - the fourth plane is alpha
        return is_drawn(*self._seen(lattice), has_alpha=has_alpha)

    def is_chequered(self, lattice: Lattice) -> bool:
        """Return whether *lattice* is that of a chessboard."""
        return is_chequered(*self._seen(lattice))

    def chains(self, pitch: Pitch, stiffness: float = LOOSE) -> tuple[Score, Score]:
        """Return elastic lines across and down, as far as edges go."""
        one, two = (
            find_lines(strength, rows, size, pitch.hard, stiffness)
            for strength, rows, size in zip(
                self.strengths, self.rows, (pitch.across, pitch.down), strict=True
            )
        )
        return one, two

    def lay_hard(self, pitch: Pitch) -> Grid:
        """Lay elastic lines if they explain the picture unbent, evenly spaced ones otherwise.

        One drifting lattice is followed by elastic lines alone.  Where parts have lattices of their
        own, elastic lines are pulled from one to the next and may gain or lose a cell on the way;
        even lines, bent for each part, do not.
        """
        even = self.lay_even(pitch)
        if pitch.evidence < CLEAR and self._is_hopeless(even):
            return even
        taut = self.lay(pitch, self.chains(pitch, TAUT))
        loose = self.lay(pitch, self.chains(pitch, LOOSE))
        if not runs_straight(taut, even):
            return loose if runs_straight(loose, even) else even
        agree = loose.lattice.shape == taut.lattice.shape
        return loose if agree and loose.unbent.overall < taut.unbent.overall else taut

    def _is_hopeless(self, grid: Grid) -> bool:
        """Return whether many cells are so far from flat that bending their lines further is useless."""
        rows, columns = grid.lattice.shape
        return rows * columns > MANY and grid.verdict.typical > HOPELESS

    def lay_even(self, pitch: Pitch) -> Grid:
        """Lay evenly spaced lines, bent for each part."""
        across, down = (
            find_even_lines(strength, size)
            for strength, size in zip(self.strengths, (pitch.across, pitch.down), strict=True)
        )
        return self.lay_lines(pitch, across, down)

    def lay(self, pitch: Pitch, chains: tuple[Score, Score]) -> Grid:
        """Continue *chains* over the picture."""
        sizes = [pitch.across, pitch.down]
        held = [hold(c, r, s) for c, r, s in zip(chains, self.rows, sizes, strict=True)]
        across, down = extend(held, sizes)
        return self.lay_lines(pitch, across, down)

    def lay_lines(self, pitch: Pitch, across: Score, down: Score) -> Grid:
        """Bend the lines where that explains the picture better."""
        plain, bent = straight(across, down), bend(self.edges, across, down)
        one, two = self.judge(plain), self.judge(bent)
        if two.overall < FLATTER * one.overall:
            return Grid(pitch, bent, two, one, (across, down))
        return Grid(pitch, plain, one, one, (across, down))

    def follow(self, grid: Grid) -> Lattice:
        """Return the lattice of *grid* with lines that follow each row, if its cells are flatter then."""
        rows, columns = grid.lattice.shape
        if grid.verdict.overall <= LITTLE:
            return grid.lattice
        bent = grid.verdict is not grid.unbent
        base = bend(self.edges, *grid.lines, joined=True) if bent else grid.lattice
        if rows * columns > MOST_FOLLOWED:
            return base
        seams = Seams(self.edges, base)
        left = self.judge(base).overall if bent else grid.verdict.overall
        flatter = self.judge(seams.follow()).overall < FLATTER * left
        return seams.splice() if flatter else base


def runs_straight(elastic: Grid, even: Grid) -> bool:
    """Tell whether lines need not be bent and then explain as much as *even* ones that are."""
    overall = STRAIGHT * min(elastic.verdict.overall, even.verdict.overall) + LITTLE
    typical = STRAIGHT * even.verdict.typical + LITTLE
    return elastic.unbent.overall <= overall and elastic.unbent.typical <= typical


def _average_rows(planes: list[Plane], enough: int) -> Grey:
    """Return lightness averaged over groups of rows, groups x positions; of large pictures some."""
    step = ROWS_AVERAGED * stride(planes[0].shape, enough)
    rows = planes[0].shape[0]
    count = max(1, (rows - ROWS_AVERAGED) // step + 1)
    parts = [slice(at, at + (count - 1) * step + 1, step) for at in range(min(rows, ROWS_AVERAGED))]
    total = sum(lightness([np.ascontiguousarray(p[part]) for p in planes[:3]]) for part in parts)
    return np.asarray(total / np.float32(len(parts)), np.float32)

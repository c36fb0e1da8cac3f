"""From fake pixel art to the sprite it stands for: native size, one colour a cell, few colours."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from mobart.art.background.checker import Checker, find_checker, look_through
from mobart.art.background.ground import find_ground
from mobart.art.colours.oklab import to_oklab
from mobart.art.files.decode import Pixels
from mobart.art.pixelgrid.cells import sample, settle, unmix
from mobart.art.pixelgrid.edges import OPAQUE, Plane, split_planes
from mobart.art.pixelgrid.exact import find_native, is_broken_gradient, may_be_native
from mobart.art.pixelgrid.grid import Found, find_grid
from mobart.art.pixelgrid.hint import NO_HINT, GridHint
from mobart.art.pixelgrid.lattice import Lattice
from mobart.art.pixelgrid.palette import find_palette

HALF = 128


class Source(StrEnum):
    """How a native sprite was found."""

    PIXELS = "pixels"
    """The picture was at its native size, or enlarged from it by a whole number."""
    LATTICE = "lattice"
    """A lattice was found in the picture."""
    HINT = "hint"
    """The size was told."""
    FORCED = "forced"
    """Nothing proves the lattice; it was taken because the caller wanted one."""


@dataclass(frozen=True, slots=True)
class Native:
    """A recovered sprite and what it was recovered from.

    *pitch* is the width and height of a cell in pixels of the picture, 1 for true pixels.
    *confidence* is 0 to 1: how far the lattice stands out from the next best explanation.
    """

    pixels: Pixels
    pitch: tuple[float, float]
    confidence: float
    source: Source = Source.LATTICE

    @property
    def cell(self) -> float:
        """The side in pixels of a square as large as a cell."""
        return math.sqrt(self.pitch[0] * self.pitch[1])


def recover(pixels: Pixels, *, hint: GridHint = NO_HINT, lossy: bool = False) -> Native | None:
    """Return the native sprite of *pixels*, None if the picture has no lattice.

    *lossy* tells that the file was a JPEG or a lossy WebP, whose blocks may look like cells.
    """
    if hint == NO_HINT or hint.force:
        exact = find_native(pixels)
        if exact is not None and not is_broken_gradient(exact):
            return Native(exact, _pitch(pixels, exact), 1.0, Source.PIXELS)
        if exact is not None and not hint.force:
            return None
    planes = split_planes(pixels)
    checker = find_checker(planes)
    seen = look_through(planes, checker)
    grid = find_grid(seen, ragged=checker is not None, lossy=lossy, hint=hint)
    if grid is None:
        return Native(pixels, (1.0, 1.0), 1.0, Source.PIXELS) if may_be_native(pixels) else None
    cells = _colour_cells(planes, seen, checker, grid.lattice, sharp=grid.sharp)
    sprite = cells if hint.native is not None else _shrink(cells)
    return Native(sprite, _pitch(pixels, sprite), grid.confidence, _source(hint, grid))


def _shrink(cells: Pixels) -> Pixels:
    """Return *cells* at their native size, if all of them come in blocks."""
    native = find_native(cells)
    return cells if native is None else native


def _source(hint: GridHint, grid: Found) -> Source:
    if hint.native is not None or hint.cell is not None:
        return Source.HINT
    return Source.LATTICE if grid.proven else Source.FORCED


def recover_parts(
    parts: Sequence[Pixels], *, hint: GridHint = NO_HINT, lossy: bool = False
) -> list[Native | None]:
    """Recover each of *parts* of one sheet on a lattice of its own, all in one palette."""
    return [recover(part, hint=hint, lossy=lossy) for part in parts]


def _pitch(pixels: Pixels, native: Pixels) -> tuple[float, float]:
    """Return the width and height of a cell in pixels."""
    return pixels.shape[1] / native.shape[1], pixels.shape[0] / native.shape[0]


def _colour_cells(
    planes: list[Plane],
    seen: list[Plane],
    checker: Checker | None,
    lattice: Lattice,
    *,
    sharp: bool,
) -> Pixels:
    """Give every cell of *lattice* its colour; a painted checker keeps its two tones."""
    raw = sample(seen, lattice)
    if sharp:
        raw = settle(seen, lattice, raw)
    empty = find_ground(to_oklab(raw[..., :3]))
    clean = unmix(raw, None if empty is None else empty.mask)
    cells = clean[..., :3]
    ground = find_ground(to_oklab(cells))
    palette = find_palette(cells, None if ground is None else ground.mask)
    rgb = palette.colours[palette.labels]
    if checker is not None:
        rgb = _repaint(rgb, planes, checker, lattice)
    alpha = np.full(rgb.shape[:2], OPAQUE, np.uint8)
    if clean.shape[2] > 3:  # noqa: PLR2004 - the fourth channel is alpha
        alpha[clean[..., 3] < HALF] = 0
    return np.dstack([rgb, alpha])


def _repaint(
    rgb: npt.NDArray[np.uint8],
    planes: list[Plane],
    checker: Checker,
    lattice: Lattice,
) -> npt.NDArray[np.uint8]:
    """Give cells on a checker the tone that their centre shows."""
    middle = lattice.inner(0)
    y, x = (
        np.clip(place, 0, length - 1).astype(np.intp)
        for place, length in zip((middle.top, middle.left), planes[0].shape, strict=True)
    )
    centre = [plane[y, x] for plane in planes]
    covered = checker.covers(centre) & checker.covers([rgb[..., c] for c in range(3)])
    light = centre[1] > checker.middle
    tones = np.where(light, checker.light, checker.dark).astype(np.uint8)
    return np.where(covered[..., None], tones[..., None], rgb)

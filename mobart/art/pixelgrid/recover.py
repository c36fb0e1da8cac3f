"""From fake pixel art to the sprite it stands for: native size, one colour a cell, few colours."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from mobart.art.background.checker import Checker, find_checker, look_through
from mobart.art.background.ground import find_ground
from mobart.art.colours.oklab import to_oklab
from mobart.art.files.decode import Pixels
from mobart.art.pixelgrid.cells import Colours, Mask, sample, settle, unmix, unmix_told
from mobart.art.pixelgrid.edges import OPAQUE, Plane, split_planes
from mobart.art.pixelgrid.exact import find_native, is_broken_gradient, may_be_native
from mobart.art.pixelgrid.grid import Found, find_grid
from mobart.art.pixelgrid.halos import clear_halos
from mobart.art.pixelgrid.hint import NO_HINT, GridHint
from mobart.art.pixelgrid.lattice import Lattice
from mobart.art.pixelgrid.palette import Palette, find_palette
from mobart.art.pixelgrid.rims import clear_rims
from mobart.art.pixelgrid.view import ENOUGH, LEAST_ENOUGH

HALF = 128
"""Alpha from which a cell is opaque: pixel art has no half-transparent cells."""

TURNS = 2
"""Times that cells are unmixed by what their palette tells: a better palette tells more, a third turn too much."""

Kind = TypeVar("Kind", bound=np.generic)


class Source(StrEnum):
    """How a native sprite was found."""

    PIXELS = "pixels"
    """The picture was at its native size, or enlarged from it by a whole number."""
    LATTICE = "lattice"
    """A lattice was found in the picture."""
    GIVEN = "given"
    """Its maker delivers pixel art at native size: nothing was looked for."""
    HINT = "hint"
    """The size was given."""
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


@dataclass(frozen=True, slots=True)
class _Picture:
    """A picture in planes, and as it looks without its painted checker."""

    pixels: Pixels
    planes: list[Plane]
    seen: list[Plane]
    checker: Checker | None


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of a picture before they have their palette.

    *shape* is that of the picture, *means* are what its cells show; *centres* are its colours at their
    middles if it has a *checker*.
    """

    shape: tuple[int, ...]
    grid: Found
    means: Colours
    levels: Colours
    opaque: Mask
    ground: Mask
    checker: Checker | None
    centres: list[Plane]


def recover(pixels: Pixels, *, hint: GridHint = NO_HINT, lossy: bool = False) -> Native | None:
    """Return the native sprite of *pixels*, None if the picture has no lattice.

    *lossy* tells that the file was a JPEG or a lossy WebP, whose blocks may look like cells.
    """
    return recover_parts([pixels], hint=hint, lossy=lossy)[0]


def recover_parts(
    parts: Sequence[Pixels], *, hint: GridHint = NO_HINT, lossy: bool = False
) -> list[Native | None]:
    """Recover each of *parts* of one sheet on a lattice of its own, all in one palette.

    True pixels stay as they are and have no part in the palette.
    """
    enough = max(LEAST_ENOUGH, ENOUGH // max(1, len(parts)))
    found = [_find_cells(part, hint, lossy=lossy, enough=enough) for part in parts]
    cells = [one for one in found if isinstance(one, _Cells)]
    coloured = iter(_colour(cells))
    return [_native(one, next(coloured), hint) if isinstance(one, _Cells) else one for one in found]


def _find_cells(
    pixels: Pixels, hint: GridHint, *, lossy: bool, enough: int
) -> _Cells | Native | None:
    """Return the cells of *pixels*, the native sprite if it needs no recovery, or None."""
    if hint == NO_HINT or hint.force:
        exact = find_native(pixels)
        if exact is not None and not is_broken_gradient(exact):
            return Native(exact, _pitch(pixels.shape, exact), 1.0, Source.PIXELS)
        if exact is not None and not hint.force:
            return None
    picture = _look(pixels)
    ragged = picture.checker is not None
    grid = find_grid(picture.seen, ragged=ragged, lossy=lossy, hint=hint, enough=enough)
    if grid is None:
        return Native(pixels, (1.0, 1.0), 1.0, Source.PIXELS) if may_be_native(pixels) else None
    return _sample(picture, grid)


def _look(pixels: Pixels) -> _Picture:
    planes = split_planes(pixels)
    checker = find_checker(planes)
    return _Picture(pixels, planes, look_through(planes, checker), checker)


def _sample(picture: _Picture, grid: Found) -> _Cells:
    """Take the colour of every cell of *grid*, with its neighbours' share undone."""
    seen = list(map(np.ascontiguousarray, picture.seen))
    raw = shown = sample(seen, grid.lattice)
    pure = np.zeros(raw.shape[:2], bool)
    if grid.sharp:
        raw, pure = settle(seen, grid.lattice, raw)
    clean = unmix(raw)
    clean[pure] = raw[pure]
    ground = find_ground(to_oklab(clean[..., :3]))
    mask = np.zeros(clean.shape[:2], bool) if ground is None else ground.mask
    has_alpha = clean.shape[2] > 3  # noqa: PLR2004 - the fourth channel is alpha
    opaque = clean[..., 3] >= HALF if has_alpha else np.ones(clean.shape[:2], bool)
    centres = [] if picture.checker is None else _centres(picture.planes, grid.lattice)
    levels, mask = clear_halos(np.ascontiguousarray(clean[..., :3]), mask)
    levels, mask = clear_rims(levels, mask)
    means = np.ascontiguousarray(shown[..., :3])
    return _Cells(picture.pixels.shape, grid, means, levels, opaque, mask, picture.checker, centres)


def _colour(parts: list[_Cells]) -> list[Pixels]:
    """Give all cells of *parts* their colours of one palette."""
    if not parts:
        return []
    palettes = _share_palette(parts)
    for _ in range(TURNS):
        again = [_unmix_told(one, own) for one, own in zip(parts, palettes, strict=True)]
        if all(new is old for new, old in zip(again, parts, strict=True)):
            break
        parts, palettes = again, _share_palette(again)
    return [_paint(one, own.colours[own.labels]) for one, own in zip(parts, palettes, strict=True)]


def _share_palette(parts: list[_Cells]) -> list[Palette]:
    """Return the one palette of all *parts*, with the labels of each."""
    levels, ground = _stack([one.levels for one in parts]), _stack([one.ground for one in parts])
    palette = find_palette(levels, ground if ground.any() else None)
    ends = np.cumsum([one.levels.shape[0] for one in parts])[:-1]
    return [
        Palette(palette.colours, rows[:, : one.levels.shape[1]])
        for one, rows in zip(parts, np.split(palette.labels, ends), strict=True)
    ]


def _unmix_told(cells: _Cells, palette: Palette) -> _Cells:
    """Return *cells* with what *palette* tells to be mixed into them undone; the ground stays as it is."""
    painted = palette.colours[palette.labels].astype(np.float32)
    levels = unmix_told(cells.means, painted, palette.labels, soft=not cells.grid.sharp)
    if levels is None:
        return cells
    return replace(cells, levels=np.where(cells.ground[..., None], cells.levels, levels))


def _stack(parts: list[npt.NDArray[Kind]]) -> npt.NDArray[Kind]:
    """Lay *parts* below each other; the last column of narrower ones is repeated."""
    width = max(part.shape[1] for part in parts)
    return np.concatenate(
        [
            np.pad(
                part, [(0, 0), (0, width - part.shape[1]), *[(0, 0)] * (part.ndim - 2)], mode="edge"
            )
            for part in parts
        ]
    )


def _paint(cells: _Cells, rgb: npt.NDArray[np.uint8]) -> Pixels:
    """Add alpha to the colours of *cells*; a painted checker keeps its two tones."""
    if cells.checker is not None:
        rgb = _repaint(rgb, cells.centres, cells.checker)
    alpha = np.where(cells.opaque, np.uint8(OPAQUE), np.uint8(0))
    return np.dstack([rgb, alpha])


def _native(cells: _Cells, pixels: Pixels, hint: GridHint) -> Native:
    """Return the finished sprite; cells that all come in blocks are one cell each."""
    smaller = None if hint.native is not None else find_native(pixels)
    sprite = pixels if smaller is None else smaller
    given = hint.native is not None or hint.cell is not None
    proven = Source.LATTICE if cells.grid.proven else Source.FORCED
    pitch = _pitch(cells.shape, sprite)
    return Native(sprite, pitch, cells.grid.confidence, Source.HINT if given else proven)


def _pitch(shape: tuple[int, ...], native: Pixels) -> tuple[float, float]:
    """Return the width and height of a cell in pixels of a picture of that *shape*."""
    return shape[1] / native.shape[1], shape[0] / native.shape[0]


def _centres(planes: list[Plane], lattice: Lattice) -> list[Plane]:
    """Return the colours at the middles of all cells."""
    middle = lattice.inner(0)
    y, x = (
        np.clip(place, 0, length - 1).astype(np.intp)
        for place, length in zip((middle.top, middle.left), planes[0].shape, strict=True)
    )
    return [plane[y, x] for plane in planes]


def _repaint(rgb: Plane, centre: list[Plane], checker: Checker) -> Plane:
    """Give cells on a checker the tone that their *centre* shows."""
    covered = checker.covers(centre) & checker.covers([rgb[..., c] for c in range(3)])
    light = centre[1] > checker.middle
    tones = np.where(light, checker.light, checker.dark).astype(np.uint8)
    return np.where(covered[..., None], tones[..., None], rgb)

"""The picture that the ground would show without a subject, and how far each pixel is from it.

All colours here are sRGB levels, 0 to 255, in which grain is as strong on dark ground as on light.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from mobart.art.background.ground import find_ground
from mobart.art.background.keyed import is_painted
from mobart.art.background.lattice import find_lattice
from mobart.art.background.outcome import Reason
from mobart.art.background.tints import Codes, dark_lines, faintly_tinted, number
from mobart.art.colours.oklab import to_oklab
from mobart.art.colours.screen import is_key
from mobart.art.files.decode import Pixels
from mobart.art.regions import Mask, Plane, flood

COARSE = 256
"""Side in pixels at which a painting's ground is looked for: a block's mean has less grain."""
SPREAD = 2.2
"""Reach over the distance that 9 of 10 ground pixels keep to. For grain that is normal in three
channels 99.99 % lie within 1.8 of it; the rest is for what is not normal."""
ROUGH = 1.3
"""Reach over the distance that 19 of 20 border pixels keep to, of those that may be ground at all:
specks and dots of a ground are no subject."""
NEAREST, NEAREST_CELL, FURTHEST = 3.0, 5.0, 14.0
"""Levels within which the reach stays: at least one and a half steps of JPEG rounding (in native
pixel art of what bends at a channel's limit), at most the contrast of outlines on dark ground."""
EXACT = 1.0
"""Levels within which 99 of 100 cells of a ground of one colour lie: it bends nowhere, and the reach may be
as near as a painting's. Not so on black, where nothing else takes the cells that a neighbour tints."""
BLACK, WHITE = 24, 225
"""Mean level below which a ground is as black as outlines are, and least level of one that is white."""
BESIDE = 2
"""Coarse pixels beside the subject that say nothing about the ground's own colour."""

Planes = tuple[Plane, Plane, Plane]
Powers = tuple[tuple[int, int], ...]
LINEAR: Powers = ((0, 0), (0, 1), (1, 0))
QUADRATIC: Powers = (*LINEAR, (0, 2), (1, 1), (2, 0))
CUBIC: Powers = (*QUADRATIC, (0, 3), (1, 2), (2, 1), (3, 0))
"""Powers of y and x in the surface that is fitted to the ground."""
WELL_KNOWN = 0.5
"""Share of the border that must be seen for a curved surface."""
BLOCK = 16
"""Side in pixels of the blocks in which stains of a ground are looked for."""
AROUND = 2
"""Blocks on each side over which they are averaged: an eighth of a picture in all."""
REFITS = 3
"""Fits, each with less weight on what lay off the last."""


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What lies behind the subject, as differences of the picture from it.

    *away* holds one plane a channel, *distance* their root mean square, in levels and freed of
    grain; up to *reach* a pixel shows ground.
    """

    away: Planes
    distance: Plane
    reach: float
    reason: Reason
    dark: bool = False
    """Whether the ground is as black as outlines are."""
    white: bool = False
    """Whether it is as white as paper, on which bodies are drawn by their outlines alone."""
    keyed: bool = False
    """Whether the ground has a green or magenta that is meant to be cut away."""
    misfit: float = 0.0
    """Levels by which the ground strays from a smooth surface over long distances."""
    light: Mask | None = None
    """Which pixels should have the lighter tone of a checker."""
    agreeing: Mask | None = None
    """Which pixels have it."""
    stray: Mask | None = None
    """Where both alternate in another way."""
    cell: float = 0.0
    """Side of a checker's cells in pixels."""
    own: Mask | None = None
    """In native pixel art, which cells have the ground's colour itself and are not merely tinted."""
    codes: Codes | None = None
    """In native pixel art, a number for each cell's colour."""


def find_backdrop(pixels: Pixels, *, clean: bool) -> Backdrop | None:
    """Return what lies behind the subject of *pixels*, None for a scene.

    *clean* pixels are native pixel art with one colour a cell.
    """
    image = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    smooth = image if clean else image.filter(ImageFilter.BoxBlur(1))
    lattice = find_lattice(np.asarray(image))
    if lattice is not None:
        away = lattice.away(np.asarray(smooth))
        found = _measure(pixels, away, lattice.ground, "checker", clean=clean)
        return replace(
            found,
            light=lattice.light_cells(),
            agreeing=lattice.ground | lattice.agrees(np.asarray(smooth)),
            stray=lattice.stray,
            cell=lattice.cell(),
        )
    step = 1 if clean else max(1, max(image.size) // COARSE)
    coarse = np.asarray(image.reduce(step) if step > 1 else image)
    ground = find_ground(to_oklab(coarse), clean=clean)
    if ground is None:
        return None
    plain = _far_from_subject(ground.mask)
    levels = np.asarray(smooth)
    one, two, three = (
        levels[..., c] - _evaluate(surface, levels.shape[:2])
        for c, surface in enumerate(_fit(coarse, plain, _powers(plain, clean=clean)))
    )
    colour = np.median(coarse[plain], axis=0)
    seen = _enlarge(plain, levels.shape[:2], step)
    dark = bool(colour.mean() < BLACK)
    found = _measure(pixels, (one, two, three), seen, "plain", clean=clean, dark=dark)
    keyed = is_key(colour) and not (clean and is_painted(pixels, found.away, found.distance))
    found = replace(found, keyed=keyed, white=bool(colour.min() >= WHITE))
    return found if clean else _levelled(found)


def _levelled(backdrop: Backdrop) -> Backdrop:
    """Take out what is left of a vignette or stains: the mean difference of the ground around.

    At most the reach is taken, so that what lies further off than twice the reach is no ground yet.
    """
    outside = flood(backdrop.distance < backdrop.reach).astype(np.float32)
    weight = _blocks(outside)
    planes, strays = [], []
    for plane in backdrop.away:
        field = _blocks(plane * outside) / np.maximum(weight, 0.01)
        strays.append(float((field**2 * weight).sum() / max(1e-6, float(weight.sum()))))
        field = np.clip(field, -backdrop.reach, backdrop.reach).astype(np.float32)
        size = plane.shape[::-1]
        planes.append(
            plane - np.asarray(Image.fromarray(field).resize(size, Image.Resampling.BILINEAR))
        )
    one, two, three = planes
    distance = _size((one, two, three))
    misfit = float(np.sqrt(np.mean(strays)))
    return replace(backdrop, away=(one, two, three), distance=distance, misfit=misfit)


def _blocks(plane: Plane) -> Plane:
    """Return the means of blocks of BLOCK x BLOCK pixels, each averaged with those around it."""
    small = np.pad(np.asarray(Image.fromarray(plane).reduce(BLOCK)), AROUND, "edge")
    side = 2 * AROUND + 1
    return np.asarray(np.lib.stride_tricks.sliding_window_view(small, (side, side)).mean((2, 3)))


def _powers(ground: Mask, *, clean: bool) -> Powers:
    """Return which powers *ground* can carry; what shows little of the border bends a curve there."""
    border = np.concatenate([ground[0], ground[-1], ground[:, 0], ground[:, -1]])
    if border.mean() < WELL_KNOWN:
        return LINEAR
    return CUBIC if clean else QUADRATIC


def _measure(
    pixels: Pixels,
    away: Planes,
    ground: Mask,
    reason: Reason,
    *,
    clean: bool,
    dark: bool = False,
) -> Backdrop:
    distance = _size(away)
    usual = SPREAD * float(np.percentile(distance[ground][::7], 90))
    border = np.concatenate([distance[0], distance[-1], distance[:, 0], distance[:, -1]])
    border = border[border < FURTHEST]
    rough = ROUGH * float(np.percentile(border, 95)) if border.size else 0.0
    bent = dark or np.percentile(distance[ground][::7], 99) > EXACT
    nearest = NEAREST_CELL if clean and bent else NEAREST
    reach = float(np.clip(max(usual, rough), nearest, FURTHEST))
    own = distance < reach if clean else None
    if clean and not dark:
        kept = ~faintly_tinted(pixels, away, distance, reach)
        one, two, three = (plane * kept for plane in away)
        away, distance = (one, two, three), distance * kept
    codes = number(pixels) if clean else None
    if codes is not None and dark:
        lines = dark_lines(codes, distance, reach)
        distance = np.where(lines, np.maximum(distance, reach), distance)
    return Backdrop(away, distance, reach, reason, dark, own=own, codes=codes)


def _size(away: Planes) -> Plane:
    """Return the root mean square of three planes."""
    square = away[0] * away[0]
    for plane in away[1:]:
        square += plane * plane
    square *= np.float32(1 / 3)
    return np.asarray(np.sqrt(square, out=square))


def _far_from_subject(ground: Mask) -> Mask:
    """Return *ground* less a rim about the subject, or all of it where that leaves too little."""
    inner = ground.copy()
    for _ in range(BESIDE):
        around = np.pad(inner, 1, constant_values=True)
        inner = around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:] & inner
    return inner if inner.sum() > ground.sum() / 2 else ground


def _enlarge(mask: Mask, shape: tuple[int, ...], step: int) -> Mask:
    """Return the coarse *mask* at *shape*; the rim that no whole block covers is left out."""
    large = np.zeros(shape, bool)
    fine = mask.repeat(step, 0).repeat(step, 1)[: shape[0], : shape[1]]
    large[: fine.shape[0], : fine.shape[1]] = fine
    return large


def _fit(levels: Pixels, ground: Mask, powers: Powers) -> list[npt.NDArray[np.float64]]:
    """Fit each channel of *levels* where there is *ground*: coefficients of y^row x^column."""
    rows, columns = levels.shape[:2]
    y, x = np.broadcast_arrays(_place(rows)[:, None], _place(columns)[None])
    terms = np.stack([(y**down * x**across)[ground] for down, across in powers], 1)
    seen = levels[ground].astype(np.float64)
    weights = np.ones(len(seen))
    for _ in range(REFITS):
        scaled = terms * weights[:, None]
        ridge = 1e-6 * len(terms) * np.eye(terms.shape[1])
        found = np.linalg.solve(scaled.T @ terms + ridge, scaled.T @ seen)
        off = np.sqrt(((terms @ found - seen) ** 2).mean(-1))
        weights = 1 / (1 + (off / max(2 * float(np.median(off)), 0.5)) ** 2)
    surfaces = [np.zeros((4, 4)) for _ in range(3)]
    for surface, channel in zip(surfaces, found.T, strict=True):
        for power, coefficient in zip(powers, channel, strict=True):
            surface[power] = coefficient
    return surfaces


def _evaluate(surface: npt.NDArray[np.float64], shape: tuple[int, ...]) -> Plane:
    down, across = (np.vander(_place(length), 4, increasing=True) for length in shape[:2])
    return ((down @ surface).astype(np.float32)) @ across.T.astype(np.float32)


def _place(length: int) -> npt.NDArray[np.float64]:
    """Return the places of *length* pixels, from -1 to 1."""
    return np.linspace(-1, 1, length)

"""A picture of several sprites made a sheet: each on its own lattice, all in one palette."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from mobart.art import fit, steps
from mobart.art.artwork import Artwork, Unfulfilled
from mobart.art.background import cutout
from mobart.art.background.outcome import CutOut
from mobart.art.colours import quantize
from mobart.art.files.decode import Pixels
from mobart.art.frame import Box
from mobart.art.pixelgrid.recover import Native, Source, recover
from mobart.art.recipe import Recipe
from mobart.art.regions import Labels, Mask
from mobart.art.sheet.cells import recover_sprites
from mobart.art.sheet.crops import cut_sprites
from mobart.art.sheet.layout import Layout, lay_out, plan
from mobart.art.sheet.palette import common_palette
from mobart.art.sheet.sprites import MOST, Sprite, find_sprites

FEWEST = 2
"""Sprites that make a sheet."""
LOOKED_AT = 512
"""Pixels of the longest side at which sprites are separated: gaps of 2 px of 1024 are seen."""
HALF = 128
"""Alpha from which a pixel is of the subject."""
SHRINK = 0.96
"""Factor by which sprites are shrunk until their sheet fits: 4 % are not seen, and few rounds do."""
LEAST = 1 / 8
"""Share below which they are shrunk no further: of a figure of 64 cells 8 would be left."""
LARGEST_PAINTED = 1536
"""Longest side in pixels at which painted sprites are cut out: half more than the largest result has."""
SAME = 0.02
"""OKLab distance up to which colours of two sprites are one: what an eye can just tell, and within
the noise of recovery (see `pixelgrid.palette`, whose radii are 0.010 to 0.034)."""


def make_sheet(art: Artwork, recipe: Recipe) -> Artwork:
    """Lay out the sprites of *art* anew; a picture that has no two of them stays as it is."""
    if not recipe.preset.sheet:
        return art
    if art.native:
        return _make(art, None, recipe)
    hint, art = steps.read_hint(art, recipe.preset)
    whole = None
    if recipe.preset.grid != "off":
        whole = recover(art.pixels, hint=hint, lossy=art.lossy)
    if whole is not None and whole.source is Source.PIXELS:
        art = steps.take_native(art, whole, hint, recipe)
    made = _make(art, whole, recipe)
    if made.frames or art.grid is not None or recipe.preset.grid == "off":
        return made
    return steps.take_native(made, whole, hint, recipe)  # one picture, whose cells are known


def _make(art: Artwork, whole: Native | None, recipe: Recipe) -> Artwork:
    """Return the sheet, or *art* with the reason why there is none."""
    factor = 1 if art.native else max(1, max(art.pixels.shape[:2]) // LOOKED_AT)
    cut = _find_ground(art, factor)
    if cut is None:
        return art.missing("sheet", "no_ground")
    labels, sprites, specks = find_sprites(_seen(cut))
    labels, sprites = _at_full_size(labels, sprites, factor, art.pixels.shape)
    if len(sprites) < FEWEST:
        return art.missing("sheet", "one_sprite")
    if len(sprites) > MOST:
        return art.missing("sheet", "too_hard")
    if specks:
        art = art.missing("sheet", "crumbs")
    plain = replace(art, unfulfilled=())
    if cut.reason == "checker" and recipe.preset.cutout and not art.native:
        plain = steps.cut_out(plain, recipe)
    parts = _part(plain, labels, sprites, whole, recipe)
    finished = [
        (_finish(part, recipe), sprite)
        for part, sprite in zip(_same_size(parts, recipe), sprites, strict=True)
        if part.pixels[..., 3].any()
    ]
    if len(finished) < FEWEST:
        return art.missing("sheet", "one_sprite")
    made = _assemble(art, [part for part, _ in finished], [each for _, each in finished], recipe)
    return art.missing("sheet", "no_room") if made is None else made


def has_sprites(art: Artwork) -> bool:
    """Return whether *art* shows two sprites or more on plain ground."""
    cut = _find_ground(art, max(1, max(art.pixels.shape[:2]) // LOOKED_AT))
    return cut is not None and len(find_sprites(_seen(cut))[1]) >= FEWEST


def _find_ground(art: Artwork, factor: int) -> CutOut | None:
    """Return the picture without its ground, in squares of *factor* pixels, None for a scene."""
    small = np.asarray(Image.fromarray(np.ascontiguousarray(art.pixels)).reduce(factor))
    cut = cutout.cut_sprite if art.native else cutout.cut_painting
    made = cut(small, open_holes=False)
    return None if made.outcome == "kept" and made.reason != "alpha" else made


def _seen(cut: CutOut) -> Mask:
    return np.asarray(cut.pixels[..., 3] >= HALF)


def _at_full_size(
    labels: Labels, sprites: Sequence[Sprite], factor: int, shape: tuple[int, ...]
) -> tuple[Labels, list[Sprite]]:
    """Return what was found in squares of *factor* pixels as places of the picture."""
    large = labels.repeat(factor, 0).repeat(factor, 1)[: shape[0], : shape[1]]
    return large, [replace(each, box=_times(each.box, factor, shape)) for each in sprites]


def _times(box: Box, factor: int, shape: tuple[int, ...]) -> Box:
    right = min((box.x + box.width) * factor, shape[1])
    bottom = min((box.y + box.height) * factor, shape[0])
    return Box(box.x * factor, box.y * factor, right - box.x * factor, bottom - box.y * factor)


def _part(
    art: Artwork, labels: Labels, sprites: Sequence[Sprite], whole: Native | None, recipe: Recipe
) -> list[Artwork]:
    """Return the sprites one by one: in cells on their ground, or, of a painting, cut out of it.

    A painting's ground is judged once for all, where most of it is seen; so is a painted checker,
    of which a crop shows too little.
    """
    cell = 0.0 if whole is None else whole.cell
    crops = cut_sprites(art.pixels, labels, sprites, cell)
    parts = recover_sprites(art, crops, whole, recipe)
    if any(part.native for part in parts) or art.ground or not recipe.preset.cutout:
        return parts
    small = fit.fit(art.pixels, LARGEST_PAINTED)
    if small.shape != art.pixels.shape:
        art = art.missing("sheet", "shrunk")
        sprites = [replace(each, box=_scale(each.box, art.pixels, small)) for each in sprites]
        labels = _thin(labels, small.shape)
    cut = steps.cut_out(replace(art, pixels=small, grid=parts[0].grid), recipe)
    crops = cut_sprites(cut.pixels, labels, sprites, cell)
    return [replace(cut, pixels=crop) for crop in crops]


def _scale(box: Box, pixels: Pixels, small: Pixels) -> Box:
    """Return *box* of *pixels* as it lies in *small*, rounded outwards."""
    share = small.shape[0] / pixels.shape[0], small.shape[1] / pixels.shape[1]
    top, left = int(box.y * share[0]), int(box.x * share[1])
    bottom = min(small.shape[0], math.ceil((box.y + box.height) * share[0]))
    right = min(small.shape[1], math.ceil((box.x + box.width) * share[1]))
    return Box(left, top, right - left, bottom - top)


def _thin(labels: Labels, shape: tuple[int, ...]) -> Labels:
    """Return *labels* at the nearest of *shape* places."""
    y, x = (np.arange(new) * old // new for old, new in zip(labels.shape, shape[:2], strict=True))
    return np.asarray(labels[y[:, None], x])


def _same_size(parts: Sequence[Artwork], recipe: Recipe) -> list[Artwork]:
    """Cut out and trim; a forced size is that of the largest sprite, the others shrink as much."""
    cut = [part if part.ground else steps.cut_out(part, recipe) for part in parts]
    trimmed = [steps.trim(part, recipe) for part in cut]
    if not recipe.preset.size:
        return trimmed
    longest = [max(each.pixels.shape[:2]) for each in trimmed]
    share = min(1.0, recipe.preset.size / max(longest))
    presets = [replace(recipe.preset, size=max(1, round(side * share))) for side in longest]
    return [
        steps.force_size(each, replace(recipe, preset=preset))
        for each, preset in zip(trimmed, presets, strict=True)
    ]


def _finish(art: Artwork, recipe: Recipe) -> Artwork:
    """Take one sprite through what is done around a subject."""
    return steps.draw_outline(steps.leave_margin(art, recipe), recipe)


def _assemble(
    art: Artwork, parts: Sequence[Artwork], sprites: Sequence[Sprite], recipe: Recipe
) -> Artwork | None:
    """Lay the finished sprites out; they shrink where the sheet would be too large."""
    planned = _plan(parts, sprites, recipe)
    if planned is None:
        return None
    layout, fitting = planned
    sources = [_in_picture(sprite.box, art) for sprite in sprites]
    rows = [sprite.row for sprite in sprites]
    sheet, frames = lay_out(fitting, sources, rows, layout, recipe.preset.pivot)
    if parts[0].native:
        sheet = quantize.apply_palette(sheet, common_palette([sheet], reach=SAME))
    wishes = dict.fromkeys(
        [*art.unfulfilled, *(each for part in parts for each in part.unfulfilled)]
    )
    if any(one is not other.pixels for one, other in zip(fitting, parts, strict=True)):
        wishes[Unfulfilled("sheet", "shrunk")] = None
    return replace(
        parts[0],
        pixels=sheet,
        confidence=float(np.median([part.confidence for part in parts])),
        native_size=(layout.width, layout.height),
        source=None,
        source_size=layout.size,
        frames=frames,
        unfulfilled=tuple(wishes),
    )


def _in_picture(box: Box, art: Artwork) -> Box:
    """Return *box* in pixels of the picture that came."""
    if not art.native:
        return box
    across, down = art.pitch
    return Box(
        *(round(v) for v in (box.x * across, box.y * down, box.width * across, box.height * down))
    )


def _plan(
    parts: Sequence[Artwork], sprites: Sequence[Sprite], recipe: Recipe
) -> tuple[Layout, list[Pixels]] | None:
    """Return how the sprites are laid out and how large, None if they would not be seen any more."""
    share, rows = 1.0, [sprite.row for sprite in sprites]
    while share > LEAST:
        layout = plan(
            [_shrunk_size(part, share) for part in parts],
            rows,
            spacing=recipe.preset.spacing,
            pad=recipe.preset.pad,
            max_side=recipe.max_side,
        )
        if layout is not None:
            fitting = [_shrink(part, share) for part in parts]
            return (layout, fitting) if all(each[..., 3].any() for each in fitting) else None
        share *= SHRINK
    return None


def _shrunk_size(part: Artwork, share: float) -> tuple[int, int]:
    height, width = part.pixels.shape[:2]
    return fit.fitted(width, height, max(1, round(share * max(height, width))))


def _shrink(part: Artwork, share: float) -> Pixels:
    if share == 1:
        return part.pixels
    side = max(1, round(share * max(part.pixels.shape[:2])))
    return fit.shrink_cells(part.pixels, side) if part.native else fit.fit(part.pixels, side)

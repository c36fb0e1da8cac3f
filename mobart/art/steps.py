"""The steps of the post-processor, one function each; each is pure and starts with "nothing to do"."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from mobart.art import fit, frame
from mobart.art.artwork import Artwork
from mobart.art.background import cutout
from mobart.art.background.bleed import bleed
from mobart.art.colours import quantize
from mobart.art.frame import Box
from mobart.art.pixelgrid.hint import GridHint
from mobart.art.pixelgrid.recover import Native, Source, recover
from mobart.art.presets import Preset, read_native
from mobart.art.recipe import Recipe
from mobart.art.sidecar import is_seamless

Step: TypeAlias = Callable[[Artwork, Recipe], Artwork]
FEWEST_CELLS = 2
"""Cells along a side below which a hint is about another picture."""


def take_given(art: Artwork, recipe: Recipe) -> Artwork:
    """Take the picture of a provider that delivers pixel art at native size as it is."""
    if not recipe.native:
        return art
    given = Native(art.pixels, (1.0, 1.0), 1.0, Source.GIVEN)
    return take_native(art, given, GridHint(native=read_native(recipe.preset.native)), recipe)


def recover_grid(art: Artwork, recipe: Recipe) -> Artwork:
    """Bring fake pixel art to its native size; a picture without a grid stays as it is."""
    if recipe.preset.grid == "off" or art.grid is not None:
        return art
    hint, art = read_hint(art, recipe.preset)
    if recipe.preset.cutout and cutout.shows_checker(art.pixels):
        art = cut_out(art, recipe)  # its squares do not lie on the art's cells
    native = recover(art.pixels, hint=hint, lossy=art.lossy)
    return take_native(art, native, hint, recipe)


def read_hint(art: Artwork, preset: Preset) -> tuple[GridHint, Artwork]:
    """Return what the preset knows of the cells; a size that the picture cannot have is reported."""
    height, width = art.pixels.shape[:2]
    native, cell = read_native(preset.native), preset.cell
    if native is not None and (native[0] > width or native[1] > height):
        native, art = None, art.missing("native", "larger_than_picture")
    if cell and FEWEST_CELLS * cell > min(width, height):
        cell, art = 0.0, art.missing("cell", "larger_than_picture")
    return GridHint(native, cell or None, preset.grid == "force"), art


def take_native(art: Artwork, native: Native | None, hint: GridHint, recipe: Recipe) -> Artwork:
    """Return *art* as the sprite that was recovered; where there is none, say so."""
    if native is None:
        wish = _hinted(hint)
        return replace(art.missing(wish, "no_lattice") if wish else art, grid="no_lattice")
    height, width = native.pixels.shape[:2]
    if max(height, width) > recipe.max_side:
        return replace(art.missing("grid", "too_large"), grid="too_large")
    if hint.native not in (None, (width, height)):
        art = art.missing("native", "other_size")
    return replace(
        art,
        pixels=native.pixels,
        cell=native.cell,
        pitch=native.pitch,
        confidence=native.confidence,
        grid=native.source,
        native_size=(width, height),
    )


def _hinted(hint: GridHint) -> str:
    """Return the option that wanted a grid in any case; empty if none did."""
    if hint.native is not None:
        return "native"
    return "cell" if hint.cell is not None else "grid" if hint.force else ""


def fit_size(art: Artwork, recipe: Recipe) -> Artwork:
    """Shrink a painting to the largest side allowed; told, unless a smaller size is wanted anyway."""
    small = fit.fit(art.pixels, recipe.max_side)
    told = small.shape == art.pixels.shape or recipe.preset.size
    return replace(art if told else art.missing("size", "shrunk"), pixels=small)


def cut_out(art: Artwork, recipe: Recipe) -> Artwork:
    """Make the ground transparent; scenes and what has alpha already stay as they are."""
    if not recipe.preset.cutout or art.ground is not None:
        return art
    cut = cutout.cut_sprite if art.native else cutout.cut_painting
    preset = recipe.preset
    made = cut(art.pixels, open_holes=preset.holes == "open", shadow=preset.shadow)
    art = replace(
        art,
        pixels=made.pixels,
        ground=made.outcome,
        ground_reason=made.reason,
        shadow=made.shadow,
    )
    if made.reason in ("scene", "vanished"):
        art = art.missing("cutout", made.reason)
    if preset.holes == "open" and not made.opened and made.reason != "alpha":
        art = art.missing("holes", "hidden" if made.outcome == "cut" else "not_cut")
    if preset.shadow in ("drop", "soft") and not made.shadow:
        art = art.missing("shadow", "not_found" if made.outcome == "cut" else "not_cut")
    return art


def trim(art: Artwork, recipe: Recipe) -> Artwork:
    """Cut the empty border away."""
    height, width = art.pixels.shape[:2]
    art = replace(art, source_size=(width, height))
    if not recipe.preset.trim or art.pixels[..., 3].all():
        return art
    box = frame.find_subject(art.pixels)
    if box == Box(0, 0, width, height) and art.ground == "cut":
        art = art.missing("trim", "reaches_border")
    return replace(art, pixels=frame.crop(art.pixels, box), source=box)


def force_size(art: Artwork, recipe: Recipe) -> Artwork:
    """Bring a picture to a forced longest side in cells, margins included.

    Pixel art keeps to the colours it has.
    """
    side = recipe.preset.size - 2 * _margin(art, recipe)
    if not recipe.preset.size:
        return art
    longest = max(art.pixels.shape[:2])
    if longest <= side:
        return art.missing("size", "not_enlarged") if longest < side else art
    shrink = fit.shrink_cells if art.native else fit.pixelate
    small = shrink(art.pixels, max(1, side))
    factor = small.shape[1] / art.pixels.shape[1]
    size = (round(art.source_size[0] * factor), round(art.source_size[1] * factor))
    source = None if art.source is None else fit.scale_box(art.source, factor, small.shape)
    art = replace(art, pixels=small, source_size=size, source=source)
    if art.native:
        return replace(
            art, cell=art.cell / factor, pitch=(art.pitch[0] / factor, art.pitch[1] / factor)
        )
    return replace(
        art, cell=1 / factor, pitch=(1 / factor, 1 / factor), native_size=size, pixelated=True
    )


def leave_margin(art: Artwork, recipe: Recipe) -> Artwork:
    """Leave room around a trimmed subject, for its outline at least, as far as there is any."""
    height, width = art.pixels.shape[:2]
    wanted = _margin(art, recipe)
    margin = min(wanted, max(0, recipe.max_side - max(height, width)) // 2)
    if margin < wanted:
        art = art.missing("margin", "no_room")
    if not margin:
        return art
    return _reframe(art, Box(-margin, -margin, width + 2 * margin, height + 2 * margin))


def limit_colours(art: Artwork, recipe: Recipe) -> Artwork:
    """Map to a forced palette, merge down to a number of colours, or both."""
    if recipe.palette:
        colours = np.frombuffer(recipe.palette, np.uint8).reshape(-1, 3)
        mapped = quantize.apply_palette(art.pixels, colours, recipe.preset.dither)
        art = replace(art, pixels=mapped)
    if recipe.preset.colours:
        art = replace(art, pixels=quantize.reduce_colours(art.pixels, recipe.preset.colours))
    return art


def draw_outline(art: Artwork, recipe: Recipe) -> Artwork:
    """Draw a line around a cut-out subject: one cell, or two pixels of a painting."""
    if not recipe.preset.outline:
        return art
    if art.pixels[..., 3].all():
        return art.missing("outline", "not_cut")
    width = _line_width(art, recipe)
    return replace(art, pixels=frame.outline(art.pixels, recipe.preset.outline, width))


def _margin(art: Artwork, recipe: Recipe) -> int:
    return 0 if art.source is None else max(recipe.preset.margin, _line_width(art, recipe))


def _line_width(art: Artwork, recipe: Recipe) -> int:
    """Width of the outline in pixels."""
    if not recipe.preset.outline:
        return 0
    return 1 if art.native or recipe.preset.size else 2


def pad(art: Artwork, recipe: Recipe) -> Artwork:
    """Widen the frame to a square, a power of two or a multiple, within the side allowed."""
    height, width = art.pixels.shape[:2]
    box = frame.pad_box(width, height, recipe.preset.pad)
    if (box.width, box.height) == (width, height):
        return art
    if max(box.width, box.height) > recipe.max_side:
        return art.missing("pad", "no_room")
    return _reframe(art, box)


def _reframe(art: Artwork, box: Box) -> Artwork:
    """Show what *box* shows, and keep in mind where that lies in the source."""
    at = art.source or Box(0, 0, 0, 0)
    source = Box(at.x + box.x, at.y + box.y, box.width, box.height)
    return replace(art, pixels=frame.crop(art.pixels, box), source=source)


def judge_seams(art: Artwork, recipe: Recipe) -> Artwork:
    """Tell of a texture whose opposite edges do not meet."""
    if not recipe.preset.seamless or is_seamless(art.pixels):
        return art
    return art.missing("seamless", "edges_differ")


def spread_colour(art: Artwork, _: Recipe) -> Artwork:
    """Put colour under what is transparent."""
    return replace(art, pixels=bleed(art.pixels))


def enlarge(art: Artwork, recipe: Recipe) -> Artwork:
    """Enlarge native pixel art by the largest whole number that fits."""
    if not (art.native and recipe.preset.enlarge):
        return art
    scale = max(1, recipe.max_side // max(art.pixels.shape[:2]))
    return replace(art, scale=scale)


def found(native: Native | None) -> bool:
    """Return whether a lattice was found in the pixels, rather than given by the preset."""
    return native is not None and native.source in (Source.PIXELS, Source.LATTICE)

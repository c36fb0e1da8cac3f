"""The post-processor as a list of named steps; each is pure and starts with "nothing to do"."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from mobart.art import fit, frame, sidecar
from mobart.art.artwork import Artwork
from mobart.art.background import cutout
from mobart.art.background.bleed import bleed
from mobart.art.colours import quantize
from mobart.art.files import encode, faults
from mobart.art.files.decode import Pixels, decode
from mobart.art.files.header import is_lossy
from mobart.art.frame import Box
from mobart.art.pixelgrid.recover import recover
from mobart.art.recipe import Recipe
from mobart.art.tiles import best, tile
from mobart.core.domain import Rendering
from mobart.core.errors import Rejected

BLANK = 2
"""Levels that no eye can tell apart, as compression leaves them on a plain ground."""
GLANCE = 16

Step: TypeAlias = Callable[[Artwork, Recipe], Artwork]


def cut_tile(art: Artwork, recipe: Recipe) -> Artwork:
    """Keep one tile if the picture is a 2x2 grid."""
    wanted = recipe.preset.tile or recipe.tile
    if wanted is None:
        return art
    crossing = tile.find_crossing(art.pixels)
    if crossing is None:
        return art
    number = best.choose(art.pixels, crossing) if wanted == "best" else wanted
    return replace(art, pixels=tile.cut(art.pixels, number, crossing))


def refuse_blank(art: Artwork, _: Recipe) -> Artwork:
    """Stop at a picture that shows nothing: wholly transparent, or of a single colour all over."""
    if is_blank(art.pixels):
        raise faults.blank()
    return art


def recover_grid(art: Artwork, recipe: Recipe) -> Artwork:
    """Bring fake pixel art to its native size; a picture without a grid stays as it is."""
    if recipe.preset.grid == "off":
        return art
    native = recover(art.pixels, lossy=art.lossy)
    if native is None or max(native.pixels.shape[:2]) > recipe.max_side:
        return art
    return replace(art, pixels=native.pixels, cell=native.cell, confidence=native.confidence)


def fit_size(art: Artwork, recipe: Recipe) -> Artwork:
    """Shrink a painting to the largest side allowed."""
    return replace(art, pixels=fit.fit(art.pixels, recipe.max_side))


def cut_out(art: Artwork, recipe: Recipe) -> Artwork:
    """Make the ground transparent; scenes and what has alpha already stay as they are."""
    if not recipe.preset.cutout:
        return art
    cut = cutout.cut_sprite if art.native else cutout.cut_painting
    result = cut(art.pixels, open_holes=recipe.preset.holes == "open")
    return replace(art, pixels=result.pixels)


def trim(art: Artwork, recipe: Recipe) -> Artwork:
    """Cut the empty border away."""
    height, width = art.pixels.shape[:2]
    art = replace(art, source_size=(width, height))
    if not recipe.preset.trim or art.pixels[..., 3].all():
        return art
    box = frame.find_subject(art.pixels)
    return replace(art, pixels=frame.crop(art.pixels, box), source=box)


def force_size(art: Artwork, recipe: Recipe) -> Artwork:
    """Bring a picture to a forced longest side in cells, margins included.

    Pixel art keeps to the colours it has.
    """
    side = recipe.preset.size - 2 * _margin(art, recipe)
    if not recipe.preset.size or max(art.pixels.shape[:2]) <= side:
        return art
    shrink = fit.shrink_cells if art.native else fit.pixelate
    small = shrink(art.pixels, max(1, side))
    factor = small.shape[1] / art.pixels.shape[1]
    size = (round(art.source_size[0] * factor), round(art.source_size[1] * factor))
    source = None if art.source is None else fit.scale_box(art.source, factor, small.shape)
    return replace(
        art, pixels=small, source_size=size, source=source, cell=(art.cell or 1) / factor
    )


def leave_margin(art: Artwork, recipe: Recipe) -> Artwork:
    """Leave room around a trimmed subject, for its outline at least, as far as there is any."""
    height, width = art.pixels.shape[:2]
    margin = min(_margin(art, recipe), max(0, recipe.max_side - max(height, width)) // 2)
    if not margin:
        return art
    return _reframe(art, Box(-margin, -margin, width + 2 * margin, height + 2 * margin))


def limit_colours(art: Artwork, recipe: Recipe) -> Artwork:
    """Map to a forced palette, merge down to a number of colours, or both."""
    if recipe.palette is not None:
        mapped = quantize.apply_palette(art.pixels, recipe.palette, recipe.preset.dither)
        art = replace(art, pixels=mapped)
    if recipe.preset.colours:
        art = replace(art, pixels=quantize.reduce_colours(art.pixels, recipe.preset.colours))
    return art


def draw_outline(art: Artwork, recipe: Recipe) -> Artwork:
    """Draw a line around a cut-out subject: one cell, or two pixels of a painting."""
    if not recipe.preset.outline or art.pixels[..., 3].all():
        return art
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
    if (box.width, box.height) == (width, height) or max(box.width, box.height) > recipe.max_side:
        return art
    return _reframe(art, box)


def _reframe(art: Artwork, box: Box) -> Artwork:
    """Show what *box* shows, and keep in mind where that lies in the source."""
    at = art.source or Box(0, 0, 0, 0)
    source = Box(at.x + box.x, at.y + box.y, box.width, box.height)
    return replace(art, pixels=frame.crop(art.pixels, box), source=source)


def spread_colour(art: Artwork, _: Recipe) -> Artwork:
    """Put colour under what is transparent."""
    return replace(art, pixels=bleed(art.pixels))


def enlarge(art: Artwork, recipe: Recipe) -> Artwork:
    """Enlarge native pixel art by the largest whole number that fits."""
    if not (art.native and recipe.preset.enlarge):
        return art
    scale = max(1, recipe.max_side // max(art.pixels.shape[:2]))
    return replace(art, scale=scale)


STEPS: tuple[tuple[str, Step], ...] = (
    ("tile", cut_tile),
    ("blank", refuse_blank),
    ("grid", recover_grid),
    ("fit", fit_size),
    ("cutout", cut_out),
    ("trim", trim),
    ("size", force_size),
    ("margin", leave_margin),
    ("colours", limit_colours),
    ("outline", draw_outline),
    ("pad", pad),
    ("bleed", spread_colour),
    ("enlarge", enlarge),
)


def render(raw: bytes, recipe: Recipe) -> Rendering:
    """Make the finished PNG of a generated picture; the same bytes for the same input.

    Raises:
        Truncated: *raw* is cut short.
        Rejected: `IMAGE_INVALID`, `IMAGE_TOO_LARGE`, `PROCESSING_FAILED`, or `GENERATION_FAILED`
            if the picture is blank.

    """
    return seal(develop(raw, recipe), recipe)


def develop(raw: bytes, recipe: Recipe) -> Artwork:
    """Take *raw* through all steps; its pixels are still to be enlarged by `scale`.

    Raises:
        Truncated: *raw* is cut short.
        Rejected: as `render`.

    """
    try:
        art = Artwork(decode(raw, recipe.max_pixels), lossy=is_lossy(raw))
        for _, step in STEPS:
            art = step(art, recipe)
    except Rejected:
        raise
    except Exception as fault:  # any bug here is one picture's failure, never the worker's
        raise faults.failed(repr(fault)) from fault
    return art


def seal(art: Artwork, recipe: Recipe) -> Rendering:
    """Encode a developed picture, and write its sidecar if the preset asks for one."""
    png = encode.encode(art.pixels, recipe.png, art.scale, native=art.native)
    height, width = art.pixels.shape[:2]
    digest = hashlib.sha256(png).hexdigest()
    text = sidecar.write(art, recipe) if recipe.preset.sidecar else b""
    return Rendering(png, width * art.scale, height * art.scale, digest, text)


def is_blank(pixels: Pixels) -> bool:
    """Whether there is nothing to see in a picture; a glance tells nearly all that are not."""
    return all(map(_shows_nothing, (pixels[::GLANCE, ::GLANCE], pixels)))


def _shows_nothing(pixels: Pixels) -> bool:
    if not pixels[..., 3].any():
        return True
    lowest, highest = pixels.min((0, 1)).astype(int), pixels.max((0, 1)).astype(int)
    return bool((highest - lowest <= BLANK).all())

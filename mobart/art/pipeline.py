"""The post-processor as a list of named steps; each is pure and starts with "nothing to do"."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from mobart.art import encode, faults, fit, tile
from mobart.art.decode import Pixels, decode
from mobart.art.recipe import Recipe
from mobart.domain import Rendering
from mobart.errors import Rejected


@dataclass(frozen=True, slots=True)
class Artwork:
    """A picture on its way through the steps."""

    pixels: Pixels


Step: TypeAlias = Callable[[Artwork, Recipe], Artwork]


def cut_tile(art: Artwork, recipe: Recipe) -> Artwork:
    """Keep one tile if the picture is a 2x2 grid."""
    if recipe.tile is None:
        return art
    crossing = tile.find_crossing(art.pixels)
    if crossing is None:
        return art
    return replace(art, pixels=tile.cut(art.pixels, recipe.tile, crossing))


def fit_size(art: Artwork, recipe: Recipe) -> Artwork:
    """Shrink to the largest side allowed."""
    return replace(art, pixels=fit.fit(art.pixels, recipe.max_side))


STEPS: tuple[tuple[str, Step], ...] = (
    ("tile", cut_tile),
    ("fit", fit_size),
)


def render(raw: bytes, recipe: Recipe) -> Rendering:
    """Make the finished PNG of a generated picture; the same bytes for the same input.

    Raises:
        Truncated: *raw* is cut short.
        Rejected: `IMAGE_INVALID`, `IMAGE_TOO_LARGE` or `PROCESSING_FAILED`.

    """
    try:
        art = Artwork(decode(raw, recipe.max_pixels))
        for _, step in STEPS:
            art = step(art, recipe)
        return _seal(art)
    except Rejected:
        raise
    except Exception as fault:  # any bug here is one picture's failure, never the worker's
        raise faults.failed(repr(fault)) from fault


def _seal(art: Artwork) -> Rendering:
    png = encode.encode(art.pixels)
    height, width = art.pixels.shape[:2]
    return Rendering(png, width, height, hashlib.sha256(png).hexdigest())

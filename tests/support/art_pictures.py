"""Draws the pictures of docs/artist.md: `python -m tests.support.art_pictures`.

What a generator might paint is painted by the stand-in's own painter, and treated by the post-processor:
left as it came, right as an asset, on a checker where it is transparent.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from mobart.art.colours.palette_files import load_palettes
from mobart.art.pipeline import develop
from mobart.art.presets import load_presets
from mobart.art.recipe import Recipe
from mobart_local.painter import paint_single

FOLDER = Path(__file__).parents[2] / "docs" / "pictures" / "art"
PAINTED = 384
SIDE = 160
"""Width and height of one picture as it is shown, in pixels."""
GAP = 8
CHECK = 8
COLOURS = 20


class Scene(NamedTuple):
    """One picture of the page: what is painted, and how it is treated."""

    prompt: str
    preset: str
    options: Mapping[str, Any] = {}
    sprites: int = 1


SCENES: Mapping[str, Scene] = {
    "pixel": Scene("a red dragon", "pixel"),
    "sprite": Scene("a red dragon", "sprite"),
    "icon": Scene("a blue crystal", "icon"),
    "shadow": Scene("a blue crystal", "sprite", {"shadow": "drop"}),
    "size": Scene("a robot", "sprite", {"size": 16}),
    "outline": Scene("a golden shield", "sprite", {"outline": "#FFFFFF"}),
    "palette": Scene("a knight", "sprite", {"palette": "gameboy"}),
    "one-bit": Scene("a knight", "sprite", {"palette": "one-bit", "dither": "ordered"}),
    "colours": Scene("a ship", "sprite", {"colours": 6}),
    "sheet": Scene("a sword", "sheet", {}, 4),
}


def painted(scene: Scene) -> Image.Image:
    """Paint what a generator might deliver: one figure, or several on one ground."""
    if scene.sprites == 1:
        return paint_single(scene.prompt, seed="docs", side=PAINTED)
    half = PAINTED // 2
    sheet = Image.new("RGB", (PAINTED, PAINTED))
    for number in range(scene.sprites):
        tile = paint_single(scene.prompt, seed=f"docs/{number}", side=half)
        sheet.paste(tile, (number % 2 * half, number // 2 * half))
    return sheet


def asset(picture: Image.Image, scene: Scene) -> Image.Image:
    """Treat a picture as a request with these settings would, pixel art not yet enlarged."""
    preset = load_presets()[scene.preset].adjusted(scene.options)
    palette = load_palettes().get(preset.palette, b"")
    raw = io.BytesIO()
    picture.save(raw, "PNG")
    recipe = Recipe(preset=preset, grids=False, palette=palette)
    return Image.fromarray(np.ascontiguousarray(develop(raw.getvalue(), recipe).pixels))


def beside(before: Image.Image, after: Image.Image) -> Image.Image:
    """Put both side by side; what is transparent shows a checker."""
    y, x = np.indices((SIDE, 2 * SIDE + GAP)) // CHECK
    grey = np.where((x + y) % 2, 204, 238).astype(np.uint8)
    both = Image.fromarray(grey).convert("RGBA")
    both.paste(before.convert("RGBA").resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    both.paste((255, 255, 255, 255), (SIDE, 0, SIDE + GAP, SIDE))
    scale = max(1, SIDE // max(after.size))
    shown = after.convert("RGBA").resize(
        (after.width * scale, after.height * scale), Image.Resampling.NEAREST
    )
    shown.thumbnail((SIDE, SIDE))
    place = (SIDE + GAP + (SIDE - shown.width) // 2, (SIDE - shown.height) // 2)
    both.alpha_composite(shown, place)
    return both.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)


def main() -> None:
    """Draw all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, scene in SCENES.items():
        picture = painted(scene)
        beside(picture, asset(picture, scene)).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()

"""The JSON beside a PNG: Aseprite's shape, so that loaders made for it read it as it is.

All lengths are in pixels of the PNG.  `mobart` holds what importers of game engines ask for.
"""

import json
from collections.abc import Mapping

import numpy as np

import mobart
from mobart.art.artwork import Artwork
from mobart.art.files.decode import Pixels
from mobart.art.frame import Box
from mobart.art.recipe import Recipe

Json = Mapping[str, object]

MOST_COLOURS = 256
"""More than these are a painting's and no palette."""
SEAM = 1.5
"""How much more than inner neighbours opposite edges may differ where a texture repeats."""


def write(art: Artwork, recipe: Recipe) -> bytes:
    """Return the sidecar as a file: the same bytes from the worker and from the desk."""
    return (json.dumps(describe(art, recipe, recipe.image), indent=1) + "\n").encode()


def describe(art: Artwork, recipe: Recipe, image: str) -> Json:
    """Return the sidecar of *art*, written as the file *image*."""
    height, width = (side * art.scale for side in art.pixels.shape[:2])
    whole = {"x": 0, "y": 0, "w": width, "h": height}
    return {
        "frames": [_frame(art, image, whole)],
        "meta": {
            "app": "mobart",
            "version": mobart.__version__,
            "image": image,
            "format": "RGBA8888",
            "size": {"w": width, "h": height},
            "scale": "1",
            "slices": [_slice(art, recipe, whole)],
        },
        "mobart": {
            "preset": recipe.preset.name,
            "cell": round(art.cell, 3),
            "confidence": round(art.confidence, 3),
            "scale": art.scale,
            "palette": _palette(art.pixels),
            "import": _import(art, recipe),
            **({"seamless": is_seamless(art.pixels)} if recipe.preset.seamless else {}),
        },
    }


def _frame(art: Artwork, image: str, whole: Json) -> Json:
    width, height = art.source_size
    box = art.source or Box(0, 0, width, height)
    return {
        "filename": image,
        "frame": whole,
        "rotated": False,
        "trimmed": art.source is not None,
        "spriteSourceSize": _times(box, art.scale),
        "sourceSize": {"w": width * art.scale, "h": height * art.scale},
        "duration": 100,
    }


def _slice(art: Artwork, recipe: Recipe, whole: Json) -> Json:
    height, width = art.pixels.shape[:2]
    x, y = recipe.preset.pivot
    key: dict[str, object] = {
        "frame": 0,
        "bounds": whole,
        "pivot": {"x": round(x * width * art.scale), "y": round(y * height * art.scale)},
    }
    centre = nine_slice(art.pixels)
    if centre is not None:
        key["center"] = _times(centre, art.scale)
    return {"name": "picture", "color": "#0000ffff", "keys": [key]}


def _times(box: Box, scale: int) -> Json:
    sides = (box.x, box.y, box.width, box.height)
    return {name: side * scale for name, side in zip("xywh", sides, strict=True)}


def _palette(pixels: Pixels) -> list[str]:
    colours = np.unique(pixels[pixels[..., 3] > 0][:, :3], axis=0)
    if len(colours) > MOST_COLOURS:
        return []
    return [bytes(colour).hex() for colour in colours]


def _import(art: Artwork, recipe: Recipe) -> Json:
    return {
        "pixelsPerUnit": recipe.preset.pixels_per_unit * art.scale,
        "filter": "point" if art.native else "bilinear",
        "mipmaps": False,
        "compression": "none",
        "wrap": "repeat" if recipe.preset.seamless else "clamp",
        "alphaIsTransparency": True,
        "premultiplied": False,
    }


def nine_slice(pixels: Pixels) -> Box | None:
    """Return the part that may be stretched: equal columns and rows around the middle."""
    left, right = _equal_run(pixels.swapaxes(0, 1))
    top, bottom = _equal_run(pixels)
    if min(right - left, bottom - top) < 2:  # noqa: PLR2004 - one line is no stretchable part
        return None
    return Box(left, top, right - left, bottom - top)


def _equal_run(lines: Pixels) -> tuple[int, int]:
    middle = len(lines) // 2
    same = (lines == lines[middle]).all((1, 2))
    before, after = np.flatnonzero(~same[:middle]), np.flatnonzero(~same[middle:])
    first = int(before[-1]) + 1 if before.size else 0
    last = middle + int(after[0]) if after.size else len(lines)
    return first, last


def is_seamless(pixels: Pixels) -> bool:
    """Tell whether opposite edges meet as smoothly as neighbours inside."""
    levels = pixels.astype(np.int16)
    for axis in (0, 1):
        inside = np.abs(np.diff(levels, axis=axis)).mean()
        across = np.abs(levels.take(0, axis) - levels.take(-1, axis)).mean()
        if across > SEAM * inside + 2:
            return False
    return True

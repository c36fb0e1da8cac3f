"""The JSON beside a PNG: Aseprite's shape, so that loaders made for it read it as it is.

All lengths are in pixels of the PNG.  `mobart` holds what importers of game engines ask for.
"""

import json
from collections.abc import Mapping

import numpy as np

import mobart
from mobart.art import found
from mobart.art.artwork import Artwork, Frame
from mobart.art.files.decode import Pixels
from mobart.art.frame import Box
from mobart.art.recipe import Recipe

Json = Mapping[str, object]

DURATION = 100
"""Milliseconds that a frame is shown: what Aseprite gives to a new frame."""
SEAM = 1.5
"""How much more than inner neighbours opposite edges may differ where a texture repeats."""


def write(art: Artwork, recipe: Recipe, facts: Json) -> bytes:
    """Return the sidecar as a file: the same bytes from the worker and from the command line.

    *facts* is what `found.describe` returns for *art*.
    """
    return (json.dumps(describe(art, recipe, recipe.image, facts), indent=1) + "\n").encode()


def describe(art: Artwork, recipe: Recipe, image: str, facts: Json) -> Json:
    """Return the sidecar of *art*, written as the file *image*."""
    height, width = (side * art.scale for side in art.pixels.shape[:2])
    return {
        "frames": _frames(art, recipe, image),
        "meta": {
            "app": "mobart",
            "version": mobart.__version__,
            "image": image,
            "format": "RGBA8888",
            "size": {"w": width, "h": height},
            "scale": "1",
            **({"frameTags": _tags(art.frames)} if art.frames else {}),
            "slices": [_slice(art, recipe)],
        },
        "mobart": {
            "preset": recipe.preset.name,
            "scale": art.scale,
            "art": facts,
            "palette": _palette(art.pixels),
            "import": _import(art, recipe),
            **({"sprites": _sprites(art)} if art.frames else {}),
            **({"seamless": is_seamless(art.pixels)} if recipe.preset.seamless else {}),
        },
    }


def _frames(art: Artwork, recipe: Recipe, image: str) -> list[Json] | Json:
    """List the frames, or name them: a sheet's by their number, as Phaser's animations expect."""
    frames = {str(k): _cell(each, art, recipe) for k, each in enumerate(art.frames)}
    if not frames:
        frames = {image: _frame(art)}
    if recipe.preset.frames == "hash":
        return frames
    return [{"filename": name, **frame} for name, frame in frames.items()]


def _frame(art: Artwork) -> Json:
    """Describe a single picture; margins beyond its source's border make that larger, as in Aseprite."""
    box, (width, height) = _place(art)
    return _entry(Box(0, 0, box.width, box.height), box, (width, height), art.scale)


def _place(art: Artwork) -> tuple[Box, tuple[int, int]]:
    """Return where the picture lies in its source, and how large that has to be for it."""
    height, width = art.pixels.shape[:2]
    size = art.source_size if art.source else (width, height)
    box = art.source or Box(0, 0, width, height)
    left, top = min(0, box.x), min(0, box.y)
    right, bottom = max(size[0], box.x + box.width), max(size[1], box.y + box.height)
    return Box(box.x - left, box.y - top, box.width, box.height), (right - left, bottom - top)


def _cell(frame: Frame, art: Artwork, recipe: Recipe) -> Json:
    """Describe a cell of a sheet: all of one size, so that importers which know no trim agree."""
    whole = Box(0, 0, frame.cell.width, frame.cell.height)
    entry = _entry(frame.cell, whole, (whole.width, whole.height), art.scale)
    x, y = recipe.preset.pivot
    return {**entry, "pivot": {"x": x, "y": y}}


def _entry(frame: Box, place: Box, size: tuple[int, int], scale: int) -> Json:
    return {
        "frame": _times(frame, scale),
        "rotated": False,
        "trimmed": (place.width, place.height) != size,
        "spriteSourceSize": _times(place, scale),
        "sourceSize": {"w": size[0] * scale, "h": size[1] * scale},
        "duration": DURATION,
    }


def _tags(frames: tuple[Frame, ...]) -> list[Json]:
    """Make an animation of every row of the picture."""
    rows: dict[int, list[int]] = {}
    for number, frame in enumerate(frames):
        rows.setdefault(frame.row, []).append(number)
    return [
        {"name": f"row {row}", "from": numbers[0], "to": numbers[-1], "direction": "forward"}
        for row, numbers in rows.items()
    ]


def _sprites(art: Artwork) -> list[Json]:
    """Tell where each sprite lies in the sheet, and where it lay in the picture that came."""
    return [
        {
            "frame": str(number),
            "row": frame.row,
            "sprite": _times(frame.sprite, art.scale),
            "source": _times(frame.source, 1),
        }
        for number, frame in enumerate(art.frames)
    ]


def _slice(art: Artwork, recipe: Recipe) -> Json:
    """Describe the picture's pivot and nine-slice; bounds are those in the source, as Aseprite's."""
    bounds = _place(art)[0]
    if art.frames:
        bounds = Box(0, 0, art.frames[0].cell.width, art.frames[0].cell.height)
    x, y = recipe.preset.pivot
    key: dict[str, object] = {
        "frame": 0,
        "bounds": _times(bounds, art.scale),
        "pivot": {
            "x": round(x * bounds.width * art.scale),
            "y": round(y * bounds.height * art.scale),
        },
    }
    centre = None if art.frames else nine_slice(art.pixels)
    if centre is not None:
        key["center"] = _times(centre, art.scale)
    return {"name": "picture", "color": "#0000ffff", "keys": [key]}


def _times(box: Box, scale: int) -> Json:
    sides = (box.x, box.y, box.width, box.height)
    return {name: side * scale for name, side in zip("xywh", sides, strict=True)}


def _palette(pixels: Pixels) -> list[str]:
    colours = found.find_palette(pixels)
    return [] if colours is None else [bytes(colour).hex() for colour in colours]


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
    """Return whether opposite edges meet as smoothly as neighbours inside."""
    levels = pixels.astype(np.int16)
    for axis in (0, 1):
        if levels.shape[axis] == 1:
            continue  # a line that repeats meets itself
        inside = np.abs(np.diff(levels, axis=axis)).mean()
        across = np.abs(levels.take(0, axis) - levels.take(-1, axis)).mean()
        if across > SEAM * inside + 2:
            return False
    return True

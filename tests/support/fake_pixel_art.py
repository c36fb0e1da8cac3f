"""Pixel art as image generators fake it: sprites drawn by rules, damaged in the ways that were seen.

Every kind of damage is a function from a native sprite to a large picture; all are deterministic.
"""

import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from mobart.art.files.decode import Pixels

Levels = npt.NDArray[np.float64]
SOFT = 0.6
"""Radius in pixels of the blur that softens the borders of cells."""


def draw_creature(seed: int, side: int) -> Pixels:
    """Draw a mirrored creature with outline, shades and eyes on a plain ground."""
    rng = np.random.default_rng(seed)
    half = rng.random((side, side // 2))
    y, x = np.mgrid[0:side, 0 : side // 2]
    middle = np.hypot((y - side / 2) / (0.42 * side), (side / 2 - 1 - x) / (0.40 * side))
    body = middle < 0.72 + 0.35 * half.repeat(2, 0)[:side]
    shape = np.concatenate([body, body[:, ::-1]], 1)
    labels = np.where(shape, 1 + (rng.random(shape.shape) * 3).astype(int), 0)
    labels[np.logical_and(shape, y[:, :1] < side / 2)] = 1
    grown = np.pad(shape, 1)
    around = grown[:-2, 1:-1] | grown[2:, 1:-1] | grown[1:-1, :-2] | grown[1:-1, 2:]
    labels[around & ~shape] = 5
    eye = side // 3
    labels[eye, [eye, side - 1 - eye]] = 4
    labels[eye + 1, [eye, side - 1 - eye]] = 5
    base = rng.integers(60, 200, 3)
    ground = (base + 128) % 256
    shades = [ground, base, base * 0.75, base * 0.5, (250, 250, 240), (24, 18, 28)]
    colours = np.array(shades).clip(0, 255).astype(np.uint8)
    return np.dstack([colours[labels], np.full((side, side, 1), 255, np.uint8)])


def enlarge(native: Pixels, width: int, height: int, blur: float = SOFT) -> Levels:
    """Enlarge *native* to any size, with borders of about a pixel."""
    fine = Image.fromarray(native[..., :3]).resize(
        (native.shape[1] * 16, native.shape[0] * 16), Image.Resampling.NEAREST
    )
    large = fine.resize((width, height), Image.Resampling.BOX)
    return np.asarray(large.filter(ImageFilter.GaussianBlur(blur)), np.float64)


def finish(levels: Levels) -> Pixels:
    """Return *levels* as an opaque picture."""
    rgb = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def large_cells(native: Pixels, seed: int) -> Pixels:
    """Enlarge to 1024 pixels: cells of a whole number of pixels if the side allows."""
    return grained(enlarge(native, 1024, 1024), seed, 2.0)


def unequal_axes(native: Pixels, seed: int) -> Pixels:
    """Make cells a tenth wider than high."""
    height, width = native.shape[:2]
    return grained(enlarge(native, round(width * 14.2), round(height * 12.9)), seed, 2.0)


def grained(levels: Levels, seed: int, strength: float = 5.0) -> Pixels:
    """Add grain of *strength* levels, and a gradient inside what was flat."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : levels.shape[0] * 1j, -1 : 1 : levels.shape[1] * 1j]
    slope = 2 * strength * (x * rng.uniform(-1, 1) + y * rng.uniform(-1, 1)) / 2
    return finish(levels + slope[..., None] + rng.normal(0, strength, levels.shape))


def grain(native: Pixels, seed: int) -> Pixels:
    """Add strong grain to cells of 13.3 pixels."""
    side = round(native.shape[0] * 13.3)
    return grained(enlarge(native, side, side), seed)


def small_on_grain(native: Pixels, seed: int, cell: float = 17.7) -> Pixels:
    """Lay a small sprite on ground of four times its sides, with grain all over that is stronger than shades."""
    rows, columns = (4 * side for side in native.shape[:2])
    whole = np.full((rows, columns, 4), native[0, 0], np.uint8)
    whole[native.shape[0] : 2 * native.shape[0], native.shape[1] : 2 * native.shape[1]] = native
    large = enlarge(whole, round(columns * cell), round(rows * cell))
    rng = np.random.default_rng(seed)
    return finish(
        large + rng.normal(0, 6, large.shape[:2])[..., None] + rng.normal(0, 4, large.shape)
    )


def sharpened(native: Pixels, seed: int) -> Pixels:
    """Sharpen so far that beside every border a rim stands out."""
    large = enlarge(native, round(native.shape[1] * 13.2), round(native.shape[0] * 13.2), 1.3)
    image = Image.fromarray(finish(large)[..., :3])
    return grained(np.asarray(image.filter(ImageFilter.UnsharpMask(2.6, 190, 0)), float), seed, 3.0)


def resampled(native: Pixels, seed: int, cell: float = 13.4) -> Pixels:
    """Enlarge twice by repetition and then by a filter that overshoots: cells are brighter beside dark ones."""
    height, width = native.shape[:2]
    double = Image.fromarray(native[..., :3].repeat(2, 0).repeat(2, 1))
    large = double.resize((round(width * cell), round(height * cell)), Image.Resampling.LANCZOS)
    return grained(np.asarray(large, np.float64), seed, 2.0)


def exact_sixteen(native: Pixels, seed: int) -> Pixels:
    """Make cells of exactly 16 pixels from the first one on, as a codec's blocks lie."""
    side = native.shape[0] * 16
    return grained(enlarge(native, side, side, 1.2), seed, 1.0)


def subsampled_jpeg(native: Pixels, seed: int) -> Pixels:
    """Store as a JPEG with colour at half the size (4:2:0)."""
    side = round(native.shape[0] * 9.7)
    buffer = io.BytesIO()
    image = Image.fromarray(grained(enlarge(native, side, side), seed, 1.0)[..., :3])
    image.save(buffer, "JPEG", quality=84, subsampling=2)
    return np.array(Image.open(buffer).convert("RGBA"))


def palette_png(native: Pixels, seed: int) -> Pixels:
    """Reduce a grained picture to 256 colours by error diffusion."""
    side = round(native.shape[0] * 11.4)
    picture = Image.fromarray(grained(enlarge(native, side, side), seed, 3.0)[..., :3])
    return np.array(picture.quantize(256).convert("RGBA"))


def shifted_parts(native: Pixels, seed: int) -> Pixels:
    """Shift each quarter of the picture by its own fraction of a cell."""
    rng = np.random.default_rng(seed)
    cell = 15.6
    height, width = (round(side * cell) for side in native.shape[:2])
    whole = enlarge(native, width, height)
    for rows in (slice(None, height // 2), slice(height // 2, None)):
        for columns in (slice(None, width // 2), slice(width // 2, None)):
            down, right = np.rint(rng.uniform(-0.4, 0.4, 2) * cell).astype(int)
            whole[rows, columns] = np.roll(whole[rows, columns], (down, right), (0, 1))
    return grained(whole, seed, 2.0)


def narrow_face(native: Pixels, face: Pixels, left: int, top: int) -> Pixels:
    """Paint *face* into the picture on cells so narrow that one more of them fits in, from *left*, *top* on."""
    cell = 16
    whole = enlarge(native, native.shape[1] * cell, native.shape[0] * cell)
    rows, columns = face.shape[:2]
    x = np.arange(round((columns - 0.5) * cell)) * columns // round((columns - 0.5) * cell)
    large = face[..., :3][np.arange(rows * cell)[:, None] // cell, x]
    whole[top * cell : (top + rows) * cell, left * cell : left * cell + x.size, :3] = large
    return grained(whole, 1, 1.0)


KINDS: dict[str, Callable[[Pixels, int], Pixels]] = {
    one.__name__: one
    for one in (
        large_cells,
        unequal_axes,
        grain,
        exact_sixteen,
        subsampled_jpeg,
        palette_png,
        shifted_parts,
    )
}


def share_right(native: Pixels, found: Pixels, tolerance: int = 24) -> float:
    """Return the share of cells within *tolerance* levels of the truth, 0 if the size is wrong."""
    if found.shape != native.shape:
        return 0.0
    off = np.abs(found[..., :3].astype(int) - native[..., :3]).max(-1)
    return float((off <= tolerance).mean())


def uneven_cells(native: Pixels, seed: int, stray: float = 0.3) -> Pixels:
    """Make cells a tenth wider than high, each of whose borders strays by up to *stray* cells."""
    rng = np.random.default_rng(seed)
    rows, columns = native.shape[:2]
    y, x = np.mgrid[0 : round(rows * 18.4), 0 : round(columns * 20.3)]
    row, column = np.minimum(y / 18.4, rows - 0.01), np.minimum(x / 20.3, columns - 0.01)
    sides = rng.uniform(-stray, stray, (2, rows, columns))
    at = row.astype(int), column.astype(int)
    down, right = (
        np.clip(np.floor(place - side[at]).astype(int), 0, count - 1)
        for place, side, count in zip((row, column), sides, (rows, columns), strict=True)
    )
    whole = Image.fromarray(native[down, right, :3])
    soft = np.asarray(whole.filter(ImageFilter.GaussianBlur(SOFT)), np.float64)
    return grained(soft, seed, 2.0)

"""Grounds and damage for `cutbench`: a subject laid on each, as an image generator would paint it."""

import io
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from benchmarks.cut_subjects import Pixels, Subject

Mask = npt.NDArray[np.bool_]
Levels = npt.NDArray[np.float32]

GROUNDS = ("white", "near-black", "solid", "gradient", "checker", "inside")
"""`inside` is a colour that occurs within the subject."""
HALF = 127
MARGIN = 0.09
"""Room around a painting as a share of the picture's side; pixel art has two to five cells."""
LEAST_SHARE, MOST_AT_RIM = 0.02, 0.3
"""A colour inside has at least the first share of the subject, and at most the second of it lies at
the rim, if there is such a colour."""
MOST_SIDE = 1100
"""Longest side in pixels of an enlarged sprite."""


class Case(NamedTuple):
    """A picture as it came, and which of its pixels are the subject.

    *cells* is the same at native size, None for a painting.
    """

    raw: bytes
    mask: Mask
    cells: Mask | None


def lay(subject: Subject, ground: str, seed: int) -> Case:
    """Lay *subject* on *ground*; the same picture for the same seed."""
    rng = np.random.default_rng([seed, GROUNDS.index(ground), *subject.name.encode()])
    rgba, cells = _enlarged(subject, rng) if subject.native else _placed(subject, rng)
    share = rgba[..., 3:] / 255
    behind = _ground(ground, subject.pixels, rgba.shape[:2], rng)
    levels = np.asarray(rgba[..., :3] + behind * (1 - share), np.float32)
    return Case(_saved(levels, rng), rgba[..., 3] > HALF, cells)


def _placed(subject: Subject, rng: np.random.Generator) -> tuple[Levels, None]:
    """Return a painting on a square of 512 to 1024 pixels, off its middle, multiplied by alpha."""
    side = int(rng.choice([512, 640, 768, 1024]))
    room = round(side * (1 - 2 * MARGIN))
    height, width = subject.pixels.shape[:2]
    factor = room / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = _resized(subject.pixels, size, Image.Resampling.BICUBIC)
    canvas = np.zeros((side, side, 4), np.float32)
    y = (side - size[1]) // 2 + int(rng.integers(-side // 40, side // 40))
    x = (side - size[0]) // 2 + int(rng.integers(-side // 40, side // 40))
    canvas[y : y + size[1], x : x + size[0]] = small
    return canvas, None


def _enlarged(subject: Subject, rng: np.random.Generator) -> tuple[Levels, Mask]:
    """Return pixel art in cells of 6 to 16 pixels with soft borders, and its mask in cells."""
    sides = rng.integers(2, 6, 4)
    native = np.pad(subject.pixels, ((sides[0], sides[1]), (sides[2], sides[3]), (0, 0)))
    native[..., 3] = np.where(native[..., 3] > HALF, 255, 0)
    height, width = native.shape[:2]
    cell = min(float(rng.choice([6.4, 8, 9.7, 11.3, 16])), MOST_SIDE / max(height, width))
    size = round(width * cell), round(height * cell)
    large = _resized(native.repeat(16, 0).repeat(16, 1), size, Image.Resampling.BOX)
    return _softened(large, 0.6), native[..., 3] > HALF


def _resized(pixels: Pixels, size: tuple[int, int], way: Image.Resampling) -> Levels:
    """Return *pixels* at *size*, the colours multiplied by alpha."""
    alpha = pixels[..., 3:].astype(np.float32)
    planes = np.dstack([pixels[..., :3] * (alpha / 255), alpha])
    made = [np.asarray(Image.fromarray(planes[..., c]).resize(size, way)) for c in range(4)]
    return np.dstack(made).clip(0, 255)


def _softened(levels: Levels, radius: float) -> Levels:
    bytes_ = levels.round().astype(np.uint8)
    soft = ImageFilter.GaussianBlur(radius)
    planes = [Image.fromarray(bytes_[..., c]).filter(soft) for c in range(levels.shape[2])]
    return np.dstack([np.asarray(plane) for plane in planes]).astype(np.float32)


def _ground(name: str, pixels: Pixels, shape: tuple[int, ...], rng: np.random.Generator) -> Levels:
    """Paint a ground of *shape*."""
    y, x = np.mgrid[0 : 1 : shape[0] * 1j, 0 : 1 : shape[1] * 1j].astype(np.float32)[..., None]
    if name == "white":
        return np.full((*shape, 3), rng.integers(248, 256), np.float32)
    if name == "near-black":
        return np.broadcast_to(rng.uniform(2, 20, 3), (*shape, 3)).astype(np.float32)
    if name == "gradient":
        near, across, down = (
            rng.uniform(60, 230, 3),
            rng.uniform(-50, 50, 3),
            rng.uniform(-50, 50, 3),
        )
        return np.asarray((near + across * x + down * y).clip(0, 255), np.float32)
    if name == "checker":
        return _checker(shape, rng)
    colour = inside_colour(pixels, rng) if name == "inside" else rng.uniform(40, 230, 3)
    return np.broadcast_to(colour, (*shape, 3)).astype(np.float32)


def _checker(shape: tuple[int, ...], rng: np.random.Generator) -> Levels:
    """Paint what generators take for transparency, in cells of a 64th to a 10th of the side."""
    cell = max(shape) / rng.uniform(10, 64)
    dark, light = [(204, 255), (192, 240), (102, 153), (60, 88)][rng.integers(4)]
    y, x = (np.arange(length) // cell for length in shape)
    tones = np.where(np.add.outer(y, x) % 2, dark, light).astype(np.float32)
    return _softened(np.dstack([tones] * 3), 0.6)


def inside_colour(pixels: Pixels, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return one of the subject's colours that lies mostly inside it."""
    solid = pixels[..., 3] > HALF
    seen = pixels[solid][:, :3]
    codes = np.zeros(solid.shape, int)
    few = Image.fromarray(seen[None]).quantize(12)
    codes[solid] = np.asarray(few)[0] + 1
    around = np.pad(solid, 2)
    deep = around[:-4, 2:-2] & around[4:, 2:-2] & around[2:-2, :-4] & around[2:-2, 4:]
    areas = np.bincount(codes[solid], minlength=14)
    rim = np.bincount(codes[solid & ~deep], minlength=14) / np.maximum(areas, 1)
    large = np.flatnonzero(areas >= LEAST_SHARE * solid.sum())
    inner = large[rim[large] <= MOST_AT_RIM]
    chosen = rng.choice(inner) if inner.size else large[rim[large].argmin()]
    return np.asarray(np.median(pixels[codes == chosen][:, :3], 0), np.float64)


def _saved(levels: Levels, rng: np.random.Generator) -> bytes:
    """Add grain, fine or blotchy, and store as PNG or JPEG."""
    height, width = levels.shape[:2]
    grain = rng.normal(0, rng.uniform(1, 4), levels.shape)
    if rng.random() < 0.3:  # noqa: PLR2004 - of the pictures
        blotches = (
            rng.normal(0, 1.5, (height // 4 + 1, width // 4 + 1, 3)).repeat(4, 0).repeat(4, 1)
        )
        grain += blotches[:height, :width]
    image = Image.fromarray((levels + grain).clip(0, 255).round().astype(np.uint8))
    stream = io.BytesIO()
    if rng.random() < 0.4:  # noqa: PLR2004 - of the pictures
        image.save(stream, "JPEG", quality=int(rng.integers(82, 97)))
    else:
        image.save(stream, "PNG", compress_level=1)
    return stream.getvalue()

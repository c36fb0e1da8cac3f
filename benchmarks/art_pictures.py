"""Pictures for `artbench`, drawn: as generators fake pixel art, paintings, and the hardest there are."""

import io
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Pixels = npt.NDArray[np.uint8]
SIDE = 1024
LIMIT = 4096
"""Side of the largest picture that is taken: 16.8 million pixels."""


class Fake(NamedTuple):
    """A picture and the sprite it stands for, None for a painting."""

    raw: bytes
    truth: Pixels | None


def fakes() -> Mapping[str, Fake]:
    """Draw pictures of the kinds that real generators return."""
    found = {
        f"cells of {across:g}x{down:g} px, {kind}": _fake(across, down, kind)
        for across, down in ((4.3, 4.3), (9.7, 9.7), (16, 16), (32, 32), (64, 64), (14.2, 12.9))
        for kind in ("clean", "grain", "jpeg")
    }
    return {**found, **{f"painting {seed}": Fake(_painting(seed), None) for seed in range(6)}}


def worst() -> Mapping[str, Callable[[], bytes]]:
    """Return how the pictures are drawn that cost most, each within the limits."""
    return {
        "noise": lambda: _png(_noise(LIMIT)),
        "maze": lambda: _png(_maze(LIMIT)),
        "fine cells": lambda: _fake(3.3, 3.3, "grain", side=LIMIT).raw,
        "checker": lambda: _png(_checker(LIMIT)),
    }


def _sprite(columns: int, rows: int) -> Pixels:
    """Draw a figure with outline, shades and eyes of one cell, on plain ground."""
    y, x = np.mgrid[0:rows, 0:columns]
    away = np.hypot((x - columns / 2) / columns, (y - rows / 2) / rows)
    native = np.full((rows, columns, 3), (244, 242, 232), np.uint8)
    inside = away < 0.37  # noqa: PLR2004 - a line of 3 % around it
    native[away < 0.4] = (34, 24, 44)  # noqa: PLR2004 - four fifths of the sides
    native[inside] = (182, 66, 60)
    native[inside & ((x // 2 + y // 2) % 5 == 0)] = (120, 40, 60)
    native[rows // 3, [columns * 2 // 5, columns * 3 // 5]] = (250, 250, 250)
    return native


def _fake(across: float, down: float, kind: str, *, side: int = SIDE) -> Fake:
    """Enlarge a sprite to cells of that size, with soft edges and grain or a codec's noise."""
    native = _sprite(round(side / across), round(side / down))
    places = [
        np.minimum(((np.arange(side) + 0.5) / cell).astype(int), count - 1)
        for cell, count in ((down, native.shape[0]), (across, native.shape[1]))
    ]
    image = Image.fromarray(native[np.ix_(*places)])
    if kind == "clean":
        return Fake(_save(image), native)
    image = image.filter(ImageFilter.GaussianBlur(0.7))
    if kind == "jpeg":
        return Fake(_save(image, "JPEG", quality=88), native)
    grain = np.random.default_rng(1).normal(0, 4, (side, side, 3)).astype(np.float32)
    return Fake(_png((np.asarray(image) + grain).clip(0, 255).astype(np.uint8)), native)


def _painting(seed: int) -> bytes:
    """Paint smooth shapes on a soft ground, with a little grain."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE
    rgb = np.stack([200 + 20 * x, 205 - 15 * y, 210 - 10 * x * y], -1)
    for _ in range(12):
        (cx, cy), radius = rng.uniform(0.3, 0.7, 2), rng.uniform(0.04, 0.2)
        share = np.clip((radius - np.hypot(x - cx, y - cy)) * 300, 0, 1)[..., None]
        shade = 1 - 0.6 * np.hypot(x - cx + 0.05, y - cy + 0.05)[..., None] / radius
        rgb = rgb * (1 - share) + rng.uniform(40, 250, 3) * shade * share
    return _png((rgb + rng.normal(0, 2, rgb.shape)).clip(0, 255).astype(np.uint8))


def _noise(side: int) -> Pixels:
    return np.random.default_rng(1).integers(0, 256, (side, side, 3), np.uint8)


def _maze(side: int) -> Pixels:
    """Draw one way of ground that turns at every second line, which floods take longest for."""
    walls = np.full((side, side, 3), 250, np.uint8)
    walls[1::4, :-2] = walls[3::4, 2:] = 20
    return walls


def _checker(side: int) -> Pixels:
    """Draw what many take for transparency, with grain."""
    y, x = np.mgrid[0:side, 0:side] // 24
    tones = np.where((x + y) % 2, 255, 204)[..., None]
    grain = np.random.default_rng(1).integers(-3, 4, (side, side, 3))
    picture = (tones + grain).clip(0, 255).astype(np.uint8)
    picture[side // 4 : side * 3 // 4, side // 4 : side * 3 // 4] = (180, 60, 50)
    return picture


def _png(pixels: Pixels) -> bytes:
    return _save(Image.fromarray(pixels))


def _save(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()

"""Pixel art at its native size, as generators of pixel art deliver it: one pixel a cell, no noise."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from mobart_local.painter import GROUNDS, paint_sprite

SHARE = 0.8
"""Part of the picture that the figure fills, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeView:
    """What is asked of a native picture."""

    width: int
    height: int
    transparent: bool = False
    palette: bytes = b""
    """Its only colours, three bytes each; none: any."""


def paint_native(prompt: str, *, seed: str, view: NativeView) -> Image.Image:
    """Paint what the prompt asks for, in the size and the colours that are asked for."""
    figure = Image.fromarray(paint_sprite(prompt, seed=seed), "RGBA")
    room = min(view.width * SHARE / figure.width, view.height * SHARE / figure.height)
    factor = float(int(room)) if room >= 1 else room
    size = (max(1, int(figure.width * factor)), max(1, int(figure.height * factor)))
    figure = figure.resize(size, Image.Resampling.NEAREST)
    ground = (0, 0, 0, 0) if view.transparent else (*map(int, GROUNDS[len(seed) % 2]), 255)
    picture = Image.new("RGBA", (view.width, view.height), ground)
    place = ((view.width - size[0]) // 2, (view.height - size[1]) // 2)
    picture.paste(figure, place, figure)
    return _mapped(picture, view.palette) if view.palette else picture


def _mapped(picture: Image.Image, palette: bytes) -> Image.Image:
    """Give each pixel the colour of the palette that is nearest to its own."""
    pixels = np.asarray(picture).copy()
    colours = np.frombuffer(palette, np.uint8).reshape(-1, 3)
    found, where = np.unique(pixels[..., :3].reshape(-1, 3), axis=0, return_inverse=True)
    distances = ((found[:, None].astype(int) - colours.astype(int)) ** 2).sum(-1)
    pixels[..., :3] = colours[distances.argmin(1)][where].reshape(*pixels.shape[:2], 3)
    return Image.fromarray(pixels, "RGBA")

"""Each sprite cut from its picture with plain ground around it, and nothing of its neighbours."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mobart.art.background.bleed import bleed
from mobart.art.files.decode import Pixels
from mobart.art.frame import Box
from mobart.art.regions import Labels, Mask, flood, grow
from mobart.art.sheet.sprites import Sprite

Places = npt.NDArray[np.intp]

OPAQUE = 255
RIM = 1 / 200
"""Share of the picture's side around a sprite that may hold soft edge: 5 px of 1024, the width of
the softest edges seen, 3 px, and the 2 px to which sprites are found."""
AROUND = 0.15
"""Share of a sprite's longest side that is left around it, so that its ground can be recognized."""
CELLS = 2.5
"""Cells that are left around it where their size is known: the two that a ground is recognized by."""
SMALLEST = 96
"""Pixels that a crop has each way: a lattice is looked for from 64 on."""
SPREAD_AT = 2**20
"""Pixels at which the ground's colours are spread under sprites: it is smooth."""
LARGEST_NATIVE = 256
"""Side up to which a picture may be true pixels, whose edges are not soft."""


def cut_sprites(
    pixels: Pixels, labels: Labels, sprites: Sequence[Sprite], cell: float
) -> list[Pixels]:
    """Return the crop of every sprite, with ground even beyond the border of *pixels*.

    *cell* is the side of a cell in pixels, 0 if it is not known.
    """
    side = max(pixels.shape[:2])
    rim = 0 if side <= LARGEST_NATIVE else max(1, round(RIM * side))
    plate = _Plate(pixels, grow(labels > 0, rim))
    has_alpha = pixels[..., 3].min() < OPAQUE
    boxes = [_around(sprite.box, cell) for sprite in sprites]
    crops = []
    for sprite, box in zip(sprites, boxes, strict=True):
        place, inside = _window(box, pixels.shape)
        here = labels[place]
        own = np.isin(here, list(sprite.parts))
        if has_alpha:
            kept = flood(inside & (pixels[place][..., 3] > 0), own)
        else:
            kept = inside & (~grow((here > 0) & ~own, rim) | grow(own, rim))
        crops.append(np.where(kept[..., None], pixels[place], plate.at(place)))
    return crops


class _Plate:
    """The ground alone: the nearest colours of it where sprites are."""

    def __init__(self, pixels: Pixels, seen: Mask) -> None:
        """Take what is not *seen* of sprites for ground; of large pictures every n-th pixel spreads."""
        self._pixels, self._seen = pixels, seen
        self._step = max(1, math.isqrt(seen.size // SPREAD_AT))
        part = slice(None, None, self._step), slice(None, None, self._step)
        spread = pixels[part].copy()
        self._opaque = bool(pixels[..., 3].min() == OPAQUE)
        if self._opaque:
            spread[seen[part], 3] = 0
            spread = bleed(spread)
            spread[..., 3] = OPAQUE
        self._spread = spread

    def at(self, place: tuple[Places, Places]) -> Pixels:
        """Return the ground of the rows and columns *place*."""
        if not self._opaque:
            return np.zeros_like(self._pixels[place])
        near = self._spread[place[0] // self._step, place[1] // self._step]
        return np.where(self._seen[place][..., None], near, self._pixels[place])


def _around(box: Box, cell: float) -> Box:
    """Return *box* with ground around it, large enough for a lattice to be found."""
    around = round(CELLS * cell) if cell else max(2, round(AROUND * max(box.width, box.height)))
    across = max(around, (SMALLEST - box.width + 1) // 2)
    down = max(around, (SMALLEST - box.height + 1) // 2)
    return Box(box.x - across, box.y - down, box.width + 2 * across, box.height + 2 * down)


def _window(box: Box, shape: tuple[int, ...]) -> tuple[tuple[Places, Places], Mask]:
    """Return the places that *box* shows, the border's own beyond it, and which lie inside."""
    y, x = np.arange(box.y, box.y + box.height), np.arange(box.x, box.x + box.width)
    inside = ((y >= 0) & (y < shape[0]))[:, None] & ((x >= 0) & (x < shape[1]))
    return (y.clip(0, shape[0] - 1)[:, None], x.clip(0, shape[1] - 1)[None]), inside

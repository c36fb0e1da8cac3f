"""Sprites of one sheet brought to their native size: cells of one size, lattices of their own."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mobart.art import fit
from mobart.art.artwork import Artwork
from mobart.art.files.decode import Pixels
from mobart.art.pixelgrid.hint import GridHint
from mobart.art.pixelgrid.recover import Native, Source, recover, recover_parts
from mobart.art.recipe import Recipe

ALIKE = 0.08
"""Share by which the cells of two sprites of one sheet may differ: more is a multiple or a mistake."""
SEARCHED, TRIED = 16, 4
"""Sprites that are recovered by themselves, the largest; of more, the others take their cells.  If
the first few have none, there are none."""
AGREED = 0.5
"""Share of the sprites, by their area, that have to agree."""

Pitch = tuple[float, float]


def recover_sprites(
    art: Artwork, crops: Sequence[Pixels], whole: Native | None, recipe: Recipe
) -> list[Artwork]:
    """Bring every sprite to its native size, if the picture has cells.

    Each is recovered by itself; one whose cells are not as large as those of most others is
    recovered again with the size of most.  *whole* is what was found in the undivided picture: a
    cell size from the preset goes before that of the sprites; a found one is the last resort.
    """
    bare = [replace(art, pixels=crop) for crop in crops]
    if art.native or recipe.preset.grid == "off":
        return bare
    is_given = whole is not None and whole.source in (Source.HINT, Source.FORCED)
    natives = _search(crops, lossy=art.lossy)
    pitch = None if is_given else _agree(natives, crops)
    if pitch is None and whole is not None:
        pitch = whole.pitch
    if pitch is None:
        return [replace(each, grid="no_lattice") for each in bare]
    source = whole.source if whole is not None and is_given else Source.LATTICE
    return [
        replace(_take(each, native, pitch), grid=source)
        for each, native in zip(bare, natives, strict=True)
    ]


def _search(crops: Sequence[Pixels], *, lossy: bool) -> list[Native | None]:
    """Recover the largest of *crops*, each by itself; None for the others."""
    largest = sorted(range(len(crops)), key=lambda each: -crops[each].size)[:SEARCHED]
    natives: list[Native | None] = [None] * len(crops)
    if len(largest) > TRIED and not any(
        recover_parts([crops[each] for each in largest[:TRIED]], lossy=lossy)
    ):
        return natives
    found = recover_parts([crops[each] for each in largest], lossy=lossy)
    for each, native in zip(largest, found, strict=True):
        natives[each] = native
    return natives


def _agree(natives: Sequence[Native | None], crops: Sequence[Pixels]) -> Pitch | None:
    """Return the width and height of the cells that most sprites have, None if they disagree."""
    found = [(each.pitch, crop.size) for each, crop in zip(natives, crops, strict=True) if each]
    if not found:
        return None
    order = sorted(found, key=lambda each: each[0][0] * each[0][1])
    halves = np.cumsum([area for _, area in order])
    pitch = order[int(np.searchsorted(halves, halves[-1] / 2))][0]
    agreeing = sum(area for each, area in found if _is_alike(each, pitch))
    searched = sorted(crop.size for crop in crops)[-SEARCHED:]
    return pitch if agreeing >= AGREED * sum(searched) else None


def _is_alike(one: Pitch, other: Pitch) -> bool:
    return all(abs(a / b - 1) <= ALIKE for a, b in zip(one, other, strict=True))


def _take(art: Artwork, native: Native | None, pitch: Pitch) -> Artwork:
    """Return a sprite in cells; one without a lattice even so is averaged to such cells."""
    cell = math.sqrt(pitch[0] * pitch[1])
    if native is None or not _is_alike(native.pitch, pitch):
        native = recover(art.pixels, hint=GridHint(cell=cell), lossy=art.lossy)
    if native is None:
        small = fit.pixelate(art.pixels, max(1, round(max(art.pixels.shape[:2]) / cell)))
        native = Native(small, pitch, 0.0)
    return replace(
        art,
        pixels=native.pixels,
        cell=native.cell,
        pitch=native.pitch,
        confidence=native.confidence,
    )

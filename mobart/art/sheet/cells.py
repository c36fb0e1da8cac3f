"""Sprites of one sheet brought to their native size: cells of one size, lattices of their own."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mobart.art import fit
from mobart.art.artwork import Artwork
from mobart.art.files.decode import Pixels
from mobart.art.frame import Box
from mobart.art.pixelgrid.hint import GridHint
from mobart.art.pixelgrid.recover import Native, Source, recover, recover_parts
from mobart.art.recipe import Recipe

PROBES = 6
"""Largest sprites that are asked for their cells where the whole picture has no lattice."""


def recover_sprites(
    art: Artwork,
    crops: Sequence[Pixels],
    sources: Sequence[Box],
    whole: Native | None,
    recipe: Recipe,
) -> list[Artwork]:
    """Bring every sprite to its native size, if the picture has cells."""
    bare = [replace(art, pixels=crop, unfulfilled=()) for crop in crops]
    if art.native or recipe.preset.grid == "off":
        return bare
    cell = whole.cell if whole is not None else _probe(crops, sources, art)
    if not cell:
        return [replace(each, grid="no_lattice") for each in bare]
    natives = recover_parts(crops, hint=GridHint(cell=cell), lossy=art.lossy)
    told = Source.LATTICE if whole is None else whole.source
    confidence = 0.0 if whole is None else whole.confidence
    return [
        _take(each, native, told, confidence, cell)
        for each, native in zip(bare, natives, strict=True)
    ]


def _probe(crops: Sequence[Pixels], sources: Sequence[Box], art: Artwork) -> float:
    """Return the side of the cells that half of the largest sprites agree to have, 0 for none."""
    order = sorted(range(len(crops)), key=lambda k: -sources[k].width * sources[k].height)
    probed = [recover(crops[k], lossy=art.lossy) for k in order[:PROBES]]
    cells = [native.cell for native in probed if native is not None]
    return float(np.median(cells)) if 2 * len(cells) >= len(probed) else 0.0


def _take(
    art: Artwork, native: Native | None, told: Source, confidence: float, cell: float
) -> Artwork:
    """Return a sprite in cells; one without a lattice of its own is averaged to such cells."""
    if native is None:
        small = fit.pixelate(art.pixels, max(1, round(max(art.pixels.shape[:2]) / cell)))
        native = Native(small, (cell, cell), 0.0)
    return replace(
        art,
        pixels=native.pixels,
        cell=native.cell,
        pitch=native.pitch,
        confidence=confidence or native.confidence,
        grid=told,
    )

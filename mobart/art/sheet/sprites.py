"""Which parts of a picture are one sprite, and in which order a person would read them.

What hangs together is one part.  A small part beside a large one belongs to it (a spark, a tip of a
sword, the dot of an i); so does one that lies within a large one's box.  A small part that is far
from all large ones is a sprite of its own, unless it is a speck.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mobart.art.frame import Box
from mobart.art.regions import Labels, Mask
from mobart.art.sheet.parts import Part, find_parts
from mobart.art.sheet.touching import part_touching

SMALL = 0.12
"""Area below which a part may belong to another, as a share of that of usual parts."""
REACH = 0.12
"""Distance over which it does, as a share of the longest side of usual parts: a twelfth of a figure
lies between a hand and what it throws; sprites of a sheet stand apart by a fifth and more."""
INSIDE = 0.6
"""Share of a part's box within another's from which both are one sprite."""
SPECK = 0.01
"""Area below which a part that belongs to none is no sprite, as a share of that of usual parts."""
OVERLAP = 0.5
"""Share of a sprite's height within a row's from which it stands in that row."""
MOST_PARTS = 500
"""Parts up to which sprites that touch are looked for; more are grain, and would take long."""
MOST, MOST_SMALL = 100, 1000
"""Sprites that a sheet has at most, and small parts that are looked at, the largest of them: the
work grows with the product of both, and what is smaller is grain."""
LARGEST = 0.9
"""Share of the picture's sides that a part covers at most: what covers more is a frame around all."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """One sprite: its box, the numbers of its parts, and its row in the picture, from 0."""

    box: Box
    parts: frozenset[int]
    row: int = 0


def find_sprites(mask: Mask) -> tuple[Labels, list[Sprite], int]:
    """Return the parts of *mask*, the sprites they make in reading order, and how many specks."""
    labels, regions = find_parts(mask)
    regions = [each for each in regions if not _surrounds(each.box, mask.shape)]
    if not regions:
        return labels, [], 0
    usual = _usual([region.area for region in regions])
    if len(regions) < MOST_PARTS:
        regions = part_touching(labels, regions, SMALL * usual)
    large = [each for each in regions if each.area >= SMALL * usual]
    alone = [Sprite(region.box, frozenset({region.number})) for region in large]
    if len(alone) > 2 * MOST:
        return labels, alone, 0
    reach = REACH * float(np.median([max(r.box.width, r.box.height) for r in large]))
    sprites = _merge(alone)
    small = sorted((r for r in regions if r.area < SMALL * usual), key=lambda r: -r.area)
    specks = max(0, len(small) - MOST_SMALL)
    for region in small[:MOST_SMALL]:
        sprites, is_speck = _add(sprites, region, reach, SPECK * usual)
        specks += is_speck
    return labels, _in_order(_merge(sprites)), specks


def _surrounds(box: Box, shape: tuple[int, ...]) -> bool:
    return box.height > LARGEST * shape[0] and box.width > LARGEST * shape[1]


def _usual(areas: Sequence[int]) -> float:
    """Return the area of the part in which half of all area is reached: specks do not count."""
    ordered = np.sort(np.array(areas))
    return float(ordered[np.searchsorted(ordered.cumsum(), ordered.sum() / 2)])


def _add(
    sprites: list[Sprite], region: Part, reach: float, speck: float
) -> tuple[list[Sprite], bool]:
    """Give a small part to the nearest sprite within *reach*, or make it one; tell if it is a speck."""
    away = [_distance(sprite.box, region.box) for sprite in sprites]
    nearest = int(np.argmin(away)) if away else 0
    own = Sprite(region.box, frozenset({region.number}))
    if away and away[nearest] <= reach:
        joined = _join(sprites[nearest], own)
        return [*sprites[:nearest], joined, *sprites[nearest + 1 :]], False
    if region.area < speck:
        return sprites, True
    return [*sprites, own], False


def _merge(sprites: list[Sprite]) -> list[Sprite]:
    """Join those of which one lies mostly within the other's box."""
    merged: list[Sprite] = []
    for sprite in sorted(sprites, key=lambda each: -each.box.width * each.box.height):
        for place, larger in enumerate(merged):
            if _shared(larger.box, sprite.box) >= INSIDE * sprite.box.width * sprite.box.height:
                merged[place] = _join(larger, sprite)
                break
        else:
            merged.append(sprite)
    return merged


def _join(one: Sprite, other: Sprite) -> Sprite:
    x, y = min(one.box.x, other.box.x), min(one.box.y, other.box.y)
    right = max(one.box.x + one.box.width, other.box.x + other.box.width)
    bottom = max(one.box.y + one.box.height, other.box.y + other.box.height)
    return Sprite(Box(x, y, right - x, bottom - y), one.parts | other.parts)


def _distance(one: Box, other: Box) -> float:
    """Return how far two boxes are apart: the larger gap of both axes."""
    across = max(other.x - one.x - one.width, one.x - other.x - other.width, 0)
    down = max(other.y - one.y - one.height, one.y - other.y - other.height, 0)
    return max(across, down)


def _shared(one: Box, other: Box) -> int:
    """Return the area that two boxes share."""
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return max(0, across) * max(0, down)


def _in_order(sprites: list[Sprite]) -> list[Sprite]:
    """Order by rows from the top, each from the left; a row is what stands beside each other."""
    rows: list[list[Sprite]] = []
    top = bottom = 0
    for sprite in sorted(sprites, key=lambda each: (2 * each.box.y + each.box.height, each.box.x)):
        box = sprite.box
        shared = min(bottom, box.y + box.height) - max(top, box.y)
        if rows and shared >= OVERLAP * min(box.height, bottom - top):
            rows[-1].append(sprite)
            top, bottom = min(top, box.y), max(bottom, box.y + box.height)
        else:
            rows.append([sprite])
            top, bottom = box.y, box.y + box.height
    return [
        Sprite(sprite.box, sprite.parts, number)
        for number, row in enumerate(rows)
        for sprite in sorted(row, key=lambda each: (each.box.x, each.box.y))
    ]

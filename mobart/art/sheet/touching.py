"""Sprites that touch, separated: a region much longer than the others is cut at its necks.

The region is worn away from its rim until it falls into parts as large as sprites, which then grow
back into it.  Only where most sprites stand alone is it known how large one is.
"""

import numpy as np

from mobart.art.regions import Labels, Mask
from mobart.art.sheet.parts import Part, find_parts

LONG = 1.6
"""Length from which a region may be two sprites, as a share of the usual one: two that overlap by
a fifth are that long together."""
OTHERS = 2
"""Regions of usual length, at least, to know what is usual."""
LEAST = 0.25
"""Area of each part as a share of the usual sprite: less is a limb."""
WORN = 0.06
"""Width of rim, as a share of the usual length, that is worn away at most: necks an eighth as wide."""


def part_touching(labels: Labels, regions: list[Part], least: float) -> list[Part]:
    """Cut regions that are longer than others, in *labels* too; return all regions.

    Regions of an area below *least* say nothing of how large sprites are.
    """
    large = [region for region in regions if region.area >= least]
    lengths = [max(region.box.width, region.box.height) for region in large]
    if len(large) <= OTHERS:
        return regions
    usual = float(np.median(lengths))
    area = float(np.median([region.area for region in large]))
    number = len(regions)
    for region, length in zip(large, lengths, strict=True):
        if length < LONG * usual:
            continue
        box = region.box
        window = labels[box.y : box.y + box.height, box.x : box.x + box.width]
        parts = _cut(window == region.number, round(WORN * usual), LEAST * area)
        if parts is not None:
            window[parts > 1] = number + parts[parts > 1] - 1
            number += int(parts.max()) - 1
    return regions if number == len(regions) else _measure(labels, number)


def _cut(mask: Mask, most: int, least: float) -> Labels | None:
    """Return the parts of *mask*, from 1, that are left when its rim is worn away; None for one."""
    core = mask
    for _ in range(most):
        core = _wear(core)
        labels, regions = find_parts(core)
        parts = [region.number for region in regions if region.area >= least]
        if len(parts) > 1:
            seeds = np.zeros(labels.shape, np.int32)
            for place, part in enumerate(parts, 1):
                seeds[labels == part] = place
            return _grow_back(seeds, mask)
    return None


def _wear(mask: Mask) -> Mask:
    """Return *mask* without the places that have a side at something else."""
    around = np.pad(mask, 1)
    beside = around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]
    return np.asarray(mask & beside)


def _grow_back(seeds: Labels, mask: Mask) -> Labels:
    """Spread the numbers of *seeds* over all of *mask*, step by step over sides, then corners."""
    before = -1
    while before != (before := int((seeds > 0).sum())):
        for shifts in (((0, 1), (1, 0), (1, 2), (2, 1)), ((0, 0), (0, 2), (2, 0), (2, 2))):
            padded = np.pad(seeds, 1)
            for y, x in shifts:
                near = padded[y : y + mask.shape[0], x : x + mask.shape[1]]
                seeds = np.where((seeds == 0) & mask, near, seeds)
    return seeds


def _measure(labels: Labels, count: int) -> list[Part]:
    """Return the regions 1 to *count* of *labels*."""
    found = []
    for number in range(1, count + 1):
        own = find_parts(labels == number)[1]
        found.append(_join(number, own))
    return found


def _join(number: int, parts: list[Part]) -> Part:
    boxes = [part.box for part in parts]
    left, top = min(b.x for b in boxes), min(b.y for b in boxes)
    right = max(b.x + b.width for b in boxes)
    bottom = max(b.y + b.height for b in boxes)
    area = sum(part.area for part in parts)
    return Part(number, type(boxes[0])(left, top, right - left, bottom - top), area)

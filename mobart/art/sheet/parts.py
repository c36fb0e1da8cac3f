"""The parts of a sheet's mask: what hangs together, over corners too, with its box and area."""

from dataclasses import dataclass

from mobart.art.frame import Box
from mobart.art.regions import Labels, Mask, find_regions


@dataclass(frozen=True, slots=True)
class Part:
    """A connected part of a mask: its number, its box, and how many places it has."""

    number: int
    box: Box
    area: int


def find_parts(mask: Mask) -> tuple[Labels, list[Part]]:
    """Return the parts of *mask*, joined over sides and corners, in order of their first place."""
    regions = find_regions(mask, corners=True)
    numbered = zip(regions.boxes(), regions.areas().tolist(), strict=True)
    return regions.labels(), [Part(k, box, area) for k, (box, area) in enumerate(numbered, 1)]

"""Choosing among the shapes that a provider has."""

import math
import re
from collections.abc import Iterable

_RATIO = re.compile(r"(\d{1,5})(?:[:x])(\d{1,5})", re.ASCII)


def ratio(text: str) -> float | None:
    """Read `3:2`, or a size as `1536x1024`, as width over height; None if it is neither."""
    match = _RATIO.fullmatch(text.strip())
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    return width / height if width and height else None


def nearest(wanted: str, shapes: Iterable[str]) -> str | None:
    """Return which of *shapes* is least distorted from *wanted*; None if that is no shape."""
    aim = ratio(wanted)
    known = {shape: found for shape in shapes if (found := ratio(shape)) is not None}
    if aim is None or not known:
        return None
    return min(known, key=lambda shape: abs(math.log(known[shape] / aim)))

"""Aspect ratios such as `3:2`: the nearest that a provider has, or a size in pixels."""

import math
import re
from collections.abc import Iterable

WIDEST = 4.0
"""Widest and, as its inverse, tallest picture that diffusion models were trained near."""
_RATIO = re.compile(r"(\d{1,5})(?:[:x])(\d{1,5})", re.ASCII)


def ratio(text: str) -> float | None:
    """Read `3:2`, or a size such as `1536x1024`, as width over height; None if it is neither."""
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


def size_of(aspect_ratio: str, *, area: int, step: int) -> tuple[int, int]:
    """Return width and height of about *area* pixels, both multiples of *step*.

    An *aspect_ratio* that cannot be read counts as 1:1, one beyond `WIDEST` as that.
    """
    aim = min(max(ratio(aspect_ratio) or 1.0, 1 / WIDEST), WIDEST)
    wide = math.sqrt(area * aim)
    return _stepped(wide, step), _stepped(wide / aim, step)


def _stepped(side: float, step: int) -> int:
    return max(step, round(side / step) * step)

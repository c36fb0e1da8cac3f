"""The width and height that an order has in true pixels, for providers that paint pixel art."""

import math
import re

from mobart.core.orders import Order
from mobart.providers.aspect import ratio

SIZE = re.compile(r"([1-9]\d{0,3})x([1-9]\d{0,3})", re.ASCII)


def read_size(text: object) -> tuple[int, int] | None:
    """Read a size such as `128x96`; None if it is none."""
    match = SIZE.fullmatch(text) if isinstance(text, str) else None
    return (int(match[1]), int(match[2])) if match else None


def native_size(order: Order, *, usual: tuple[int, int]) -> tuple[int, int]:
    """Return width and height: those wished for, else of the order's shape and *usual* area.

    Where only the longest side is wished for, the shape decides on the other.
    """
    wishes = order.wishes
    if wishes.native is not None:
        return wishes.native
    shape = ratio(order.aspect_ratio) or usual[0] / usual[1]
    if wishes.longest:
        longest = wishes.longest
        return _sides(longest * min(1.0, shape), longest / max(1.0, shape))
    if not order.aspect_ratio:
        return usual
    wide = math.sqrt(usual[0] * usual[1] * shape)
    return _sides(wide, wide / shape)


def _sides(width: float, height: float) -> tuple[int, int]:
    return max(1, round(width)), max(1, round(height))

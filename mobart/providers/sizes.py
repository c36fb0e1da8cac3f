"""Sizes for generators that take any."""

import math

STEP = 64
"""What diffusion models like widths and heights to be multiples of."""
WIDEST = 4.0


def fitted(width: int, height: int, *, aspect_ratio: str) -> tuple[int, int]:
    """Return a size of about as many pixels in *aspect_ratio* (`3:2`; empty: as it is)."""
    if not aspect_ratio:
        return width, height
    across, _, down = aspect_ratio.partition(":")
    ratio = max(1.0, float(across)) / max(1.0, float(down))
    ratio = min(max(ratio, 1 / WIDEST), WIDEST)
    wide = math.sqrt(width * height * ratio)
    return _stepped(wide), _stepped(wide / ratio)


def _stepped(side: float) -> int:
    return max(STEP, round(side / STEP) * STEP)

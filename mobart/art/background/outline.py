"""Outlines that the ground hides in part or wholly: dark ones on near-black, blue ones on blue."""

import numpy as np

from mobart.art.background.backdrop import Backdrop
from mobart.art.regions import Mask, grow

CORE = 25.0
"""Levels beyond the reach from which a pixel is no such outline."""
HIDDEN = 3.0
"""Ratio of an outline's difference from the ground to the reach, above which none of it is hidden."""
WIDEST = 1 / 128
"""Width of an outline as a share of the picture's side, at most."""
SEEN = 0.5
"""Share of the rim along which an outline of that width is seen."""
LINED = 0.02
"""Share of the ground's colour in a subject that is drawn with black lines, at least."""


def with_faint_outline(backdrop: Backdrop, clear: Mask) -> Mask:
    """Return *clear* less an outline about the subject, as wide as it is where it can be seen."""
    core = (backdrop.distance >= backdrop.reach + CORE) & ~clear
    if not core.any():
        return clear
    widest = max(2, round(WIDEST * max(clear.shape)))
    width = _seen_width(core, clear, widest)
    rim = backdrop.distance[grow(core, width) & ~core & ~clear] if width else np.zeros(1)
    if np.median(rim) > HIDDEN * backdrop.reach:
        return clear  # it stands out: where none is seen, there is none
    if backdrop.dark:
        width = max(width, min(_line_width(backdrop, clear), widest))
    return clear & ~grow(core, width) if width else clear


def _seen_width(core: Mask, clear: Mask, widest: int) -> int:
    """Return how far from its *core* most of the subject's rim is no ground; 1 is a soft edge."""
    near, inner = grow(clear, widest), core
    for width in range(widest):
        outer = grow(inner, 1)
        ring = outer & ~inner & near
        if (ring & ~clear).sum() < SEEN * ring.sum():
            return width if width > 1 else 0
        inner = outer
    return widest


def _line_width(backdrop: Backdrop, clear: Mask) -> int:
    """Return the width of the lines of the ground's colour inside the subject, 0 for few of them."""
    lines = (backdrop.distance < backdrop.reach) & ~clear
    if lines.sum() < LINED * (~clear).sum():
        return 0
    rim = lines & grow(~lines, 1)
    return round(2 * float(lines.sum()) / max(1, int(rim.sum())))

"""Whether lines that were found are there: a chain of lines can be laid over any picture.

In pixel art edges lie at the lines and hardly between them, or, where cells blend into each
other, slopes change between the lines and hardly at them, on both axes alike.  In a painting
the lines are no different from any other place.
"""

import numpy as np

from mobart.art.lines import Score

SHARP = 1.75
"""How much stronger edges are at lines than between them, at least."""
SMOOTH = 1.45
"""How much stronger slopes change between lines than at them, at least."""
ALIKE = 1.8
"""Ratio up to which both axes are alike."""
NEAR, FAR = 0.17, 0.33
"""Distances in cells that count as at a line and as between lines."""


def holds(
    edges: tuple[Score, Score], kinks: tuple[Score, Score], lines: tuple[Score, Score]
) -> bool:
    """Tell whether *lines* (across, down) are borne out by edge and kink strength along each axis."""
    sharp, smooth = [], []
    for edge, kink, chain in zip(edges, kinks, lines, strict=True):
        at, between = _split(edge, np.arange(edge.size, dtype=np.float64) + 1, chain)
        sharp.append((at + 1e-6) / (between + 1e-6))
        at, between = _split(kink, np.arange(kink.size, dtype=np.float64) + 0.5, chain)
        smooth.append((between + 1e-6) / (at + 1e-6))
    alike = max(sharp) < ALIKE * min(sharp)
    return (min(sharp) >= SHARP and alike) or min(smooth) >= SMOOTH


def _split(strength: Score, places: Score, chain: Score) -> tuple[float, float]:
    """Mean strength at lines and between them."""
    inside = (places > chain[0]) & (places < chain[-1])
    places, strength = places[inside], strength[inside]
    cell = np.clip(np.searchsorted(chain, places) - 1, 0, chain.size - 2)
    phase = (places - chain[cell]) / np.diff(chain)[cell]
    away = np.minimum(phase, 1 - phase)
    at, between = strength[away < NEAR], strength[away > FAR]
    return float(at.mean()) if at.size else 0.0, float(between.mean()) if between.size else 0.0

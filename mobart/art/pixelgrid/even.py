"""Evenly spaced lines along one axis: the pitch and the origin under which most edges lie.

The edge strengths are multiplied by waves of one, two and three crests a cell and summed, as in a
Fourier transform: the sum's angle tells where the crests, that is the lines, have to lie.  Pitches
close to the one that runs have measured are tried, for over a hundred cells an error of one percent
would add up to a whole cell.
"""

import numpy as np

from mobart.art.pixelgrid.lines import NEIGHBOURHOOD, Score, running_mean

TRIED = 121
"""Pitches tried, over TOLERANCE to both sides: 0.05 % apart, a tenth of a cell in 200 cells."""
TOLERANCE = 0.03
TRUST = 0.015
"""Standard deviation of the pitch that runs measure, as a share."""
HARMONICS = 1.0, 0.7, 0.4
"""Weights of the waves with one, two and three crests a cell; soft borders blur the finer ones."""
ORIGINS = 64
"""Origins tried to a cell."""


def find_even_lines(edges: Score, pitch: float) -> Score:
    """Return evenly spaced lines over the whole axis, in pixels.

    *edges* is edge strength between neighbours (one less than the picture is long).  The outermost
    lines may lie up to half a cell outside: parts of cells at the ends count if they are the larger.
    """
    length = edges.size + 1
    root = np.sqrt(edges)
    strength = root - running_mean(root, NEIGHBOURHOOD * pitch)
    sizes = pitch * np.linspace(1 - TOLERANCE, 1 + TOLERANCE, TRIED)
    wave = np.exp(-2j * np.pi * np.arange(1, length) / sizes[:, None])
    turn = np.exp(2j * np.pi * np.arange(ORIGINS) / ORIGINS)
    under = np.zeros((TRIED, ORIGINS))
    for crests, weight in enumerate(HARMONICS, 1):
        under += weight * ((wave**crests @ strength)[:, None] * turn**crests).real
    under *= np.exp(-0.5 * ((sizes / pitch - 1) / TRUST) ** 2)[:, None]
    best, origin = np.unravel_index(int(under.argmax()), under.shape)
    size = float(sizes[best])
    start = float(origin) / ORIGINS * size
    first, last = round(-start / size), round((length - start) / size)
    return np.asarray(start + size * np.arange(first, last + 1), np.float64)

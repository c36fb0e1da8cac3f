"""Cells of a smooth shade told by those around them, so that its steps have clean edges.

Where a gradient is painted in few colours, grain decides to which of two steps a cell half-way between them belongs,
and the edge between the steps is full of specks.  The mean of cells that differ by no more than grain has less of it.
Only for telling a cell's colour: what is drawn differs by more, and is not mixed.
"""

import numpy as np
import numpy.typing as npt

from mobart.art.colours.oklab import Lab

Mask = npt.NDArray[np.bool_]

ROUNDS = 3
"""Each reaches a cell further: grain that generators paint is some three cells wide."""
MANY = 7
"""Cells of nine, itself among them, that differ little if a shade is smooth: of a texture fewer do."""
AROUND = ((0, 1), (1, -1), (1, 0), (1, 1))
"""Half of the neighbours of a cell, down and to the right; the others have it as theirs."""


def calm(lab: Lab, ground: Mask | None, reach: float) -> Lab:
    """Return *lab* with each cell the mean of itself and its neighbours within *reach*; *ground* is apart."""
    for _ in range(ROUNDS):
        total, count = lab.copy(), np.ones(lab.shape[:2], np.float32)
        for down, right in AROUND:
            one = slice(0, lab.shape[0] - down), slice(max(0, -right), lab.shape[1] - max(0, right))
            other = slice(down, None), slice(max(0, right), lab.shape[1] + min(0, right))
            step = lab[other] - lab[one]
            near = np.einsum("rci,rci->rc", step, step) < reach**2
            if ground is not None:
                near &= ground[one] == ground[other]
            weight = near.astype(np.float32)
            total[one] += weight[..., None] * lab[other]
            total[other] += weight[..., None] * lab[one]
            count[one] += weight
            count[other] += weight
        lab = np.where((count >= MANY)[..., None], total / count[..., None], lab)
    return lab

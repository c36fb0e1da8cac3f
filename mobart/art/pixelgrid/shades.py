"""Cells of a smooth shade told by those around them, so that its steps have clean edges.

Where a gradient is painted in few colours, grain decides to which of two steps a cell half-way between them belongs,
and the edge between the steps is full of specks.  The mean of cells that differ by no more than grain has less of it.
Only for telling a cell's colour: what is drawn differs by more, and is not mixed.
"""

import numpy as np
import numpy.typing as npt

from mobart.art.colours.oklab import Lab, nearest

Labels = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Part = tuple[slice, slice]

ROUNDS = 3
"""Each reaches a cell further: grain that generators paint is some three cells wide."""
MANY = 7
"""Cells of nine, itself among them, that differ little if a shade is smooth: of a texture fewer do."""
STEADY_ROUNDS, FEWEST = 8, 3
"""Each moves the edge of a band by a cell; and how many neighbours tell more than the cell itself."""
AROUND = ((0, 1), (1, -1), (1, 0), (1, 1))
"""Half of the neighbours of a cell, down and to the right; the others have it as theirs."""


def calm(lab: Lab, ground: Mask | None, reach: float) -> Lab:
    """Return *lab* with each cell the mean of itself and its neighbours within *reach*; *ground* is apart."""
    for _ in range(ROUNDS):
        total, count = lab.copy(), np.ones(lab.shape[:2], np.float32)
        for one, other, near in _pairs(lab, ground, reach):
            total[one] += near[..., None] * lab[other]
            total[other] += near[..., None] * lab[one]
            count[one] += near
            count[other] += near
        lab = np.where((count >= MANY)[..., None], total / count[..., None], lab)
    return lab


def steady(lab: Lab, labels: Labels, centres: Lab, where: Mask, reach: float) -> Labels:
    """Return *labels* of the cells *where*, of *centres*, with no step between alike cells but as large as it is.

    Each cell is told by its own colour and by how far those around it, within *reach*, are off theirs: what lies
    between several colours takes that of its surroundings, and the bands of a gradient have clean edges.
    """
    pairs = _pairs(lab, where, reach)
    for _ in range(STEADY_ROUNDS):
        error, border = centres[labels] - lab, np.zeros(where.shape, np.bool_)
        total, count = np.zeros_like(lab), np.zeros(where.shape, np.float32)
        for one, other, near in pairs:
            total[one] += near[..., None] * error[other]
            total[other] += near[..., None] * error[one]
            count[one] += near
            count[other] += near
            differ = (near > 0) & (labels[one] != labels[other])
            border[one] |= differ
            border[other] |= differ
        at = np.nonzero(border & where & (count >= FEWEST))
        before, labels = labels, labels.copy()
        labels[at] = nearest(lab[at] + total[at] / count[at][:, None], centres)
        if np.array_equal(before, labels):
            break
    return labels


def _pairs(lab: Lab, apart: Mask | None, reach: float) -> list[tuple[Part, Part, Lab]]:
    """Return pairs of neighbouring parts of *lab*, and where they differ by less than *reach*: 1, or 0.

    Cells of which one is in the mask *apart* and the other is not are none.
    """
    pairs = []
    for down, right in AROUND:
        one = slice(0, lab.shape[0] - down), slice(max(0, -right), lab.shape[1] - max(0, right))
        other = slice(down, None), slice(max(0, right), lab.shape[1] + min(0, right))
        step = lab[other] - lab[one]
        near = np.einsum("rci,rci->rc", step, step) < reach**2
        if apart is not None:
            near &= apart[one] == apart[other]
        pairs.append((one, other, near.astype(np.float32)))
    return pairs

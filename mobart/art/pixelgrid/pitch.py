"""Which cell sizes are worth trying: pairs of a width and a height, likeliest first."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobart.art.pixelgrid.runs import PITCHES, Curve

SQUARE = 1.16
"""Quotient of a cell's sides up to which it costs little to differ; real ones reach 1.12."""
OBLONG = 1.6
"""Quotient beyond which a side is taken for a multiple of the other."""
DIFFERENCE = 0.3
"""Price of a difference in the sides' logarithms, in scores of `runs`; by trial."""
FREE = 0.03
"""Difference in logarithms that costs nothing: three steps of PITCHES."""
UNEQUAL, ALIKE = 0.08, 0.015
"""Share of its score that a pair of unlike sides loses, and the difference in logarithms at which
it does; by trial: cells are square more often than two weak scores agree by chance."""
STRETCH = 0.4
"""Price of cells that are not square at all: each axis must be sure of itself."""
APART = 6
"""Steps of PITCHES (7 %) by which candidates differ: nearer ones lead to the same lines."""


Prices = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pitch:
    """Width and height of a cell in pixels, and how much speaks for it.

    *evidence* is the sum over both axes of what `runs` or `spectrum` score: 0 for paintings, 0.2
    to 1.8 for pixel art.  *hard* is the spectrum's score of hard borders, 1 where runs prove them.
    """

    across: float
    down: float
    evidence: float
    hard: float = 1.0

    def is_near(self, other: "Pitch", share: float) -> bool:
        """Return whether both sides differ by no more than *share* of them."""
        return (
            abs(self.across / other.across - 1) <= share
            and abs(self.down / other.down - 1) <= share
        )


def propose(across: Curve, down: Curve, count: int, longest: float) -> list[Pitch]:
    """Return the *count* best pairs from the scores of PITCHES along both axes.

    No side is longer than *longest* pixels.
    """
    alike, price = _likeness()
    score = (across[:, None] + down[None]).astype(np.float64)
    merit = score - UNEQUAL * np.maximum(score, 0) * (1 - alike) - price
    found = []
    index = np.arange(PITCHES.size)
    too_long = np.flatnonzero(longest < PITCHES)
    merit[too_long] = merit[:, too_long] = -np.inf
    for _ in range(count):
        one, two = np.unravel_index(int(merit.argmax()), merit.shape)
        found.append(Pitch(float(PITCHES[one]), float(PITCHES[two]), float(score[one, two])))
        merit[np.ix_(np.abs(index - one) < APART, np.abs(index - two) < APART)] = -np.inf
    return found


def _likeness() -> tuple[Prices, Prices]:
    """Return how alike the sides of each pair are, 0 to 1, and what their difference costs."""
    size = np.log(PITCHES)
    apart = np.abs(size[:, None] - size[None])
    price = np.where(apart < np.log(SQUARE), DIFFERENCE * np.maximum(apart - FREE, 0), STRETCH)
    return np.exp(-0.5 * (apart / ALIKE) ** 2), np.where(apart > np.log(OBLONG), np.inf, price)

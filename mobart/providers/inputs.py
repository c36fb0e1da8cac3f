"""What a hosted model is told: an order in the words of a model, which each has its own of."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from mobart.core.domain import Order

IMAGE_SIZE = "image_size"
"""The one name of an input for the shape that takes pixels instead of a ratio."""
PIXELS = 1024 * 1024
STEP = 16
"""What widths and heights are multiples of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Names of a model's inputs; "" for one that it does not have.

    *defaults* are inputs that every order gets, unless its preset says otherwise.
    """

    prompt: str = "prompt"
    negative: str = ""
    """Where there is none, what must not be seen is said in the prompt."""
    aspect_ratio: str = ""
    seed: str = ""
    defaults: Mapping[str, object] = field(default_factory=dict)

    def written(self, order: Order, *, seed: int | None = None) -> dict[str, object]:
        """Write the inputs: the preset's own words win, and nobody's but the prompt's over that.

        *seed* is used where the model takes one and nobody else chose one.
        """
        told: dict[str, object] = dict(self.defaults)
        if self.aspect_ratio and order.aspect_ratio:
            told[self.aspect_ratio] = self._shape(order.aspect_ratio)
        if self.negative and order.negative:
            told[self.negative] = order.negative
        told |= order.parameters
        if self.seed and seed is not None:
            told.setdefault(self.seed, seed)
        told[self.prompt] = self.worded(order)
        return told

    def worded(self, order: Order) -> str:
        """Return the prompt as the model gets it."""
        if self.negative or not order.negative:
            return order.prompt
        return f"{order.prompt}\n\nAvoid: {order.negative}"

    def _shape(self, ratio: str) -> object:
        return size_of(ratio) if self.aspect_ratio == IMAGE_SIZE else ratio


def size_of(ratio: str) -> dict[str, int]:
    """Return width and height of a picture of about a megapixel in a *ratio* such as `3:2`."""
    width, _, height = ratio.partition(":")
    root = math.sqrt(float(width) / float(height) * PIXELS)
    sides = {"width": root, "height": PIXELS / root}
    return {name: max(STEP, round(side / STEP) * STEP) for name, side in sides.items()}

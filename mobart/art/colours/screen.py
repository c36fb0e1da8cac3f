"""The green or magenta of a screen: a ground that is meant to be cut away, in a colour that nobody paints with."""

import numpy as np
import numpy.typing as npt

Levels = npt.NDArray[np.floating]

KEYED = 80
"""Levels by which green lies above both other channels, or below, in a ground made for cutting."""


def is_key(colour: Levels) -> bool:
    """Return whether *colour* is a green or magenta such as nobody paints with."""
    return bool(abs(greenness(colour)) >= KEYED)


def greenness(colours: Levels) -> Levels:
    """Return by how many levels green lies above both other channels, or (negative) below both."""
    red, green, blue = np.moveaxis(colours, -1, 0)
    high, low = np.maximum(red, blue), np.minimum(red, blue)
    return np.where(green > high, green - high, np.where(green < low, green - low, 0))

"""Colours whose primaries and curve a PNG tells by numbers, cICP or cHRM with gAMA, to those of sRGB.

What browsers do: light by the file's own curve, one matrix, levels by sRGB's curve (IEC 61966-2-1).  PNG
(W3C) §11.3.2, ITU-T H.273 tables 2 and 3, whites adapted as Bradford has it.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Primaries: TypeAlias = tuple[float, ...]
"""x and y of white, red, green and blue, in the order of a cHRM chunk."""
SRGB: Primaries = (0.3127, 0.329, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
BT2020: Primaries = (0.3127, 0.329, 0.708, 0.292, 0.17, 0.797, 0.131, 0.046)
P3: Primaries = (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
BY_CODE: dict[int, Primaries] = {1: SRGB, 9: BT2020, 12: P3}
"""Primaries of H.273 that pictures for screens are made with."""
VIDEO = 1 / 2.4
"""Exponent of the screens that video is made for (BT.1886)."""
EXPONENTS = {1: VIDEO, 4: 1 / 2.2, 5: 1 / 2.8, 6: VIDEO, 8: 1.0, 13: 0.0, 14: VIDEO, 15: VIDEO}
"""Transfer characteristics of H.273, as of gAMA; 0: sRGB's own curve.  Those of HDR need a screen to fit."""
NEAR = 0.005
"""Coordinates that differ by less are the same primaries, rounded."""
LEAST_VOLUME = 1e-3
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
STRIP = 64
"""Rows that are converted at a time."""


def is_usable(primaries: Primaries) -> bool:
    """Return whether these are primaries, and other ones than sRGB's."""
    if any(y <= 0 for y in primaries[1::2]) or np.allclose(primaries, SRGB, atol=NEAR):
        return False
    return bool(abs(np.linalg.det(_columns(primaries))) > LEAST_VOLUME)


def to_srgb(
    pixels: npt.NDArray[np.uint8], primaries: Primaries, gamma: float
) -> npt.NDArray[np.uint8]:
    """Convert *pixels* where they are; *gamma* is an exponent as of gAMA, 0 for sRGB's curve."""
    light = _light(gamma).astype(np.float32)
    matrix = (np.linalg.inv(_to_xyz(SRGB)) @ _to_xyz(primaries)).T.astype(np.float32)
    levels = _levels(np.arange(65536) / 65535)
    for top in range(0, len(pixels), STRIP):
        rows = pixels[top : top + STRIP, :, :3]
        found = (light[rows] @ matrix).clip(0, 1) * 65535 + 0.5
        pixels[top : top + STRIP, :, :3] = levels[found.astype(np.uint16)]
    return pixels


def _light(gamma: float) -> npt.NDArray[np.float64]:
    level = np.arange(256) / 255
    if gamma:
        return np.asarray(level ** (1 / gamma))
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - IEC 61966-2-1


def _levels(light: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    level = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)  # noqa: PLR2004 - as above
    found: npt.NDArray[np.uint8] = np.rint(255 * level).astype(np.uint8)
    return found


def _columns(primaries: Primaries) -> npt.NDArray[np.float64]:
    return np.array([_xyz(*primaries[at : at + 2]) for at in (2, 4, 6)]).T


def _xyz(x: float, y: float) -> tuple[float, float, float]:
    return x / y, 1.0, (1 - x - y) / y


def _to_xyz(primaries: Primaries) -> npt.NDArray[np.float64]:
    """Return the matrix from light to XYZ, white adapted to sRGB's."""
    columns, white = _columns(primaries), np.array(_xyz(*primaries[:2]))
    own = columns * (np.linalg.inv(columns) @ white)
    cones = (BRADFORD @ np.array(_xyz(*SRGB[:2]))) / (BRADFORD @ white)
    return np.asarray(np.linalg.inv(BRADFORD) @ np.diag(cones) @ BRADFORD @ own)

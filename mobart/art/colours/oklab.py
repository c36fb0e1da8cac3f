"""OKLab (Ottosson 2020): a colour space in which equal steps look alike.

Plain OKLab makes much of differences near black that nobody sees; a little light added to every
colour, as a screen in a lit room has it, puts that right.
"""

import numpy as np
import numpy.typing as npt

Lab = npt.NDArray[np.float32]
"""Any shape x 3: lightness 0 to 1, green-red, blue-yellow."""

AT_ONCE = 8192
"""Colours whose distances are measured at once."""
LEVELS = np.arange(256) / 255.0
TOE = 0.04045
LINEAR = np.where(LEVELS <= TOE, LEVELS / 12.92, ((LEVELS + 0.055) / 1.055) ** 2.4)
ROOM_LIGHT = np.float32(0.002)
TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)


def to_oklab(rgb: npt.NDArray[np.uint8] | npt.NDArray[np.float32]) -> Lab:
    """Convert sRGB levels (0 to 255, any shape x 3, fractions allowed) to OKLab."""
    if rgb.dtype == np.uint8:
        linear = LINEAR.astype(np.float32)[rgb]
    else:
        linear = np.interp(rgb.astype(np.float32), np.arange(256), LINEAR).astype(np.float32)
    return np.asarray(np.cbrt(linear @ TO_CONES.T + ROOM_LIGHT) @ TO_LAB.T, np.float32)


def nearest(flat: Lab, centres: Lab) -> npt.NDArray[np.intp]:
    """Return the index of the centre nearest to each colour."""
    labels = np.empty(flat.shape[0], np.intp)
    half = (centres**2).sum(1) / 2
    for start in range(0, flat.shape[0], AT_ONCE):
        part = slice(start, start + AT_ONCE)
        labels[part] = (half - flat[part] @ centres.T).argmin(1)
    return labels

"""The lines of a painted checker: where it changes from one tone to the other, at any cell size.

A checker is the product of one square wave across and one down. Both are found at once as the best
product of a row and a column (a rank-one fit by alternating averages), so neither the size of a
cell nor even spacing is asked for, only that lines run straight through the picture.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobart.art.background.checker import find_tones
from mobart.art.background.regions import Mask, Plane
from mobart.art.files.decode import Pixels

Wave = npt.NDArray[np.float32]

ROUNDS = 6
"""Averages taken each way; four were enough for subjects that cover half of every line."""
AGREE = 0.5
"""Half of the way between the two tones: nearer to what is expected counts as agreement."""
LEAST_AGREEMENT = 0.6
"""Share of the border ring that the two waves must explain."""
LEAST_TURNS = 5
"""Changes of tone along each side; a checker of eighths of a side has seven."""
RING = 6
"""Width of the border ring in pixels, as in `checker`."""
BESIDE = 1
"""Pixels on either side of a line within which a blend of both tones is ground as well."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """A checker of the colours *dark* and *bright* (three levels each).

    *across* and *down* are its waves, -1 or 1; where their product is 1 it is bright. *ground* tells
    which pixels are plainly checker.
    """

    dark: npt.NDArray[np.float32]
    bright: npt.NDArray[np.float32]
    across: Wave
    down: Wave
    ground: Mask

    def light_cells(self) -> Mask:
        """Return which pixels should have the lighter tone."""
        return np.asarray(np.multiply.outer(self.down, self.across) > 0)

    def cell(self) -> float:
        """Mean side of a cell in pixels."""
        waves = (self.across, self.down)
        return float(np.mean([wave.size / (_turns(wave) + 1) for wave in waves]))

    def away(self, levels: Pixels) -> tuple[Plane, Plane, Plane]:
        """Return each channel of *levels* less the checker; on a line, less the nearest blend."""
        light = np.multiply.outer(_soften(self.down), _soften(self.across))
        middle, half = (self.bright + self.dark) / 2, (self.bright - self.dark) / 2
        lined = _lines(self.down)[:, None] | _lines(self.across)[None]
        blend = sum((levels[..., c] - middle[c]) * (half[c] / (half**2).sum()) for c in range(3))
        np.copyto(light, np.clip(blend, -1, 1).astype(np.float32), where=lined)
        one, two, three = (levels[..., c] - (middle[c] + half[c] * light) for c in range(3))
        return one, two, three


def find_lattice(rgb: Pixels) -> Lattice | None:
    """Return the checker around the subject of *rgb* (rows x columns x 3), None if there is none."""
    tones = find_tones(rgb)
    if tones is None:
        return None
    level, known = tones.place(rgb)
    down = np.sign(level[:, RING // 2])
    across = np.zeros(level.shape[1], np.float32)
    for _ in range(ROUNDS):
        across = np.sign(down @ level)
        down = np.sign(level @ across)
    if min(_turns(across), _turns(down)) < LEAST_TURNS:
        return None
    agreeing = known & (np.abs(level - np.multiply.outer(down, across)) < AGREE)
    ring = np.ones(level.shape, bool)
    ring[RING:-RING, RING:-RING] = False
    if agreeing[ring].mean() < LEAST_AGREEMENT:
        return None
    return _with_colours(rgb, agreeing, across, down)


def _with_colours(rgb: Pixels, seen: Mask, across: Wave, down: Wave) -> Lattice:
    """Return the lattice with its two colours taken from what is *seen* of it."""
    light = np.multiply.outer(down, across) > 0
    dark, bright = (
        np.median(rgb[seen & part][::11], axis=0).astype(np.float32) for part in (~light, light)
    )
    return Lattice(dark, bright, across, down, seen)


def _turns(wave: Wave) -> int:
    return int((np.diff(wave) != 0).sum())


def _soften(wave: Wave) -> Wave:
    """Average over three pixels, as the picture was."""
    wide = np.pad(wave, 1, "edge")
    return ((wide[:-2] + wide[1:-1] + wide[2:]) / 3).astype(np.float32)


def _lines(wave: Wave) -> Mask:
    """Tell which pixels lie beside a change of tone."""
    turn = np.zeros(wave.size + 1, bool)
    turn[1:-1] = np.diff(wave) != 0
    lined = turn[1:] | turn[:-1]
    for _ in range(BESIDE):
        wide = np.pad(lined, 1)
        lined = wide[:-2] | wide[1:-1] | wide[2:]
    return lined

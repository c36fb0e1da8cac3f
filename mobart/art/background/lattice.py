"""The lines of a painted checker: where it changes from one tone to the other, at any cell size.

A checker is the product of one square wave across and one down. Both are found at once as the best
product of a row and a column (a rank-one fit by alternating averages), so neither the size of a
cell nor even spacing is asked for, only that lines run straight through the picture.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from mobart.art.background.checker import Tones, find_tones
from mobart.art.files.decode import Pixels
from mobart.art.regions import Mask, Plane, grow

Wave = npt.NDArray[np.float32]
Planes = tuple[Plane, Plane, Plane]

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
PLAIN = 0.76
"""Mean distance from the middle of the tones, 1 at either, of a window that shows no shades: grey signs, ice and
fur beside a checker have up to 0.75."""
BALANCED = 0.25
"""Mean between the tones, -1 to 1, up to which a window holds as much of one as of the other."""
RARE = 0.12
"""Share of a window that may have neither tone: what JPEG leaves along the lines."""
STRAY = 0.7
"""Share of a window that agrees with the waves, below which its checker is not theirs."""
JITTER = 1
"""Pixels by which a painted line strays from straight."""


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
    stray: Mask
    """Where both tones alternate, but not as the waves say."""

    def light_cells(self) -> Mask:
        """Return which pixels should have the lighter tone."""
        return np.asarray(np.multiply.outer(self.down, self.across) > 0)

    def agrees(self, levels: Pixels) -> Mask:
        """Return which pixels of *levels* have the tone that is due."""
        level, known = Tones(self.dark, self.bright).place(levels)
        return known & (np.abs(level - np.multiply.outer(self.down, self.across)) < AGREE)

    def cell(self) -> float:
        """Mean side of a cell in pixels."""
        waves = (self.across, self.down)
        return float(np.mean([wave.size / (_turns(wave) + 1) for wave in waves]))

    def away(self, levels: Pixels) -> Planes:
        """Return each channel of *levels* less the checker, whose lines may be JITTER pixels off."""
        middle, half = (self.bright + self.dark) / 2, (self.bright - self.dark) / 2
        lowest, highest = self._range()
        along = sum((levels[..., c] - middle[c]) * (half[c] / (half**2).sum()) for c in range(3))
        light = np.clip(np.asarray(along, np.float32), lowest, highest)
        np.copyto(light, np.clip(along, -1, 1), where=self.stray)
        one, two, three = (levels[..., c] - (middle[c] + half[c] * light) for c in range(3))
        return one, two, three

    def _range(self) -> tuple[Plane, Plane]:
        """Return the darkest and the brightest place between the tones that each pixel may have."""
        (low_down, high_down), (low_across, high_across) = map(_bounds, (self.down, self.across))
        corners = [
            np.multiply.outer(down, across)
            for down in (low_down, high_down)
            for across in (low_across, high_across)
        ]
        return np.minimum.reduce(corners), np.maximum.reduce(corners)


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
    stray = _find_stray(level, known, agreeing, round(level.shape[0] / (_turns(down) + 1)))
    return _with_colours(rgb, agreeing, stray, (across, down))


def _find_stray(level: Plane, known: Mask, agreeing: Mask, cell: int) -> Mask:
    """Return where a window of three cells holds nothing but both tones, and the waves fail."""
    middle, size, tone, right = (
        np.asarray(
            Image.fromarray(np.rint(part * 100 + 100).astype(np.uint8)).filter(
                ImageFilter.BoxBlur(1.5 * cell)
            )
        )
        / np.float32(100)
        - 1
        for part in (level, np.abs(level), known, agreeing)
    )
    plain = (tone > 1 - RARE) & (size > PLAIN)
    checkered = plain & (np.abs(middle) < BALANCED) & (right < STRAY)
    return grow(checkered, cell) & known


def _with_colours(rgb: Pixels, seen: Mask, stray: Mask, waves: tuple[Wave, Wave]) -> Lattice:
    """Return the lattice with its two colours taken from what is *seen* of it."""
    across, down = waves
    light = np.multiply.outer(down, across) > 0
    dark, bright = (
        np.median(rgb[seen & part][::11], axis=0).astype(np.float32) for part in (~light, light)
    )
    return Lattice(dark, bright, across, down, seen, stray)


def _turns(wave: Wave) -> int:
    return int((np.diff(wave) != 0).sum())


def _bounds(wave: Wave) -> tuple[Wave, Wave]:
    """Return the least and the largest of *wave*, softened as the picture was, within JITTER."""
    wide = np.pad(wave, 1 + JITTER, "edge")
    soft = ((wide[:-2] + wide[1:-1] + wide[2:]) / 3).astype(np.float32)
    near = np.lib.stride_tricks.sliding_window_view(soft, 2 * JITTER + 1)
    return near.min(1), near.max(1)

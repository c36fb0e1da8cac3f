"""The painted "transparency" checker: two neutral tones in squares all around the subject.

Generators paint it where real transparency was asked for.  Its own lattice is stronger than that
of the art, so it is found first and looked through.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobart.art.pixelgrid.edges import Plane

Mask = npt.NDArray[np.bool_]

RING = 6
"""Width of the border that is looked at, in pixels."""
NEUTRAL = 22
"""Levels by which channels of a grey may differ under JPEG noise."""
APART = 16
"""Levels between the two tones at least."""
LEAST_APART = 9
"""Levels between two tones whose lattice is asked for afterwards; less is grain."""
DARKEST = 90
"""Level below which two tones are a dungeon rather than a sign of transparency."""
TOLERANCE = 18
"""Levels by which JPEG noise takes a pixel off its tone; measured at quality 80."""
NEAR = 12
"""Levels within which a border pixel counts for a tone; below APART, so that it counts once."""
LEAST_SHARE = 0.15
"""Share of the border that each tone has at least, where a subject hides most of a side."""
BOTH_SHARE = 0.55
"""Share of the border that both tones have together, lines between them left out."""
TURNS = 12
"""Changes of tone along the whole border: three a side."""


@dataclass(frozen=True, slots=True)
class Checker:
    """The two tones of a painted checker, in levels."""

    dark: int
    light: int

    @property
    def middle(self) -> int:
        """The tone between the two."""
        return (self.dark + self.light) // 2

    def covers(self, planes: list[Plane]) -> Mask:
        """Tell which pixels have one of the tones or a blend of both."""
        red, green, blue = planes[:3]
        top = np.maximum(np.maximum(red, green), blue)
        bottom = np.minimum(np.minimum(red, green), blue)
        low = np.uint8(max(0, self.dark - TOLERANCE))
        high = np.uint8(min(255, self.light + TOLERANCE))
        return (bottom >= low) & (top <= high) & (top - bottom <= NEUTRAL)


def find_checker(planes: list[Plane]) -> Checker | None:
    """Return the checker around the picture, None if there is none."""
    if min(planes[0].shape) < 4 * RING:
        return None
    ring = np.concatenate([_ring(plane)[None] for plane in planes[:3]]).astype(np.int16)
    neutral = np.ptp(ring, axis=0) <= NEUTRAL
    level = ring.mean(0)
    tones = _two_tones(level[neutral])
    if tones is None:
        return None
    shares = [
        ((np.abs(level - tone) <= NEAR) & neutral).mean() for tone in (tones.dark, tones.light)
    ]
    if min(shares) < LEAST_SHARE or sum(shares) < BOTH_SHARE:
        return None
    return tones if _turns(level[neutral], tones) >= TURNS else None


@dataclass(frozen=True, slots=True)
class Tones:
    """The two colours that alternate around a picture, three levels each."""

    dark: npt.NDArray[np.float32]
    light: npt.NDArray[np.float32]

    def place(self, rgb: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.float32], Mask]:
        """Place each pixel between the tones, -1 to 1, and tell which are near that line at all.

        Pixels off the line are placed at 0.
        """
        middle, half = (self.light + self.dark) / 2, (self.light - self.dark) / 2
        off = [rgb[..., c] - middle[c] for c in range(3)]
        along = sum(off[c] * (half[c] / (half**2).sum()) for c in range(3))
        along = np.clip(along, -1, 1).astype(np.float32)
        aside = sum((off[c] - half[c] * along) ** 2 for c in range(3))
        near = np.asarray(aside < 3 * TOLERANCE**2)
        along[~near] = 0
        return along, near


def find_tones(rgb: npt.NDArray[np.uint8]) -> Tones | None:
    """Return the two commonest tones of the border of *rgb*, None if there are no two."""
    if min(rgb.shape[:2]) < 4 * RING:
        return None
    ring = np.stack([_ring(rgb[..., c]) for c in range(3)], 1).astype(np.float32)
    level = ring.mean(1)
    counts = np.bincount(np.rint(level).astype(int), minlength=256)
    near = np.convolve(counts, np.ones(5), "same")
    first = int(near.argmax())
    near[max(0, first - LEAST_APART) : first + LEAST_APART + 1] = 0
    second = int(near.argmax())
    if near[second] < LEAST_SHARE * level.size:
        return None
    dark, light = (
        np.median(ring[np.abs(level - tone) <= LEAST_APART // 2], 0).astype(np.float32)
        for tone in sorted((first, second))
    )
    return Tones(dark, light)


def _ring(plane: Plane) -> Plane:
    """Return the border as one row: four sides, averaged over their depth."""
    sides = (plane[:RING], plane[-RING:], plane[:, :RING].T, plane[:, -RING:].T)
    middle = RING // 2
    return np.concatenate([side[middle] for side in sides])


def _two_tones(level: npt.NDArray[np.float64]) -> Checker | None:
    """Return the two most frequent tones that lie far enough apart."""
    counts = np.bincount(np.clip(np.rint(level), 0, 255).astype(int), minlength=256)
    near = np.convolve(counts, np.ones(7), "same")
    first = int(near.argmax())
    near[max(0, first - APART) : first + APART + 1] = 0
    second = int(near.argmax())
    dark, light = min(first, second), max(first, second)
    return Checker(dark, light) if near[second] and dark >= DARKEST else None


def _turns(level: npt.NDArray[np.float64], tones: Checker) -> int:
    """How often the border changes from one tone to the other."""
    return int((np.diff(level > (tones.dark + tones.light) / 2) != 0).sum())


def look_through(planes: list[Plane], checker: Checker | None) -> list[Plane]:
    """Return *planes* with the checker painted over in one tone."""
    if checker is None:
        return planes
    covered = checker.covers(planes)
    tone = np.uint8(checker.middle)
    return [np.where(covered, tone, plane) for plane in planes]

"""The cell size of fake pixel art, from how regularly its structure returns.

Cells of generated pixel art lie on a lattice whose pitch is seldom a whole number and drifts.
Profiles along each axis are cut into short windows and transformed at log-spaced frequencies;
energy above what as many random edges would give is coherence.  A true pitch shows as a comb:
coherence at its frequency and the multiples, none half-way between (which tells a pitch from its
half).  Two kinds of profile are read: first differences, which mark hard cell borders, and second
differences over a third of a cell, which mark the kinks of art that was interpolated from cell to
cell and has no borders left.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from mobart.art.pixelgrid.edges import Profile

WINDOW, HOP = 256, 64
"""Length of a window and the way to the next, in pixels: nine cells of the largest pitch, short
enough that half a cell of drift over 1024 pixels does not blur it."""
FREQUENCIES = np.geomspace(1 / 60.0, 1 / 2.05, 370)
"""Cells a pixel that are looked at, 1 % apart, a quarter of what a window tells apart."""
PITCHES = np.geomspace(3.3, 28.0, 220)
"""Cell sizes in pixels that are scored; larger ones show by their runs (`runs`)."""
TEETH = (1, 2, 3, 4)
"""Multiples of a pitch's frequency that its comb has; soft borders leave no more of them."""
ANTI = 0.8
"""What lies half-way between the teeth counts against a pitch; 1 would punish grain, by trial."""
CLEAR = 0.15
"""Comb score of hard borders above which nothing else needs to be asked."""
LAG = 0.34
"""Span of second differences as a share of the pitch."""

Curve = npt.NDArray[np.float64]
Grey = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spectrum:
    """A cell size in pixels; *hard* and *soft* are the comb scores of borders and of kinks.

    *confidence* is the sum of both on the axis that shows less: near 0 for paintings.
    """

    size: float
    hard: float
    soft: float
    confidence: float


def find_spectrum(hard: tuple[Profile, Profile], grey: tuple[Grey, Grey]) -> Spectrum:
    """Find the cell size from edge profiles (bands x positions) and lightness along both axes.

    *grey* is lightness as rows x positions, across and down.
    """
    borders = np.stack([_comb(_coherence(profile)) for profile in hard])
    kinks = np.zeros_like(borders)
    if borders.mean(0).max() <= CLEAR:
        kinks = np.stack([_kinks(rows) for rows in grey])
    both = borders + kinks
    best = int(both.mean(0).argmax())
    size = float(PITCHES[best])
    sure = float(both[:, max(0, best - 4) : best + 5].max(1).min())
    return Spectrum(size, float(borders[:, best].mean()), float(kinks[:, best].mean()), sure)


def _coherence(profile: Profile) -> Curve:
    """Share of a profile's energy that returns coherently, at each of FREQUENCIES."""
    length = profile.shape[1]
    window = min(WINDOW, length)
    starts = range(0, length - window + 1, HOP)
    pieces = np.stack([profile[:, s : s + window] for s in starts], 1).reshape(-1, window)
    taper, waves = _taper(window), _waves(window)
    total = (pieces * taper).sum(1)
    centred = (pieces - (total / taper.sum())[:, None]) * taper
    power = np.abs(centred @ waves) ** 2
    chance = (centred**2).sum(1)
    return np.asarray((power - chance[:, None]).sum(0) / max(float((total**2).sum()), 1e-9))


@cache
def _waves(length: int) -> npt.NDArray[np.complex64]:
    waves = np.exp(-2j * np.pi * np.outer(np.arange(length), FREQUENCIES))
    return np.asarray(waves, np.complex64)


@cache
def _taper(length: int) -> Grey:
    return np.hanning(length + 2)[1:-1].astype(np.float32)


def _comb(curve: Curve) -> Curve:
    """Score each of PITCHES by its teeth against what lies half-way between them."""
    score = np.zeros(PITCHES.size)
    for tooth in TEETH:
        between = ANTI * _at(curve, (tooth - 0.5) / PITCHES)
        score += (_at(curve, tooth / PITCHES) - between) / tooth / len(TEETH)
    return score


def _at(curve: Curve, frequency: Curve) -> Curve:
    return np.interp(frequency, FREQUENCIES, curve, left=0.0, right=0.0)


def _kinks(grey: Grey) -> Curve:
    """Score PITCHES by second differences whose span grows with the pitch."""
    score = np.zeros(PITCHES.size)
    lags = np.maximum(1, np.round(PITCHES * LAG)).astype(int)
    for lag in np.unique(lags):
        if grey.shape[1] < 4 * lag + 4:
            continue
        near = lags == lag
        bend = np.abs(grey[:, 2 * lag :] - 2 * grey[:, lag:-lag] + grey[:, : -2 * lag])
        quiet = 1.5 * np.median(bend[::4])
        curve = _coherence(np.clip(bend - quiet, 0, 48).sum(0)[None])
        score[near] = _at(curve, 1 / PITCHES[near]) - ANTI * _at(curve, 0.5 / PITCHES[near])
    return score

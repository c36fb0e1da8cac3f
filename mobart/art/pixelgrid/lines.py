"""Where the cell borders run along one axis: elastic lines by dynamic programming.

A chain of lines may start anywhere; each gap may stretch by a quarter against the pitch at a
quadratic price.  Lines are paid for by edge strength at them; where cells blend into each other, also
by how evenly the picture runs over them, and by slopes that change half-way between.  The best chain
is found exactly, so drift, phase and count come out together and no early error can cascade.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobart.art.pixelgrid.spectrum import CLEAR, Grey

Score = npt.NDArray[np.float64]

SHORTEST_GAP, LONGEST_GAP = 0.75, 1.27
"""Gaps between lines that are tried, in pitches: real cells vary by a fifth, and within these two
no cell can be left out or split."""
LOOSE, TAUT = 9.0, 40.0
"""Price of a gap that is off by its whole pitch, squared, in usual edge strengths: for a lattice
that drifts as a whole, and where parts with lattices of their own pull the lines about.  Tried from
5 to 160 on synthetic and on real pictures."""
STIFF_SOFT = 20.0
"""The same where cells blend into each other, whose evidence is blurred."""
GAIN = 1.5
"""What smoothness counts against edges, by trial."""
STRONGEST = 48
"""Change of slope in levels above which it counts no more, as `edges.STRONGEST`."""
LAG = 0.34
"""Span of second differences in pitches, as `spectrum.LAG`."""
FAINT = 0.005
"""Comb score up to which hard borders are not trusted; full trust at five times that."""
PITCH_ERROR = 0.07
"""Share by which the lines' own mean gap may differ from the pitch and still replace it."""
STIFFER = 2.0
"""How much stiffer lines are laid the second time, when their own mean gap is known."""
NEIGHBOURHOOD = 12
"""Cells over which evidence is compared with its surroundings."""
FINEST = 14.0
"""Steps a cell is at least divided into: lines then miss borders by 4 % of a cell."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Positions are counted in `1 / fine` pixels; *pitch* in those steps too."""

    fine: int
    pitch: float

    @property
    def gaps(self) -> range:
        return range(
            max(2, int(np.ceil(SHORTEST_GAP * self.pitch))),
            int(LONGEST_GAP * self.pitch) + 1,
        )


def find_lines(
    edges: Score, grey: Grey, pitch: float, hard: float, stiffness: float = LOOSE
) -> Score:
    """Return ascending border positions in pixels (0 is the picture's first edge).

    *edges* is edge strength between neighbours (length one less than the picture), *grey* is
    lightness as rows x positions, *pitch* the cells' size in pixels.  *hard* tells how regular hard
    borders are (`Spectrum.hard`, 1 where runs have proved them); above CLEAR they alone decide.
    *stiffness* is the price of a gap that is off by its whole pitch, squared.
    """
    fine = int(np.clip(np.ceil(FINEST / pitch), 1, 4))
    scale = _Scale(fine, pitch * fine)
    trust = float(np.clip((hard - FAINT) / FAINT / 4, 0.0, 1.0))
    evidence = _edge_evidence(edges, scale)
    at_line = trust * (evidence - evidence.mean())
    between = None
    if hard < CLEAR:
        kinks = find_kinks(grey, pitch)
        blended = max(0.0, -_accord(edges, kinks, pitch))
        # Cells that blend have no edges: the slope is even over a border and changes at the cell's
        # centre.  So what pays a line is charged to the middle of the gap before it.
        smooth = GAIN * blended * _smooth_evidence(kinks, scale)
        at_line = at_line + smooth
        between = -smooth
        stiffness += blended * (STIFF_SOFT - LOOSE)
    chain = _best_chain(at_line, between, scale, stiffness)
    own = _usual_gap(chain)
    if abs(own / scale.pitch - 1) <= PITCH_ERROR:
        chain = _best_chain(at_line, between, scale, STIFFER * stiffness, own)
    return chain / fine


def _usual_gap(chain: Score) -> float:
    gaps = np.sort(np.diff(chain))
    middle = gaps[gaps.size // 5 : gaps.size - gaps.size // 5]
    return float(middle.mean()) if middle.size else 0.0


def _edge_evidence(edges: Score, scale: _Scale) -> Score:
    """Edge strength at each position, relative to its surroundings, 0 to 4."""
    length = edges.size + 1
    strength = np.concatenate([[0.0], edges, [0.0]])
    steps = np.arange(length * scale.fine + 1) / scale.fine
    smooth = _blur(np.interp(steps, np.arange(length + 1), strength), 0.12 * scale.pitch)
    root = np.sqrt(smooth)
    around = running_mean(root, NEIGHBOURHOOD * scale.pitch)
    return np.asarray(np.clip(root / np.maximum(around, 0.6 * root.mean() + 1e-9), 0, 4))


def find_kinks(grey: Grey, pitch: float) -> Score:
    """Return how sharply the slope changes at each pixel, summed over rows."""
    lag = max(1, round(LAG * pitch))
    bend = np.abs(grey[:, 2 * lag :] - 2 * grey[:, lag:-lag] + grey[:, : -2 * lag])
    kinks = np.clip(bend - 1.5 * np.median(bend[::4]), 0, STRONGEST).sum(0)
    return np.asarray(np.pad(kinks, lag), np.float64)


def _accord(edges: Score, kinks: Score, pitch: float) -> float:
    """Return whether slopes change where edges are (1) or half a cell away from them (-1).

    The latter is so where cells blend into each other: slopes change at the cells' centres.
    """
    length = kinks.size
    window = min(256, length)
    x = np.arange(length)
    strength = np.interp(x + 0.5, np.arange(1, length), edges)
    wave = np.exp(-2j * np.pi * x / pitch)
    taper = np.hanning(window + 2)[1:-1]
    both = np.zeros(3)
    for start in range(0, length - window + 1, 64):
        part = slice(start, start + window)
        one, two = (
            ((p[part] - (p[part] * taper).sum() / taper.sum()) * taper * wave[part]).sum()
            for p in (strength, kinks)
        )
        both += ((one.conjugate() * two).real, abs(one) ** 2, abs(two) ** 2)
    return float(both[0] / np.sqrt(both[1] * both[2] + 1e-9))


def _smooth_evidence(kinks: Score, scale: _Scale) -> Score:
    """How smooth the picture runs at each position, relative to its surroundings, -2 to 1."""
    steps = np.arange(kinks.size * scale.fine + 1) / scale.fine
    strength = _blur(np.interp(steps, np.arange(kinks.size) + 0.5, kinks), 0.1 * scale.pitch)
    around = running_mean(strength, NEIGHBOURHOOD * scale.pitch)
    return np.asarray(
        np.clip(1 - strength / np.maximum(around, 0.5 * strength.mean() + 1e-9), -2, 1)
    )


def _best_chain(
    at_line: Score, between: Score | None, scale: _Scale, stiffness: float, own: float = 0
) -> Score:
    """Maximise the sum over lines and gaps; blocks shorter than any gap need no inner loop.

    `best[x]` is the greatest sum that a chain ending with a line at x can have.  The line before it
    lies one gap to the left, so best[x] = at_line[x] + max over gaps g of best[x - g] - price(g):
    every chain is judged without listing any.  All x of a block as short as the shortest gap depend
    on earlier blocks only, so a block is one step of numpy.  `came` keeps the gap that won at each
    x; walking it back from the best end gives the chain.  What a line gains is counted from the
    mean (`find_lines`), or each further line would pay, wherever it lies.
    """
    gaps = np.array(scale.gaps)
    price = stiffness * (gaps / (own or scale.pitch) - 1) ** 2
    best = np.zeros(at_line.size)
    came = np.zeros(at_line.size, dtype=np.int64)
    for start in range(0, at_line.size, int(gaps[0])):
        here = np.arange(start, min(at_line.size, start + int(gaps[0])))
        before = here[None] - gaps[:, None]
        offer = np.where(before >= 0, best[before], -1e9) - price[:, None]
        if between is not None:
            offer += between[np.maximum(here[None] - gaps[:, None] // 2, 0)]
        choice = offer.argmax(0)
        value = offer[choice, np.arange(here.size)]
        # A chain may begin here, if at most one cell lies before: it could else leave out any part of
        # the picture whose lines cost more than they bring, and cells would be missing.
        first = (here <= gaps[-1]) & (value < 0)
        best[here] = np.where(first, 0.0, value) + at_line[here]
        came[here] = np.where(first, 0, gaps[choice])
    return _walk_back(best, came, int(gaps[-1]))


def _walk_back(best: Score, came: npt.NDArray[np.int64], longest: int) -> Score:
    # For the same reason the last line is within one gap of the other edge, wherever sums are greatest.
    tail = max(0, best.size - 1 - longest)
    at = tail + int(best[tail:].argmax())
    chain = [at]
    while came[at]:
        at -= int(came[at])
        chain.append(at)
    return np.array(chain[::-1], np.float64)


def running_mean(values: Score, width: float) -> Score:
    """Return the mean of *width* values about each one."""
    size = max(1, int(width))
    padded = np.pad(values, (size // 2 + 1, size - 1 - size // 2), mode="edge")
    sums = np.cumsum(padded)
    return (sums[size:] - sums[:-size]) / size


def _blur(values: Score, sigma: float) -> Score:
    sigma = max(sigma, 0.5)
    reach = max(1, int(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(values, reach, mode="edge")
    return np.convolve(padded, weights / weights.sum(), "valid")

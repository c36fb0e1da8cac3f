"""The lattice of a lossy codec's blocks, which is no artist's."""

import numpy as np

from mobart.art.pixelgrid.lines import Score

BLOCKS = (4, 8, 16)
"""Sides in pixels of the blocks of JPEG and WebP."""
CLOSE = 0.012
"""Share by which a pitch may miss a block's side: the steps of `spectrum.PITCHES`."""
SEAM_LEAD = 1.5
"""How much stronger steps are at block borders than elsewhere where blocks alone make them."""
FAINT = 4.0
"""Mean step in levels that blocks worth looking past stay below."""
ALIGNED = 0.75
"""Pixels by which a line may miss a block border."""
MOST = 0.85
"""Share of the lines that lie on block borders: a lattice of the artist drifts off them."""


def is_codec(pitch: float, chains: tuple[Score, Score], steps: tuple[Score, Score]) -> bool:
    """Return whether lines with *pitch* run along a codec's blocks.

    *chains* are the lines across and down in pixels, *steps* the mean step in levels between
    neighbouring columns and rows.
    """
    if min(abs(pitch / block - 1) for block in BLOCKS) > CLOSE:
        return False
    block = min(8, round(pitch))
    return all(
        _follows(chain, block) and _is_faint(step, block)
        for chain, step in zip(chains, steps, strict=True)
    )


def _follows(chain: Score, block: int) -> bool:
    off = np.abs(chain / block - np.rint(chain / block)) * block
    return bool((off <= ALIGNED).mean() >= MOST)


def _is_faint(step: Score, block: int) -> bool:
    seams = np.zeros(step.size, bool)
    seams[block - 1 :: block] = True
    here, elsewhere = float(step[seams].mean()), float(step[~seams].mean())
    return here > SEAM_LEAD * elsewhere and here - elsewhere < FAINT

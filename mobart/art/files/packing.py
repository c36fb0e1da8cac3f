"""Filtered rows to a zlib stream: which library, strategy and level, by what was measured.

Paintings: a filter that fits and libdeflate beat zlib's default at a quarter of its CPU; zlib's
run-length strategy beats both on some grain.  Bands of the picture decide.  Pixel art: its rows
repeat rather than change smoothly, so no filter helps; enlarged, zlib at its best finds more than
libdeflate.  `benchmarks/pngbench.py` has the figures.
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import deflate
import numpy as np

from mobart.art.choices import PngMode
from mobart.art.files.decode import Pixels
from mobart.art.files.filters import AVERAGE, PAETH, SUB, UP, Bytes, Kind, filter_rows

Packer: TypeAlias = Callable[[bytes], bytes]
BANDS, BAND = 6, 12
"""Evenly spread bands of a painting, of so many rows, on which strategies are tried."""
GRAIN = 0.4
"""Share of its raw bytes that a picture with grain takes at least."""


def _zlib(rows: bytes, level: int, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS, 9, strategy)
    return packer.compress(rows) + packer.flush()


def _libdeflate(rows: bytes, level: int) -> bytes:
    return bytes(deflate.zlib_compress(rows, level))


@dataclass(frozen=True, slots=True)
class Strategy:
    """Filters to choose from row by row, and what packs the result."""

    filters: Sequence[Kind]
    pack: Packer

    def __call__(self, pixels: Bytes) -> bytes:
        """Return *pixels* (height x width x channels) as a zlib stream."""
        return self.pack(filter_rows(pixels, self.filters).tobytes())

    def try_on(self, band: Bytes) -> int:
        """Return the bytes that a band takes, its first row only lying above the others."""
        return len(self.pack(filter_rows(band, self.filters)[1:].tobytes()))


RUN_LENGTHS = Strategy((PAETH,), partial(_zlib, level=6, strategy=zlib.Z_RLE))
QUICK = (
    Strategy((UP,), partial(_libdeflate, level=6)),
    Strategy((SUB, UP, AVERAGE), partial(_libdeflate, level=6)),
    RUN_LENGTHS,
)
THOROUGH = (
    Strategy((UP,), partial(_libdeflate, level=8)),
    Strategy((SUB, UP, AVERAGE, PAETH), partial(_libdeflate, level=8)),
    RUN_LENGTHS,
)
GRAINY = (
    Strategy((UP,), partial(_libdeflate, level=10)),
    Strategy((SUB, UP, AVERAGE, PAETH), partial(_libdeflate, level=10)),
    RUN_LENGTHS,
)
"""Level 10 saves a tenth in grain, where it is quick; in smooth art it takes its time."""
CELLS: Mapping[tuple[bool, bool], Packer] = {
    (False, False): partial(_libdeflate, level=8),
    (False, True): partial(_zlib, level=7),
    (True, False): partial(_libdeflate, level=9),
    (True, True): partial(_zlib, level=9),
}
"""For pixel art, by whether it is indexed and whether it is enlarged."""


def pack_painting(pixels: Pixels, mode: PngMode) -> bytes:
    """Return *pixels* (3 or 4 channels) as a zlib stream, by the strategy smallest on sample bands."""
    starts = np.linspace(0, max(0, pixels.shape[0] - BAND - 1), BANDS).astype(int)
    bands = [pixels[start : start + BAND + 1] for start in starts]
    size, best = _find_smallest(QUICK if mode == "rgba" else THOROUGH, bands)
    if mode == "smallest" and size > GRAIN * sum(band[1:].size for band in bands):
        _, best = _find_smallest(GRAINY, bands)
    return best(pixels)


def pack_cells(rows: bytes, *, indexed: bool, enlarged: bool) -> bytes:
    """Return the unfiltered *rows* of pixel art as a zlib stream."""
    return CELLS[indexed, enlarged](rows)


def _find_smallest(strategies: Sequence[Strategy], bands: Sequence[Bytes]) -> tuple[int, Strategy]:
    """Return the fewest bytes that *bands* take, and the first strategy that gets there."""
    sizes = [sum(each.try_on(band) for band in bands) for each in strategies]
    return min(sizes), strategies[sizes.index(min(sizes))]

"""WebP and AVIF files that are cut short, of which decoders alone give nothing."""

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mobart.art import Truncated
from mobart.art.files.decode import decode
from mobart.art.files.filled import MOST

SIDE = 192
MAX = SIDE * SIDE
Y, X = np.mgrid[0:SIDE, 0:SIDE]
NOISE = np.random.default_rng(5).integers(0, 24, (SIDE, SIDE, 3))
PIXELS = (np.dstack([X, Y, (X * Y) // SIDE]) + NOISE + 16).astype(np.uint8)
WAYS: dict[str, dict[str, Any]] = {
    "a lossy WebP": {"format": "WEBP", "quality": 85},
    "a lossless WebP": {"format": "WEBP", "lossless": True},
    "an AVIF": {"format": "AVIF", "quality": 85},
}


def written(way: str) -> bytes:
    """Encode the picture."""
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, **WAYS[way])
    return buffer.getvalue()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("share", [0.4, 0.7, 0.9])
def test_the_rows_that_are_there_are_kept_and_the_others_are_black(way: str, share: float) -> None:
    """From the top, as they came."""
    raw = written(way)
    cut = raw[: int(share * len(raw))]
    with pytest.raises(Truncated):
        decode(cut, MAX)
    kept, whole = decode(cut, MAX, partial=True), decode(raw, MAX)
    right = np.all(kept == whole, axis=(1, 2))
    rows = int(right.argmin())
    assert rows > share * SIDE / 2
    assert not kept[rows + 8 :, :, :3].any()


def test_a_file_that_says_it_is_longer_than_any_is_not_filled() -> None:
    """Its length is damage."""
    raw = written("a lossy WebP")
    at = raw.index(b"VP8 ") + 4
    with pytest.raises(Truncated):
        decode(raw[:at] + struct.pack("<I", 2 * MOST) + raw[at + 4 : -99], MAX, partial=True)


def test_of_a_file_without_any_pixels_nothing_is_made_up() -> None:
    """What would be filled in is no picture."""
    raw = written("a lossless WebP")
    with pytest.raises(Truncated):
        decode(raw[:40], MAX, partial=True)

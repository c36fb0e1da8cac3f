"""How pixels become the bytes of a PNG."""

import io
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mobart.art.choices import PngMode
from mobart.art.files.decode import Pixels
from mobart.art.files.encode import encode
from mobart.art.files.filters import AVERAGE, NONE, PAETH, SUB, UP, Kind, filter_rows

KINDS: tuple[Kind, ...] = (NONE, SUB, UP, AVERAGE, PAETH)
MODES: tuple[PngMode, ...] = ("rgba", "smallest")


def painting(grain: float, side: int = 256) -> Pixels:
    """Paint soft blobs with grain."""
    rng = np.random.default_rng(1)
    coarse = Image.fromarray(rng.integers(0, 256, (5, 5, 3), np.uint8)).resize((side, side), 3)
    noisy = np.asarray(coarse) + rng.normal(0, grain, (side, side, 1))
    return np.dstack([noisy.clip(0, 255), np.full((side, side), 255)]).astype(np.uint8)


def read(png: bytes) -> Pixels:
    """Let Pillow decode *png*."""
    return np.array(Image.open(io.BytesIO(png)).convert("RGBA"))


def default_size(pixels: Pixels) -> int:
    """Return the bytes that Pillow's default takes."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return len(buffer.getvalue())


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 60),
    width=st.integers(1, 60),
    channels=st.sampled_from([3, 4]),
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, unique=True),
    seed=st.integers(0, 99),
)
def test_filtered_rows_are_read_as_the_pixels_they_were(
    height: int, width: int, channels: int, kinds: list[Kind], seed: int
) -> None:
    """By Pillow, whatever the filters."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (height, width, channels), np.uint8)
    rows = filter_rows(pixels, kinds)
    assert set(np.unique(rows[:, 0])) <= set(kinds)
    kind = {3: 2, 4: 6}[channels]
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, kind, 0, 0, 0])
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 1)), (b"IEND", b""))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
        for name, body in chunks
    )
    assert np.array_equal(np.array(Image.open(io.BytesIO(png))), pixels)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("grain", [0, 1, 6, 40])
def test_a_painting_takes_no_more_bytes_than_by_pillows_default(
    mode: PngMode, grain: float
) -> None:
    """Smooth or with grain, and comes back as it was."""
    pixels = painting(grain)
    png = encode(pixels, mode, 1, native=False)
    assert np.array_equal(read(png), pixels)
    assert len(png) <= default_size(pixels) * (1.0 if mode == "rgba" else 0.9)


@pytest.mark.parametrize("mode", MODES)
def test_the_same_pixels_are_the_same_bytes_in_every_thread(mode: PngMode) -> None:
    """One after the other or four at a time."""
    pictures = [painting(grain, 96) for grain in (0, 2, 9)] * 4
    alone = [encode(pixels, mode, 1, native=False) for pixels in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda pixels: encode(pixels, mode, 1, native=False), pictures))
    assert together == alone


@pytest.mark.parametrize("side", [1, 2, 24, 25, 74])
def test_pictures_lower_than_the_bands_are_written_too(side: int) -> None:
    """Bands may overlap, or be the whole picture."""
    pixels = painting(300, side)
    assert np.array_equal(read(encode(pixels, "rgba", 1, native=False)), pixels)


def test_flat_art_is_indexed() -> None:
    """And comes back exactly, with what is clear among it."""
    rng = np.random.default_rng(3)
    palette = rng.integers(0, 256, (40, 4), np.uint8)
    flat = palette[rng.integers(0, 40, (12, 9))].repeat(21, 0).repeat(17, 1)
    png = encode(flat, "smallest", 1, native=False)
    with Image.open(io.BytesIO(png)) as image:
        assert image.mode == "P"
    assert np.array_equal(read(png), flat)

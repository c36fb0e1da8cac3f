"""Animations that are cut short: the first frame is the picture."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mobart.art import Truncated
from mobart.art.files.decode import decode
from mobart.downloads.formats import is_whole_picture

SIDE = 96
Y, X = np.mgrid[0:SIDE, 0:SIDE]
DISC = np.where((X - 48) ** 2 + (Y - 48) ** 2 < 40**2, 255, 0)
"""The subject ends before the border, so encoders store less than the canvas of the first frame."""
WAYS: dict[str, dict[str, Any]] = {
    "a lossy WebP": {"format": "WEBP", "quality": 80},
    "a lossless WebP": {"format": "WEBP", "lossless": True},
    "a PNG": {"format": "PNG"},
    "a GIF": {"format": "GIF"},
}


def frame(number: int) -> Image.Image:
    """Draw one frame."""
    noise = np.random.default_rng(number).integers(0, 16, (SIDE, SIDE, 3))
    colours = np.dstack([X * 2 + number * 20, Y * 2, X + Y]) % 256 ^ noise
    return Image.fromarray(np.dstack([colours, DISC]).astype(np.uint8))


def written(way: str) -> bytes:
    """Encode four frames."""
    buffer, frames = io.BytesIO(), [frame(number) for number in range(4)]
    options = WAYS.get(way) or {"format": "AVIF"}
    frames[0].save(buffer, save_all=True, append_images=frames[1:], **options)
    return buffer.getvalue()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("share", [0.4, 0.6, 0.9, 0.97])
def test_a_cut_in_a_later_frame_costs_nothing(way: str, share: float) -> None:
    """The picture is whole, and as large as the canvas."""
    raw = written(way)
    assert np.array_equal(decode(raw[: int(share * len(raw))], SIDE**2), decode(raw, SIDE**2))


@pytest.mark.parametrize("way", WAYS)
def test_of_a_first_frame_that_is_cut_the_rows_that_came_are_kept(way: str) -> None:
    """As of a picture that does not move."""
    raw = written(way)
    cut = raw[: len(raw) // 5]
    with pytest.raises(Truncated):
        decode(cut, SIDE**2)
    kept, whole = decode(cut, SIDE**2, partial=True), decode(raw, SIDE**2)
    assert np.all(kept == whole, axis=(1, 2))[: SIDE // 2].all()


@pytest.mark.parametrize("share", [0.75, 0.9, 0.97])
def test_a_cut_behind_the_first_frame_of_an_avif_costs_nothing(share: float) -> None:
    """Its first frame takes two thirds of the file."""
    raw = written("an AVIF")
    cut = raw[: int(share * len(raw))]
    assert is_whole_picture(cut)
    assert np.array_equal(decode(cut, SIDE**2), decode(raw, SIDE**2))


def test_a_cut_in_the_first_frame_of_an_avif_is_told() -> None:
    """Then there is less of the picture than was bought."""
    raw = written("an AVIF")
    cut = raw[: len(raw) // 2]
    assert not is_whole_picture(cut)
    with pytest.raises(Truncated):
        decode(cut, SIDE**2)
    assert decode(cut, SIDE**2, partial=True).shape == (SIDE, SIDE, 4)

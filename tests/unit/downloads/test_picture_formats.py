"""Telling pictures by their bytes."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mobart.core.picture_kinds import kind_of
from mobart.downloads.formats import is_whole

KINDS = ["PNG", "JPEG", "WEBP", "GIF", "AVIF"]


def draw(kind: str) -> bytes:
    """Encode a small picture with enough in it to be cut."""
    picture = Image.effect_noise((48, 48), 80).convert("RGB")
    data = BytesIO()
    picture.save(data, kind)
    return data.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_known_and_whole(kind: str) -> None:
    """As an encoder writes it."""
    data = draw(kind)
    assert kind_of(data) == kind.lower()
    assert is_whole(data, kind.lower())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_cut_picture_is_not_whole(kind: str, share: float) -> None:
    """However much of it there is."""
    data = draw(kind)
    assert not is_whole(data[: int(len(data) * share)], kind.lower())


@pytest.mark.parametrize("kind", KINDS)
def test_something_behind_the_end_does_not_matter(kind: str) -> None:
    """Some servers pad, and phones put a film behind a photo."""
    assert is_whole(draw(kind) + bytes(5000), kind.lower())


def test_a_preview_that_is_whole_says_nothing_of_its_jpeg() -> None:
    """It is in a segment before the picture, and has an end of its own."""
    picture = draw("JPEG")
    preview = b"\xff\xe1" + (len(picture) + 2).to_bytes(2, "big") + picture
    data = picture[:2] + preview + picture[2:]
    assert is_whole(data, "jpeg")
    assert not is_whole(data[:-20], "jpeg")


@pytest.mark.parametrize("size", [0, 1, 2**32 - 1])
def test_the_size_that_a_webp_names_of_all_does_not_matter(size: int) -> None:
    """Its picture is there, and decoders that stream show it."""
    data = draw("WEBP")
    assert is_whole(data[:4] + size.to_bytes(4, "little") + data[8:], "webp")


@pytest.mark.parametrize("missing", [1, 4, 11, 12])
def test_a_png_may_lack_its_end_chunk(missing: int) -> None:
    """It has every pixel, and every decoder reads it."""
    data = draw("PNG")[:-missing]
    assert is_whole(data, "png")
    Image.open(BytesIO(data)).load()


def test_a_png_may_lack_what_stands_behind_its_pixels() -> None:
    """The further frames of an animation; they are nobody's."""
    first, other = (Image.effect_noise((48, 48), 80).convert("RGB") for _ in range(2))
    buffer = BytesIO()
    first.save(buffer, "PNG", save_all=True, append_images=[other])
    data = buffer.getvalue()
    assert is_whole(data[:-2000], "png")
    assert not is_whole(data[: len(data) // 4], "png")


@pytest.mark.parametrize("kind", ["WEBP", "GIF", "PNG"])
def test_of_an_animation_only_the_first_frame_has_to_be_there(kind: str) -> None:
    """The others are nobody's, and so is the end."""
    frames = [Image.effect_noise((48, 48), 80).convert("RGB") for _ in range(4)]
    buffer = BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:])
    data = buffer.getvalue()
    assert is_whole(data[: len(data) * 2 // 3], kind.lower())
    assert not is_whole(data[: len(data) // 8], kind.lower())


def test_a_png_without_pixels_is_not_whole() -> None:
    """A header alone is no picture."""
    assert not is_whole(draw("PNG")[:33], "png")


OTHERS = [
    b"",
    b"<html>",
    b"<svg/>",
    b"GIF8",
    b"%PDF-1.7",
    b"%!PS-Adobe",
    b"BM\x00\x00",
    b"RIFF\x00\x00\x00\x00WAVE",
    b"\x89PNG\r\n\x1a",
    b"\xff\xd8",
    b"II\x00*",
    b"8BPS",
    b"SIMPLE  =",
    b"\x00\x00\x00 ftypmp42",
]


@pytest.mark.parametrize("data", OTHERS)
def test_nothing_else_is_a_picture(data: bytes) -> None:
    """Pages, other formats, and half a signature."""
    assert kind_of(data) is None


@given(st.binary(), st.sampled_from([draw(kind)[:12] for kind in KINDS]))
def test_no_bytes_bring_the_judge_down(data: bytes, start: bytes) -> None:
    """Whatever follows a good start, there is an answer."""
    kind = kind_of(start + data)
    assert kind is not None
    assert is_whole(start + data, kind) in {True, False}

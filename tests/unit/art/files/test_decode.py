"""What goes into the post-processor: every kind of file, sound or not."""

import io
import struct
import zlib
from typing import Any, get_args

import numpy as np
import pytest
from PIL import Image, ImageCms

from mobart.art import BadPicture, Recipe, Truncated, probe
from mobart.art.files.decode import decode
from mobart.art.files.header import Format
from mobart.art.pipeline import render
from mobart.core.errors import Code, Rejected
from mobart.downloads.formats import check_whole

MAX = 16_800_000


def painting(width: int = 64, height: int = 48) -> Image.Image:
    """Draw a smooth picture without any flat part."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [120 + 100 * np.sin(x / (5 + k) + y / (7 - k) + k) for k in range(3)]
    return Image.fromarray(np.stack(waves, -1).astype(np.uint8))


def to_bytes(image: Image.Image, kind: str, **options: object) -> bytes:
    """Encode *image* as *kind*."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width: int, height: int, depth: int = 1, colour: int = 0) -> bytes:
    """Write a PNG that has nothing but a header."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


@pytest.mark.parametrize("kind", get_args(Format))
def test_header_tells_format_and_size(kind: str) -> None:
    """The size is known without decoding."""
    sizes = {"sizes": [(64, 48)]} if kind == "ICO" else {}
    header = probe(to_bytes(painting(), kind, **sizes))
    assert (header.format, header.width, header.height) == (kind, 64, 48)


@pytest.mark.parametrize(
    "options", [{"lossless": True}, {"exif": b"Exif\0\0II*\0"}, {"quality": 5}]
)
def test_header_reads_every_webp_layout(options: dict[str, object]) -> None:
    """Simple lossy, lossless and extended files carry their size in three different places."""
    header = probe(to_bytes(painting(), "WEBP", **options))
    assert (header.width, header.height) == (64, 48)


@pytest.mark.parametrize(
    "raw",
    [
        b"<!doctype html><html>",
        b'{"error": "gone"}',
        b"GIF89a" + bytes(40) + b";",
        b"%!PS-Adobe-3.0 EPSF",
    ],
)
def test_what_is_no_picture_is_invalid(raw: bytes) -> None:
    """Names and content types do not count, only the first bytes do."""
    with pytest.raises(Rejected) as caught:
        render(raw, Recipe())
    assert caught.value.code == Code.IMAGE_INVALID
    assert not isinstance(caught.value, Truncated)


@pytest.mark.parametrize("size", [(9400, 9400), (13370, 13370), (65535, 1), (1, 65535)])
def test_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    """Nothing is decoded, so ten kilobytes cannot cost a gigabyte."""
    with pytest.raises(Rejected) as caught:
        render(png_header(*size), Recipe())
    assert caught.value.code == Code.IMAGE_TOO_LARGE


@pytest.mark.parametrize("size", [(2048, 2048), (2912, 1632)])
def test_grids_of_the_generator_fit_the_limit(size: tuple[int, int]) -> None:
    """The default limit leaves room for what Midjourney returns."""
    assert probe(png_header(*size)).width == size[0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.95])
def test_truncated_picture_is_told_from_a_bad_one(kind: str, share: float) -> None:
    """A picture cut short is worth another download."""
    whole = to_bytes(painting(300, 200), kind)
    with pytest.raises(Truncated) as caught:
        render(whole[: int(share * len(whole))], Recipe())
    assert caught.value.code == Code.IMAGE_INVALID


@pytest.mark.parametrize("kind", ["GIF", "AVIF"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_a_truncated_gif_or_avif_is_told_as_well(kind: str, share: float) -> None:
    """Where the cut leaves enough to tell what it is."""
    whole = to_bytes(painting(300, 200), kind)
    with pytest.raises(Truncated):
        render(whole[: int(share * len(whole))], Recipe())


def test_an_avif_that_is_too_large_is_refused_by_its_header() -> None:
    """Its size is changed in the file alone."""
    raw = to_bytes(painting(), "AVIF").replace(
        struct.pack(">II", 64, 48), struct.pack(">II", 9400, 9400)
    )
    with pytest.raises(Rejected) as caught:
        render(raw, Recipe())
    assert caught.value.code == Code.IMAGE_TOO_LARGE


def test_noise_between_the_segments_of_a_jpeg_is_passed_over() -> None:
    """As decoders do."""
    raw = to_bytes(painting(), "JPEG")
    assert decode(raw[:20] + bytes(3) + raw[20:], MAX).shape == (48, 64, 4)


@pytest.mark.parametrize("kind", ["TIFF", "BMP"])
@pytest.mark.parametrize("mode", ["RGBA", "RGB", "L", "P", "1"])
def test_what_no_provider_documents_is_decoded_all_the_same(kind: str, mode: str) -> None:
    """Servers of one's own save in it."""
    image = painting().convert(mode)
    raw = to_bytes(image, kind)
    assert np.array_equal(decode(raw, MAX), np.asarray(image.convert("RGBA")))
    with pytest.raises(Truncated):
        decode(raw[:-99], MAX)
    assert decode(raw[:-99], MAX, partial=True).shape == (48, 64, 4) or kind == "TIFF"


def test_a_jpeg_2000_is_decoded() -> None:
    """With and without a box around it."""
    for options in ({}, {"no_jp2": True}):
        raw = to_bytes(painting(), "JPEG2000", **options)
        assert np.array_equal(decode(raw, MAX)[..., :3], np.asarray(painting()))


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("ICO", "RGBA", {"sizes": [(64, 48)]}),
        ("ICO", "RGB", {"sizes": [(16, 12), (64, 48)], "bitmap_format": "bmp"}),
        ("QOI", "RGBA", {}),
        ("QOI", "RGB", {}),
        ("PPM", "RGB", {}),
        ("PPM", "L", {}),
        ("PPM", "1", {}),
    ],
)
def test_what_tools_save_in_is_decoded(kind: str, mode: str, options: dict[str, Any]) -> None:
    """What lacks a part is told, and what is too large."""
    image = painting().convert(mode)
    raw = to_bytes(image, kind, **options)
    assert np.array_equal(decode(raw, MAX), np.asarray(image.convert("RGBA")))
    with pytest.raises(Truncated):
        decode(raw[:-99], MAX)
    with pytest.raises(Rejected) as caught:
        decode(raw, 48 * 64 - 1)
    assert caught.value.code is Code.IMAGE_TOO_LARGE


def test_a_picture_in_an_icon_is_measured_by_its_own_header() -> None:
    """What the icon says of it holds no more than 256 pixels a side."""
    inner = to_bytes(Image.new("1", (5000, 5000)), "PNG")
    head = struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(inner), 22)
    with pytest.raises(Rejected) as caught:
        decode(head + inner, MAX)
    assert caught.value.code is Code.IMAGE_TOO_LARGE


@pytest.mark.parametrize(
    ("begins", "name"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
        (b"\xff\x0a\xfa\x1f", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b'<?xml version="1.0"?>\n<!-- a fox -->\n<svg width="9">', "SVG"),
        (b"8BPS\0\1", "Photoshop"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2", "an MP4 film"),
    ],
)
def test_a_file_that_nobody_reads_is_told_by_its_name(begins: bytes, name: str) -> None:
    """To the backend too: whoever set the provider up can have another one delivered."""
    with pytest.raises(Rejected) as caught:
        decode(begins + bytes(2000), MAX)
    assert caught.value.code is Code.IMAGE_INVALID
    assert caught.value.hint == f"The provider delivered {name}, which cannot be read."
    assert check_whole(begins + bytes(2000))


@pytest.mark.parametrize(
    ("begins", "name"),
    [
        (b"\xff\xd8\xff\xf7\0\x0b\x08\0\x10\0\x10\1\1\x11\0", "JPEG-LS"),
        (b"\xff\xd8\xff\xc1\0\x0b\x0c\0\x10\0\x10\1\1\x11\0", "a JPEG of 12 bits a channel"),
    ],
)
def test_a_jpeg_that_nobody_reads_is_told_by_its_name(begins: bytes, name: str) -> None:
    """It is whole: fetching it again brings the same."""
    with pytest.raises(BadPicture) as caught:
        decode(begins + bytes(2000) + b"\xff\xd9", MAX)
    assert not isinstance(caught.value, Truncated)
    assert caught.value.hint == f"The provider delivered {name}, which cannot be read."


def test_what_is_wrong_with_a_file_is_told_without_an_address_in_memory() -> None:
    """Pillow names a file that has no name by where it is."""
    with pytest.raises(Rejected) as caught:
        decode(b"\xff\xd8\xff\xc0\0\x0b\x08\0\x10\0\x10\x09\1\x11\0" + b"\xff\xd9" * 99, MAX)
    assert " at 0x" not in str(caught.value)


def test_a_webp_may_lack_its_last_filling_byte() -> None:
    """Chunks are filled up to an even length."""
    wholes = (to_bytes(painting(width), "WEBP", lossless=True) for width in range(20, 60))
    odd = next(raw for raw in wholes if int.from_bytes(raw[16:20], "little") % 2)
    assert decode(odd[:-1], MAX).shape[2] == 4


def test_damage_inside_is_not_truncation() -> None:
    """Downloading the same broken bytes again would not help."""
    raw = bytearray(to_bytes(painting(), "PNG"))
    raw[60] ^= 0xFF
    with pytest.raises(BadPicture) as caught:
        render(bytes(raw), Recipe())
    assert not isinstance(caught.value, Truncated)


def test_damage_inside_an_avif_is_worth_another_download() -> None:
    """Its decoder has errors of its own."""
    whole = to_bytes(painting(300, 200), "AVIF")
    at = whole.find(b"mdat") + 4
    with pytest.raises(BadPicture) as caught:
        render(whole[:at] + bytes(8) + whole[at + 8 :], Recipe())
    assert caught.value.code == Code.IMAGE_INVALID


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    """Value 32,896 of 65,535 is half light, not white."""
    raw = to_bytes(Image.fromarray(np.full((4, 4), 32896, np.uint16)), "PNG")
    assert decode(raw, MAX)[0, 0].tolist() == [128, 128, 128, 255]


def test_exif_orientation_turns_the_picture_upright() -> None:
    """Orientation 6 means that the camera was turned by 90 degrees."""
    image = Image.new("RGB", (40, 20), "white")
    image.paste((255, 0, 0), (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = decode(to_bytes(image, "PNG", exif=exif), MAX)
    assert upright.shape == (40, 20, 4)
    assert upright[0, 0].tolist() == [255, 0, 0, 255]
    assert upright[-1, 0].tolist() == [255, 255, 255, 255]


def test_broken_exif_does_not_cost_the_picture() -> None:
    """Metadata is dropped anyway."""
    raw = to_bytes(painting(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff garbage")
    assert decode(raw, MAX).shape == (48, 64, 4)


def test_colour_profile_is_converted_to_srgb() -> None:
    """Another profile changes the numbers so that the colour stays; sRGB itself must not."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    wide = _swap_red_and_green(srgb)
    assert _decode_with(srgb) == [200, 100, 50, 255]
    red, green, blue, alpha = _decode_with(wide)
    assert green > red > blue
    assert alpha == 255


def _decode_with(profile: bytes) -> list[int]:
    image = Image.new("RGB", (4, 4), (200, 100, 50))
    return [int(v) for v in decode(to_bytes(image, "PNG", icc_profile=profile), MAX)[0, 0]]


def _swap_red_and_green(profile: bytes) -> bytes:
    """Exchange two primaries in the tag table of an ICC profile and drop its telling name."""
    swapped = profile.replace(b"rXYZ", b"tmp!").replace(b"gXYZ", b"rXYZ").replace(b"tmp!", b"gXYZ")
    return swapped.replace("sRGB".encode("utf-16-be"), "else".encode("utf-16-be"))


def test_broken_colour_profile_counts_as_srgb() -> None:
    """A file is not lost over a profile nobody can read."""
    raw = to_bytes(Image.new("RGB", (4, 4), (1, 2, 3)), "PNG", icc_profile=b"no profile")
    assert decode(raw, MAX)[0, 0].tolist() == [1, 2, 3, 255]


def test_palette_transparency_becomes_alpha() -> None:
    """Index 0 is clear, index 1 half clear."""
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    raw = to_bytes(image, "PNG", transparency=bytes([0, 128]))
    assert decode(raw, MAX).tolist() == [[[10, 20, 30, 0], [40, 50, 60, 128]]]


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("1", 1, [255, 255, 255, 255]),
        ("L", 7, [7, 7, 7, 255]),
        ("LA", (7, 9), [7, 7, 7, 9]),
        ("RGB", (1, 2, 3), [1, 2, 3, 255]),
        ("RGBA", (1, 2, 3, 4), [1, 2, 3, 4]),
    ],
)
def test_every_mode_comes_out_as_rgba(
    mode: str, colour: tuple[int, ...], expected: list[int]
) -> None:
    """Four channels, straight alpha."""
    raw = to_bytes(Image.new(mode, (3, 3), colour), "PNG")
    assert decode(raw, MAX)[1, 1].tolist() == expected


def test_keyed_transparency_of_grey_and_colour_becomes_alpha() -> None:
    """A tRNS chunk names one clear colour."""
    raw = to_bytes(Image.new("RGB", (2, 2), (9, 8, 7)), "PNG", transparency=(9, 8, 7))
    assert decode(raw, MAX)[0, 0, 3] == 0
    raw = to_bytes(Image.new("L", (2, 2), 9), "PNG", transparency=9)
    assert decode(raw, MAX)[0, 0, 3] == 0


def test_cmyk_jpeg_is_read_in_colour() -> None:
    """Pure cyan ink is blue-green on the screen."""
    raw = to_bytes(Image.new("CMYK", (8, 8), (255, 0, 0, 0)), "JPEG", quality=95)
    red, green, blue, alpha = decode(raw, MAX)[4, 4].tolist()
    assert red < 10
    assert min(green, blue) > 240
    assert alpha == 255


def test_only_the_first_frame_is_used() -> None:
    """An animation of many frames costs no more than its first."""
    frames = [Image.new("RGB", (20, 20), (k, 0, 0)) for k in (250, 10, 20)]
    for kind in ("PNG", "WEBP", "GIF"):
        options = {"lossless": True} if kind == "WEBP" else {}
        raw = to_bytes(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        assert decode(raw, MAX)[3, 3].tolist() == [250, 0, 0, 255]

"""What lies beside the pixels of a file never costs the picture, and colours come out alike."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from mobart.art import Truncated
from mobart.art.files.decode import decode

MAX = 16_800_000
COLOURS = [(200, 100, 50), (10, 240, 90), (0, 0, 0), (255, 255, 255)]
MEBIBYTES = bytes(2 << 20)


def picture(mode: str = "RGB") -> Image.Image:
    """Four pixels of four colours in *mode*."""
    image = Image.new("RGB", (4, 1))
    image.putdata(COLOURS)
    return image.quantize(4, dither=Image.Dither.NONE) if mode == "P" else image.convert(mode)


def to_bytes(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Encode *image*."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, body: bytes, *, crc: int | None = None) -> bytes:
    """Write one PNG chunk."""
    found = zlib.crc32(name + body) if crc is None else crc
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", found)


def with_chunks(raw: bytes, *chunks: bytes) -> bytes:
    """Put *chunks* behind the header of the PNG *raw*."""
    return raw[:33] + b"".join(chunks) + raw[33:]


def gamma(exponent: float) -> bytes:
    """Write a gAMA chunk."""
    return chunk(b"gAMA", struct.pack(">I", round(exponent * 100_000)))


def primaries(*told: float) -> bytes:
    """Write a cHRM chunk: x and y of white, red, green and blue."""
    return chunk(b"cHRM", struct.pack(">8I", *(round(one * 100_000) for one in told)))


LARGE = {
    "zTXt": chunk(b"zTXt", b"note\0\0" + zlib.compress(MEBIBYTES)),
    "iTXt": chunk(b"iTXt", b"note\0\1\0\0\0" + zlib.compress(MEBIBYTES)),
    "tEXt": chunk(b"tEXt", b"note\0" + b"x" * len(MEBIBYTES)),
    "iCCP": chunk(b"iCCP", b"name\0\0" + zlib.compress(MEBIBYTES)),
    "a bomb of a profile": chunk(b"iCCP", b"name\0\0" + zlib.compress(bytes(200 << 20), 1)),
    "a broken profile": chunk(b"iCCP", b"name\0\0no zlib stream"),
    "a broken resolution": chunk(b"pHYs", b"\0"),
    "a broken time": chunk(b"tIME", b"\xff"),
    "a broken animation": chunk(b"acTL", b"\0"),
    "broken exif": chunk(b"eXIf", b"MM\0*\xff\xff\xff\xff garbage"),
    "no gamma": chunk(b"gAMA", bytes(4)),
    "a short gamma": chunk(b"gAMA", b"\0"),
    "a wrong checksum": chunk(b"tEXt", b"note\0hello", crc=1),
    "an empty unknown": chunk(b"vpAg", b""),
    "a wrong length": struct.pack(">I", 9999) + b"tEXtnote\0hello" + bytes(4),
    "a length beyond all": struct.pack(">I", 0x7FFFFFFF) + b"zTXtnote\0hello" + bytes(4),
}


@pytest.mark.parametrize("beside", LARGE)
@pytest.mark.parametrize("mode", ["RGB", "P", "RGBA"])
def test_nothing_beside_the_pixels_costs_the_picture(beside: str, mode: str) -> None:
    """Large, damaged or unknown: the pixels are what they are without it."""
    raw = to_bytes(picture(mode))
    assert np.array_equal(decode(with_chunks(raw, LARGE[beside]), MAX), decode(raw, MAX))


def test_damage_after_the_pixels_does_not_cost_them_either() -> None:
    """A text behind the last row that does not unpack, and no end chunk."""
    raw = to_bytes(picture())
    end = raw.index(b"IEND") - 4
    broken = raw[:end] + chunk(b"zTXt", b"note\0\0no zlib stream") + chunk(b"tIME", b"")
    assert np.array_equal(decode(broken + raw[end:], MAX), decode(raw, MAX))


@pytest.mark.parametrize("name", [b"IHDR", b"PLTE", b"IDAT"])
@pytest.mark.parametrize("mode", ["P", "RGBA"])
def test_a_wrong_check_sum_does_not_cost_the_picture(name: bytes, mode: str) -> None:
    """Neither that of a chunk nor, at the end of the pixels, that of what is packed."""
    raw = to_bytes(picture(mode))
    at = raw.find(name)
    if at < 0:
        pytest.skip("no palette")
    end = at + 4 + int.from_bytes(raw[at - 4 : at], "big")
    for place in (end, end - 1) if name == b"IDAT" else (end,):
        broken = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert np.array_equal(decode(broken, MAX), decode(raw, MAX))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_metadata_that_spoils_other_formats_is_left_out(kind: str) -> None:
    """A broken list of pictures (MPF) in a JPEG, texts without sense in a WebP."""
    raw = to_bytes(picture().resize((64, 48)), kind)
    if kind == "JPEG":
        body = b"MPF\0MM\0*\0\0\0\x08\0\x03\xb0\1\0\4\0\0\0\2\xff\xff\xff\xff"
        spoilt = raw[:2] + b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body + raw[2:]
    else:
        flags = struct.pack("<IB3x", 10, 0x2C) + bytes([63, 0, 0, 47, 0, 0])
        extra = (
            b"EXIF" + struct.pack("<I", 6) + b"broken" + b"ICCP" + struct.pack("<I", 4) + b"none"
        )
        body = b"WEBPVP8X" + flags + extra[-12:] + raw[12:] + extra[:-12]
        spoilt = b"RIFF" + struct.pack("<I", len(body)) + body
    assert np.array_equal(decode(spoilt, MAX), decode(raw, MAX))


def test_a_picture_cut_within_its_metadata_is_still_truncated() -> None:
    """Another download may bring the rest."""
    raw = with_chunks(to_bytes(picture()), LARGE["tEXt"])
    with pytest.raises(Truncated):
        decode(raw[:5000], MAX)


def other_profile() -> bytes:
    """Return sRGB's profile with red and green exchanged and another name."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"tmp!").replace(b"gXYZ", b"rXYZ").replace(b"tmp!", b"gXYZ")
    return swapped.replace("sRGB".encode("utf-16-be"), "else".encode("utf-16-be"))


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_a_profile_counts_alike_in_every_mode(mode: str) -> None:
    """A palette's colours are converted as full ones are."""
    profile = other_profile()
    expected = decode(to_bytes(picture(), icc_profile=profile), MAX)
    assert np.array_equal(decode(to_bytes(picture(mode), icc_profile=profile), MAX), expected)
    assert expected[0, 0].tolist() != [200, 100, 50, 255]


def test_a_profile_keeps_a_palette_s_alpha() -> None:
    """Colours change, what is clear stays clear."""
    raw = to_bytes(picture("P"), icc_profile=other_profile(), transparency=bytes([0, 128, 255, 7]))
    assert sorted(decode(raw, MAX)[0, :, 3].tolist()) == [0, 7, 128, 255]


def test_a_profile_for_other_channels_is_void() -> None:
    """A grey picture with a profile for RGB is left as it is, as browsers do."""
    raw = to_bytes(picture("L"), icc_profile=other_profile())
    assert np.array_equal(decode(raw, MAX), decode(to_bytes(picture("L")), MAX))


@pytest.mark.parametrize("mode", ["RGB", "P", "L", "RGBA"])
def test_gamma_is_undone_in_every_mode(mode: str) -> None:
    """Levels of a file with gamma 1 are light itself: half of it is level 188 in sRGB."""
    grey = Image.new("RGB", (2, 2), (128, 128, 128))
    plain = to_bytes(grey.quantize(2) if mode == "P" else grey.convert(mode))
    made = decode(with_chunks(plain, gamma(1.0)), MAX)
    assert made[0, 0].tolist() == [188, 188, 188, 255]


def test_a_screen_s_own_gamma_changes_nothing() -> None:
    """1/2.2 is what sRGB stands for, and pixel art keeps its exact colours."""
    plain = to_bytes(picture())
    assert np.array_equal(decode(with_chunks(plain, gamma(0.45455)), MAX), decode(plain, MAX))


def test_srgb_and_profiles_win_over_gamma() -> None:
    """As PNG has it and browsers do, in whatever order the chunks stand."""
    plain = to_bytes(picture())
    named = with_chunks(plain, gamma(1.0), chunk(b"sRGB", b"\0"))
    assert np.array_equal(decode(named, MAX), decode(plain, MAX))
    profiled = to_bytes(picture(), icc_profile=other_profile())
    assert np.array_equal(decode(with_chunks(profiled, gamma(1.0)), MAX), decode(profiled, MAX))


SRGB = (0.3127, 0.329, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
P3 = (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
TOLD = {
    "P3 by its code": ((chunk(b"cICP", b"\x0c\x0d\0\1"),), (107, 58, 132)),
    "BT.2020 by its code": ((chunk(b"cICP", b"\x09\x0e\0\1"),), (106, 39, 126)),
    "BT.709 by its code": ((chunk(b"cICP", b"\1\1\0\1"),), (91, 49, 121)),
    "light by its code": ((chunk(b"cICP", b"\1\x08\0\1"),), (168, 133, 188)),
    "a code before a gamma": ((gamma(1.0), chunk(b"cICP", b"\1\x0d\0\1")), (100, 60, 128)),
    "P3 by its primaries": ((gamma(0.45455), primaries(*P3)), (107, 58, 132)),
}


@pytest.mark.parametrize(("chunks", "seen"), TOLD.values(), ids=TOLD)
def test_colours_that_are_told_by_numbers_are_seen_as_in_a_browser(
    chunks: tuple[bytes, ...], seen: tuple[int, int, int]
) -> None:
    """What Chromium 156 shows of such files."""
    plain = to_bytes(Image.new("RGB", (2, 130), (100, 60, 128)))
    made = decode(with_chunks(plain, *chunks), MAX)
    assert made[0, 0].tolist() == made[129, 1].tolist() == [*seen, 255]


@pytest.mark.parametrize(
    "chunks",
    [
        (primaries(*P3),),
        (gamma(0.45455), primaries(*SRGB)),
        (gamma(0.45455), primaries(*[0] * 8)),
        (gamma(0.45455), primaries(*[0.3] * 8)),
        (gamma(1.0), primaries(*P3), chunk(b"sRGB", b"\0")),
        (chunk(b"cICP", b"\x0c\x0d\0\0"),),
        (chunk(b"cICP", b"\x0c\xff\0\1"),),
        (chunk(b"cICP", b"\x0c"),),
        (chunk(b"cHRM", b"\0"), gamma(0.45455)),
    ],
)
def test_numbers_that_tell_of_no_other_colours_change_nothing(chunks: tuple[bytes, ...]) -> None:
    """Pixel art keeps its exact colours."""
    plain = to_bytes(picture())
    assert np.array_equal(decode(with_chunks(plain, *chunks), MAX), decode(plain, MAX))


def test_a_profile_that_cannot_be_used_leaves_gamma_its_say() -> None:
    """A chunk that does not unpack is no profile."""
    plain = to_bytes(Image.new("RGB", (2, 2), (128, 128, 128)))
    made = decode(with_chunks(plain, LARGE["a broken profile"], gamma(1.0)), MAX)
    assert made[0, 0].tolist() == [188, 188, 188, 255]

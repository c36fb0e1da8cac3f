"""What a picture's first bytes say: format and size, read without decoding anything.

Pillow allocates a WebP's whole canvas when it opens one, so sizes are judged here first.
Layouts: PNG (W3C) §11.2.2, JPEG ITU-T T.81 B.2.2, WebP RFC 9649 §2, GIF89a §18, AVIF ISO/IEC 23008-12
§6.5.3.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mobart.art.files import faults
from mobart.core.picture_kinds import foreign_kind_of, kind_of

Format = Literal[
    "PNG", "JPEG", "WEBP", "GIF", "AVIF", "TIFF", "BMP", "JPEG2000", "QOI", "PPM", "ICO"
]
OTHERS: Mapping[str, Format] = {
    kind: kind.upper()  # type: ignore[misc]  # as Pillow calls them
    for kind in ("tiff", "bmp", "jpeg2000", "ico", "qoi", "ppm")
}
"""Kinds that are left to Pillow, which reads no pixels of them before it is told to."""

MAX_PIXELS = 16_800_000
MAX_SIDE = 32_768
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
JPEG_MAGIC = b"\xff\xd8\xff"
MAX_SEGMENTS = 4096
MAX_ICONS = 256
MARKER = 0xFF
FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
END_OF_IMAGE = 0xD9
JPEG_LS = 0xF7
"""Frame of another way of coding that shares JPEG's segments."""
JPEG_BITS = 8
"""A channel; the standard knows 12, and 2 to 16 without loss, which no decoder here reads."""
WEBP_CHUNKS = 65_536
"""Bytes of a WebP in which its picture starts: a colour profile and alpha may stand before it."""


GIF_MAGICS = (b"GIF87a", b"GIF89a")
AVIF_BRANDS = (b"avif", b"avis")
AVIF_BYTES = 262_144
"""Bytes of an AVIF in which its sizes stand: a colour profile may stand before them."""
AVIF_SIZE = re.compile(rb"ispe\0{4}(.{4})(.{4})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Header:
    """A picture's format and its size in pixels, before any rotation by EXIF."""

    format: Format
    width: int
    height: int


def probe(raw: bytes, max_pixels: int = MAX_PIXELS) -> Header:
    """Tell format and size of *raw* from its first bytes; costs microseconds.

    Raises:
        Truncated: the bytes end within the header.
        Rejected: `IMAGE_INVALID` if it is none of `Format`, `IMAGE_TOO_LARGE` above *max_pixels*
            or above 32,768 pixels a side.

    """
    header = _read(raw)
    if not (header.width and header.height):
        raise faults.invalid(f"{header.format} of {header.width}x{header.height} pixels")
    if header.width * header.height > max_pixels or max(header.width, header.height) > MAX_SIDE:
        raise faults.too_large(header.width, header.height)
    return header


def is_cut_short(raw: bytes, kind: Format) -> bool:
    """Return whether the container's end is missing, or may be."""
    if kind == "PNG":
        return b"IEND" not in raw[-64:]
    if kind == "JPEG":
        return b"\xff\xd9" not in raw[-64:]
    if kind == "GIF":
        return not raw.rstrip(b"\0").endswith(b";")
    if kind == "AVIF":
        at = raw.find(b"mdat") - 4
        return at < 0 or at + int.from_bytes(raw[at : at + 4], "big") > len(raw)
    return kind in OTHERS.values() or int.from_bytes(raw[4:8], "little") + 8 > len(raw)


def is_lossy(raw: bytes) -> bool:
    """Return whether the container stores blocks of frequencies: not PNG, GIF, or WebP's VP8L."""
    return (
        _is_avif(raw)
        or raw.startswith(JPEG_MAGIC)
        or (raw[:4] == b"RIFF" and b"VP8 " in raw[:WEBP_CHUNKS])
    )


def _read(raw: bytes) -> Header:
    if raw.startswith(PNG_MAGIC):
        return _read_png(raw)
    if raw.startswith(JPEG_MAGIC):
        return _read_jpeg(raw)
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return _read_webp(raw)
    if raw.startswith(GIF_MAGICS):
        _need(raw, 10)
        return Header("GIF", *(int.from_bytes(raw[i : i + 2], "little") for i in (6, 8)))
    if _is_avif(raw):
        return _read_avif(raw)
    if any(magic.startswith(raw) for magic in (PNG_MAGIC, JPEG_MAGIC, b"RIFF")):
        raise faults.truncated(f"only {len(raw)} bytes")
    if kind := OTHERS.get(kind_of(raw) or ""):
        return _read_other(raw, kind)
    if name := foreign_kind_of(raw):
        raise faults.foreign(name)
    raise faults.invalid(f"no picture file that is known: starts with {raw[:8].hex()}")


def _read_other(raw: bytes, kind: Format) -> Header:
    if kind == "ICO":
        return _read_ico(raw)
    from PIL import Image  # noqa: PLC0415 - a worker need not load it

    from mobart.art.files.pillow_faults import PILLOW_FAULTS  # noqa: PLC0415

    try:
        return Header(kind, *Image.open(io.BytesIO(raw), formats=[kind]).size)
    except PILLOW_FAULTS as fault:
        raise faults.truncated(f"{kind} of {len(raw)} bytes: {fault}") from fault


def _read_ico(raw: bytes) -> Header:
    """Return the largest size of an icon's pictures: each may be a PNG of any size."""
    count = min(int.from_bytes(raw[4:6], "little"), MAX_ICONS)
    _need(raw, 6 + 16 * count)
    sizes = []
    for at in range(6, 6 + 16 * count, 16):
        place = int.from_bytes(raw[at + 12 : at + 16], "little")
        is_png = raw.startswith(PNG_MAGIC, place)
        png = _read_png(raw[place : place + 33]) if is_png else None
        sizes.append((png.width, png.height) if png else (raw[at] or 256, raw[at + 1] or 256))
    return Header("ICO", *max(sizes, key=lambda size: size[0] * size[1]))


def _read_png(raw: bytes) -> Header:
    _need(raw, 33)
    if raw[12:16] != b"IHDR":
        raise faults.invalid("PNG without IHDR")
    return Header("PNG", int.from_bytes(raw[16:20], "big"), int.from_bytes(raw[20:24], "big"))


def _read_jpeg(raw: bytes) -> Header:
    at = 2
    for _ in range(MAX_SEGMENTS):
        _need(raw, at + 4)
        at = raw.find(MARKER, at)  # decoders pass over what stands between segments
        if at < 0:
            raise faults.invalid("JPEG with a broken segment")
        _need(raw, at + 4)
        marker = raw[at + 1]
        if marker in FRAME_MARKERS:
            _need(raw, at + 9)
            if raw[at + 4] != JPEG_BITS:
                raise faults.foreign(f"a JPEG of {raw[at + 4]} bits a channel")
            height, width = (int.from_bytes(raw[i : i + 2], "big") for i in (at + 5, at + 7))
            return Header("JPEG", width, height)
        if marker == JPEG_LS:
            raise faults.foreign("JPEG-LS")
        if marker == END_OF_IMAGE:
            raise faults.invalid("JPEG without a frame")
        at += segment_length(raw, at, marker)
    raise faults.invalid("JPEG with a frame too far in")


def segment_length(raw: bytes, at: int, marker: int) -> int:
    """Return the bytes of the JPEG segment at *at*, its marker included."""
    if marker == MARKER:  # a fill byte
        return 1
    if marker in BARE_MARKERS:
        return 2
    return 2 + int.from_bytes(raw[at + 2 : at + 4], "big")


def _read_webp(raw: bytes) -> Header:
    _need(raw, 30)
    kind = raw[12:16]
    if kind == b"VP8X":
        width, height = (1 + int.from_bytes(raw[i : i + 3], "little") for i in (24, 27))
    elif kind == b"VP8L":
        bits = int.from_bytes(raw[21:25], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b"VP8 ":
        width, height = (int.from_bytes(raw[i : i + 2], "little") & 0x3FFF for i in (26, 28))
    else:
        raise faults.invalid("WebP without a picture")
    return Header("WEBP", width, height)


def _is_avif(raw: bytes) -> bool:
    return raw[4:8] == b"ftyp" and any(brand in raw[8:64] for brand in AVIF_BRANDS)


def _read_avif(raw: bytes) -> Header:
    """Return the largest size that is named: beside the picture's are those of its tiles and previews."""
    sizes = [
        (int.from_bytes(width, "big"), int.from_bytes(height, "big"))
        for width, height in AVIF_SIZE.findall(raw[:AVIF_BYTES])
    ]
    if not sizes:
        cut = is_cut_short(raw, "AVIF")
        raise (faults.truncated if cut else faults.invalid)("AVIF without a size")
    return Header("AVIF", *max(sizes, key=lambda size: size[0] * size[1]))


def _need(raw: bytes, length: int) -> None:
    if len(raw) < length:
        raise faults.truncated(f"the header ends after {len(raw)} bytes")

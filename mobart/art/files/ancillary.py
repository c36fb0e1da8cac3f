"""What a file holds beside its pixels: read as far as the pixels need it, left out otherwise.

Texts, times, previews and animations are dropped, and so is every ancillary chunk that is damaged
or too large: none of them can cost a picture.  Layouts: PNG (W3C) §5 and §11.3, JPEG ITU-T T.81
B.1.1.3 and B.2.4, WebP RFC 9649 §2.3.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from mobart.art.files.chromaticity import BY_CODE, EXPONENTS, is_usable
from mobart.art.files.header import PNG_MAGIC, Format

PIXELS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"})
"""PNG chunks that the pixels are made of."""
NAME = 4
"""Bytes of a chunk's name."""
LARGEST_PIXEL = 8
"""Bytes of a pixel: red, green, blue and alpha of 16 bits."""
ORIENTATION = b"eXIf"
LARGEST_EXIF = 1 << 16
"""Bytes: what one JPEG segment could hold; an orientation takes 30."""
LARGEST_PROFILE = 8 << 20
"""Bytes of an ICC profile, unpacked: four times the largest in use, those of print houses."""
GAMMA_UNIT = 100_000
"""A gAMA chunk holds the exponent times this (PNG §11.3.3.2)."""
NUMBERS = frozenset({b"cICP", b"cHRM"})
"""Chunks that tell colours by numbers (PNG §11.3.2)."""
CHROMATICITIES = 32
"""Bytes of a cHRM: eight coordinates."""
GAMMAS = (0.05, 5.0)
"""Exponents that a display could have; another one is a broken chunk."""
KEPT_SEGMENTS = frozenset({0xE0, 0xEE})
"""JPEG's JFIF header and Adobe's note, which says how the colours are stored."""
FIRST_APP, LAST_APP, COMMENT, START_OF_SCAN = 0xE0, 0xEF, 0xFE, 0xDA
WEBP_PIXELS = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
ALPHA, ANIMATION = 0x10, 0x02
"""Flags in the first byte of a WebP's extended header (RFC 9649 §2.7)."""


@dataclass(frozen=True, slots=True)
class PngColours:
    """A PNG's pixels, and what its ancillary chunks say of its colours."""

    bare: bytes
    """The file without all that is not needed."""
    profile: bytes = b""
    """The ICC profile; empty if there is none that could be read."""
    gamma: float = 0.0
    """Exponent from light to level; 0 if the file has none, or where sRGB or a profile wins."""
    primaries: tuple[float, ...] = ()
    """Of a cICP, or a cHRM beside a gAMA: white, red, green, blue; empty for sRGB's."""


def read_png(raw: bytes) -> PngColours:
    """Split a PNG into pixels and colour information."""
    kept, profile, gamma, is_srgb = [PNG_MAGIC], b"", 0.0, False
    told: dict[bytes, bytes] = {}
    for name, body, whole in png_chunks(raw):
        sound = _is_sound(name, body, whole)
        if name in PIXELS or not name[0] & 0x20 or (name == ORIENTATION and sound):
            kept.append(whole)
        elif name == b"iCCP" and sound:
            profile = profile or _unpack(body)
        elif name == b"gAMA" and sound:
            gamma = gamma or _gamma(body)
        elif name == b"sRGB" and sound:
            is_srgb = True
        elif name in NUMBERS and sound:
            told.setdefault(name, body)
    wins = is_srgb or bool(profile)
    profile = b"" if is_srgb and not profile else profile
    lean = raw if sum(map(len, kept)) == len(raw) else b"".join(kept)
    if (coded := _coded(told.get(b"cICP", b""))) is not None:  # it wins over all others
        return PngColours(lean, b"", *coded)
    primaries = _chromaticities(told.get(b"cHRM", b"")) if gamma and not wins else ()
    return PngColours(lean, profile, 0.0 if wins else gamma, primaries)


def _coded(body: bytes) -> tuple[float, tuple[float, ...]] | None:
    """Return exponent, primaries and whether the curve is BT.709's, of a cICP; None if they are not known."""
    if len(body) != NAME or body[2:] != b"\0\1":  # RGB, with all levels in use
        return None
    primaries, exponent = BY_CODE.get(body[0]), EXPONENTS.get(body[1])
    if primaries is None or exponent is None:
        return None
    return exponent, primaries if is_usable(primaries) else ()


def _chromaticities(body: bytes) -> tuple[float, ...]:
    if len(body) != CHROMATICITIES:
        return ()
    told = tuple(
        int.from_bytes(body[at : at + 4], "big") / GAMMA_UNIT for at in range(0, CHROMATICITIES, 4)
    )
    return told if is_usable(told) else ()


def bare(raw: bytes, kind: Format) -> bytes:
    """Return *raw* without any metadata, orientation and colour profile included."""
    if kind == "PNG":
        return _bare_png(raw)
    if kind == "JPEG":
        return _bare_jpeg(raw)
    return _bare_webp(raw) if kind == "WEBP" else raw


def png_chunks(raw: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Name, body and all bytes of each chunk of a PNG; the last one may be cut short.

    After an ancillary chunk with a wrong length, reading goes on where the pixels begin.
    """
    at = len(PNG_MAGIC)
    while len(name := raw[at + 4 : at + 8]) == NAME:
        end = at + 12 + int.from_bytes(raw[at : at + 4], "big")
        follows = raw[end + 4 : end + 8]
        if name not in PIXELS and not (len(follows) == NAME and follows.isalpha()):
            found = [raw.find(each, at + 8) for each in (b"PLTE", b"tRNS", b"IDAT")]
            at = min((place for place in found if place > 0), default=len(raw)) - 4
            continue
        yield name, raw[at + 8 : end - 4], raw[at:end]
        if name == b"IEND":
            return
        at = end


def _is_sound(name: bytes, body: bytes, whole: bytes) -> bool:
    """Return whether an ancillary chunk is whole, no larger than its kind may be, and undamaged."""
    if len(whole) != len(body) + 12 or len(body) > {ORIENTATION: LARGEST_EXIF}.get(
        name, LARGEST_PROFILE
    ):
        return False
    return zlib.crc32(name + body) == int.from_bytes(whole[-4:], "big")


def _unpack(body: bytes) -> bytes:
    """Return the profile of an iCCP chunk: a name, a zero, the method (0), a zlib stream."""
    _, _, rest = body.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(rest[1:], LARGEST_PROFILE)
    except zlib.error:
        return b""
    return profile if unpacker.eof else b""


def _gamma(body: bytes) -> float:
    gamma = int.from_bytes(body[:4], "big") / GAMMA_UNIT
    return gamma if len(body) == 4 and GAMMAS[0] <= gamma <= GAMMAS[1] else 0.0  # noqa: PLR2004


def _bare_png(raw: bytes) -> bytes:
    """Keep the chunks that pixels are made of, each with the check sum that it should have."""
    found = [(name, body) for name, body, _ in png_chunks(raw) if name in PIXELS]
    packed = b"".join(body for name, body in found if name == b"IDAT")
    width, height = (int.from_bytes(raw[at : at + 4], "big") for at in (16, 20))
    chunks = [(name, body) for name, body in found if name not in {b"IDAT", b"IEND"}]
    chunks += [(b"IDAT", _with_sum(packed, 2 * height * (LARGEST_PIXEL * width + 1)))]
    if (b"IEND", b"") in found:
        chunks.append((b"IEND", b""))
    return PNG_MAGIC + b"".join(
        len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
        for name, body in chunks
    )


def _with_sum(packed: bytes, limit: int) -> bytes:
    """Return a zlib stream of up to *limit* bytes with the check sum of what it holds, if it ends."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        held = unpacker.decompress(packed[2:], limit)
    except zlib.error:
        return packed
    if not unpacker.eof:
        return packed
    return packed[: len(packed) - len(unpacker.unused_data)] + zlib.adler32(held).to_bytes(4, "big")


def _bare_jpeg(raw: bytes) -> bytes:
    """Drop comments and application segments before the first scan."""
    kept, at = [raw[:2]], 2
    while at + 4 <= len(raw) and raw[at] == 0xFF and raw[at + 1] != START_OF_SCAN:  # noqa: PLR2004
        marker = raw[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - a fill byte
            at += 1
            continue
        end = at + 2 + int.from_bytes(raw[at + 2 : at + 4], "big")
        optional = FIRST_APP <= marker <= LAST_APP or marker == COMMENT
        if not optional or marker in KEPT_SEGMENTS:
            kept.append(raw[at:end])
        at = end
    return b"".join([*kept, raw[at:]])


def _bare_webp(raw: bytes) -> bytes:
    """Keep the picture alone; of an animation its first frame, which lies where it did."""
    chunks, at = [], 12
    while at + 8 <= len(raw):
        end = at + 8 + int.from_bytes(raw[at + 4 : at + 8], "little")
        end += end % 2
        chunks.append((raw[at : at + 4], raw[at:end] + b"\0" * (end == len(raw) + 1)))
        at = end
    still = [whole for name, whole in chunks if name in WEBP_PIXELS]
    moving = [dict(reversed(chunks)).get(name, b"") for name in (b"ANIM", b"ANMF")]
    flags = ALPHA if still else ALPHA | ANIMATION
    header = [_flagged(whole, flags) for name, whole in chunks if name == b"VP8X"]
    body = b"WEBP" + b"".join(header[:1] + (still or moving))
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _flagged(header: bytes, flags: int) -> bytes:
    """Clear all other flags of an extended header."""
    return header[:8] + bytes([header[8] & flags]) + header[9:]

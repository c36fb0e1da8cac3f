"""Whether a file that decodes lacks a part of its picture: decoders fill that in and say nothing.

PNG (W3C) §7 and §8; JPEG ITU-T T.81, B.2.3 and G.1.  What GIF, WebP and AVIF lack, their decoders refuse.
"""

import io
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress

from PIL import Image

from mobart.art.files.ancillary import START_OF_SCAN, png_chunks
from mobart.art.files.header import FRAME_MARKERS, MARKER, Format, segment_length

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Values of a pixel, by a PNG's colour type."""
WHOLE = ((0, 0, 1, 1),)
ADAM7 = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
"""First column, first row and their steps, of each pass of an interlaced PNG."""
STEP = 1 << 20
"""Bytes that are unpacked at a time, only to be counted."""
SEQUENTIAL = frozenset({0xC0, 0xC1})
SCAN = re.compile(rb"\xff\xda")
END_OF_JPEG = b"\xff\xd9"
FILLINGS = (b"\0" * 16, b"\xaa" * 16)
"""More than a decoder reads ahead: one that lacks pixels makes something else of each, or runs out of data."""
EIGHTH = 8
COEFFICIENTS = 64


def lacks_pixels(raw: bytes, kind: Format) -> bool:
    """Return whether a part of the picture is missing in a file that was decoded."""
    try:
        return (kind == "PNG" and _png_lacks(raw)) or (kind == "JPEG" and _jpeg_lacks(raw))
    except (LookupError, ValueError):  # odder than what decoders stumble over
        return False


def _png_lacks(raw: bytes) -> bool:
    """Count what the pixels unpack to."""
    needed, unpacker, packed = _png_bytes(raw), zlib.decompressobj(-zlib.MAX_WBITS), _packed(raw)
    with suppress(zlib.error):
        for part in packed:
            rest = part
            while rest and needed > 0 and not unpacker.eof:
                needed -= len(unpacker.decompress(rest, STEP))
                rest = unpacker.unconsumed_tail
    return needed > 0


def _packed(raw: bytes) -> Iterator[bytes]:
    """Yield the compressed pixels of a PNG in parts, without the two bytes in front of them."""
    head = 2
    for name, body, _ in png_chunks(raw):
        if name == b"IDAT":
            for at in range(min(head, len(body)), len(body), STEP):
                yield body[at : at + STEP]
            head -= min(head, len(body))


def _png_bytes(raw: bytes) -> int:
    """Return the length of all rows, with the byte in front of each that names its filter."""
    width, height = (int.from_bytes(raw[at : at + 4], "big") for at in (16, 20))
    bits = raw[24] * CHANNELS[raw[25]]
    return sum(
        -(-(height - top) // down) * (1 + (-(-(width - left) // right) * bits + 7) // 8)
        for left, top, right, down in (ADAM7 if raw[28] else WHOLE)
        if width > left and height > top
    )


def _jpeg_lacks(raw: bytes) -> bool:
    places = {marker: at for at, marker in _segments(raw)}
    frame = min((places[marker] for marker in FRAME_MARKERS & places.keys()), default=0)
    start = places.get(START_OF_SCAN, len(raw))
    end = raw.find(END_OF_JPEG, start) if END_OF_JPEG in raw[start:] else len(raw)
    scans = [scan.start() for scan in SCAN.finditer(raw, start, end)]
    if raw[frame + 1] in SEQUENTIAL and len(scans) == 1:
        return _runs_out(raw[:end], b"", EIGHTH)
    return bool(_unrefined(raw, frame, scans)) or _runs_out(raw[:end], END_OF_JPEG, 1)


def _segments(raw: bytes) -> Iterator[tuple[int, int]]:
    """Place and marker of each segment up to the first scan."""
    at = raw.find(MARKER, 2)
    while 0 <= at < len(raw) - 4:
        yield at, raw[at + 1]
        if raw[at + 1] == START_OF_SCAN:
            return
        at = raw.find(MARKER, at + segment_length(raw, at, raw[at + 1]))


def _unrefined(raw: bytes, frame: int, scans: Sequence[int]) -> set[tuple[int, int]]:
    """Return of which component which coefficients no scan brings to their last bit."""
    components = raw[frame + 10 : frame + 10 + 3 * raw[frame + 9] : 3]
    lacking = {(component, index) for component in components for index in range(COEFFICIENTS)}
    for at in scans:
        rest = at + 5 + 2 * raw[at + 4]
        first, last, bits = raw[rest : rest + 3]
        if not bits & 15:
            lacking -= {(one, k) for one in raw[at + 5 : rest : 2] for k in range(first, last + 1)}
    return lacking


def _runs_out(raw: bytes, end: bytes, share: int) -> bool:
    """Return whether pixels depend on what stands between the data of *raw* and their *end*.

    Decoded at one of so many *share*s of the size.  Without an end a decoder asks for more data.
    """
    seen = set()
    for filling in FILLINGS:
        image = Image.open(io.BytesIO(raw + filling + end), formats=["JPEG"])
        image.draft(image.mode, (-(-image.width // share), -(-image.height // share)))
        try:
            seen.add(image.tobytes())
        except OSError:
            return True
    return len(seen) > 1

"""What there is of a WebP or an AVIF that is cut short, whose decoders refuse a part of a file.

What is missing is filled in, and they go on with whatever that is. It is done in two ways: what both have
in common stood in the file.

Layouts: WebP RFC 9649 §2, AVIF ISO/IEC 14496-12 §4.2.
"""

import io
from collections.abc import Iterator
from itertools import islice

import numpy as np
from PIL import Image

from mobart.art.files import faults
from mobart.art.files.header import Format
from mobart.art.files.pillow_faults import PILLOW_FAULTS

FILLINGS = (b"\0\0\0\0", b"\xc0\0\0\0", b"\xff" * 4, b"\1" * 4, b"\x80" * 4, b"U" * 4)
"""What decoders were seen to go on with, the likeliest first."""
CHUNK = 8
"""Bytes in front of what is in a chunk of a WebP: its name and its size."""
RIFF_HEADER, FRAME_HEADER = 12, 16
"""Bytes in front of the chunks of a file and, behind its chunk's own, of those of a frame (RFC 9649 §2.7.1.1)."""
MOST = 1 << 26
"""Bytes that are filled in at most: no source is as large."""


def missing_bytes(raw: bytes, kind: Format) -> int:
    """Return how many bytes a WebP or AVIF says that it has beyond those that are there."""
    if kind == "WEBP":
        ends = (at + CHUNK + _number(raw, at + 4) for at in _open_chunks(raw))
        return max(0, *(end - len(raw) for end in ends))
    return max(0, _end_of_avif(raw) - len(raw)) if kind == "AVIF" else 0


def load_filled(raw: bytes, kind: Format) -> Image.Image:
    """Return what there is of a picture; the rows that are missing are black, or clear.

    Raises:
        Truncated: there is nothing of it.

    """
    found = _decoded(raw, kind)
    image = next(found, None)
    if image is None:
        raise faults.truncated(f"{kind} of {len(raw)} bytes, which are too few")
    other = next(found, None)
    if other is not None:
        rows = _rows_alike(image, other)
        image.paste(0, (0, rows, *image.size))
    return image


def load_first_frame(raw: bytes, kind: Format) -> Image.Image | None:
    """Return the first frame of an animated AVIF that is cut short behind it; None for anything else."""
    if kind != "AVIF" or b"avis" not in raw[8:64] or not missing_bytes(raw, kind):
        return None
    images = list(islice(_decoded(raw, kind), 2))
    untouched = len(images) > 1 and _rows_alike(*images) == images[0].height
    return images[0] if untouched else None  # whatever is filled in behind it


def _decoded(raw: bytes, kind: Format) -> Iterator[Image.Image]:
    missing = missing_bytes(raw, kind)
    for filling in FILLINGS if missing <= MOST else ():
        try:
            image = Image.open(io.BytesIO(_fill(raw, kind, filling, missing)), formats=[kind])
            image.load()
        except PILLOW_FAULTS:
            continue
        yield image


def _fill(raw: bytes, kind: Format, filling: bytes, missing: int) -> bytes:
    """Return a file of full length; a WebP is made longer still: what is filled in may take more bits."""
    if kind == "AVIF":
        return raw + (filling * (missing // len(filling) + 1))[:missing]
    more = filling * ((missing + len(raw)) // len(filling) + 1) + filling[: len(raw) % 2]
    filled = bytearray(raw + more)
    for at in _open_chunks(raw):
        filled[at + 4 : at + CHUNK] = (len(filled) - at - CHUNK).to_bytes(4, "little")
    return bytes(filled)


def _rows_alike(one: Image.Image, other: Image.Image) -> int:
    """Count the rows, from the top, that two pictures of one size have in common."""
    differ = np.any(np.asarray(one) != np.asarray(other), axis=(1, 2))
    return int(differ.argmax()) if differ.any() else one.height


def _open_chunks(raw: bytes) -> Iterator[int]:
    """Yield the places of the last chunks of a WebP that begin: of the file, of its frame, of the pixels in it."""
    yield 0
    inside = RIFF_HEADER
    while inside + CHUNK <= len(raw):
        at = inside
        while (
            after := at + CHUNK + _number(raw, at + 4) + _number(raw, at + 4) % 2
        ) + CHUNK <= len(raw):
            at = after
        yield at
        inside = at + CHUNK + FRAME_HEADER if raw[at : at + 4] == b"ANMF" else len(raw)


def _number(raw: bytes, at: int) -> int:
    return int.from_bytes(raw[at : at + 4], "little")


def _end_of_avif(raw: bytes) -> int:
    """Return where the box with the pixels ends; one of size 0 ends with the file."""
    at = raw.find(b"mdat") - 4
    return 0 if at < 0 else at + int.from_bytes(raw[at : at + 4], "big")

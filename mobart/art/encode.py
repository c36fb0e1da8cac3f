"""Pixels to PNG bytes: the same bytes for the same pixels, nothing but pixels inside.

Pixel art is written unfiltered, since its rows repeat rather than change smoothly; rows repeated by
enlargement are stored as "same as above".  For paintings, the cheap run-length strategy of zlib
beats its default on noisy art and loses on smooth art; a strip of the picture decides.
"""

import io
import struct
import zlib
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from mobart.art.decode import Pixels

PngMode = Literal["rgba", "smallest"]
TRUECOLOUR_ALPHA = 6
INDEXED = 3
Rows = npt.NDArray[np.uint8]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_COLOURS = 256
OPAQUE = 255
STRIP = 96
"""Rows of a painting on which strategies are tried."""
RUN_LENGTHS = {"compress_type": zlib.Z_RLE}
STRATEGIES: Mapping[str, tuple[dict[str, Any], ...]] = {
    "RGBA": (RUN_LENGTHS, {"compress_level": 4}),
    "RGB": (RUN_LENGTHS, {"compress_type": zlib.Z_FILTERED, "compress_level": 6}),
}
"""What is tried, by Pillow's mode.  Level 6 is worth 1 to 5 % on smooth art; with three channels it
takes no longer than Pillow's default does with four.
"""
SAME_AS_ABOVE = 2


def encode(pixels: Pixels, mode: PngMode, scale: int, *, native: bool) -> bytes:
    """Write *pixels* (height x width x 4), enlarged *scale* times, as PNG.

    `rgba` always writes four channels; `smallest` writes an exact palette or drops an opaque
    alpha.  *native* says that the pixels are pixel art.
    """
    if mode == "smallest":
        indexed = _index(pixels)
        if indexed is not None:
            return _write_indexed(*indexed, scale)
    if native:
        return _write(
            pixels.repeat(scale, 1).reshape(pixels.shape[0], -1), scale, 8, TRUECOLOUR_ALPHA
        )
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if mode == "smallest" and pixels[..., 3].min() == OPAQUE:
        image = image.convert("RGB")
    return _cheapest(image)


def _cheapest(image: Image.Image) -> bytes:
    """Encode with the strategy that makes the middle strip smallest."""
    middle = image.height // 2
    top = max(0, middle - STRIP // 2)
    strip = image.crop((0, top, image.width, min(image.height, top + STRIP)))
    return _save(image, min(STRATEGIES[image.mode], key=lambda options: len(_save(strip, options))))


def _save(image: Image.Image, options: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


def _index(pixels: Pixels) -> tuple[Rows, Rows] | None:
    """Return colours (count x 4, the opaque ones last) and indices, None for too many colours."""
    packed = np.ascontiguousarray(pixels).view("<u4")[..., 0]
    sample = packed[:: max(1, packed.shape[0] // 16)]
    if np.unique(sample).size > MOST_COLOURS:
        return None
    found, indices = np.unique(packed, return_inverse=True)
    if found.size > MOST_COLOURS:
        return None
    colours = found[:, None].view(np.uint8).reshape(-1, 4)
    order = np.argsort(colours[:, 3], kind="stable")
    place = np.empty(order.size, np.uint8)
    place[order] = np.arange(order.size)
    return colours[order], place[indices].reshape(packed.shape)


def _write_indexed(colours: Rows, indices: Rows, scale: int) -> bytes:
    bits = next(b for b in (1, 2, 4, 8) if len(colours) <= 1 << b)
    chunks = _chunk(b"PLTE", np.ascontiguousarray(colours[:, :3]).tobytes())
    alpha = colours[colours[:, 3] < OPAQUE][:, 3]
    if alpha.size:
        chunks += _chunk(b"tRNS", alpha.tobytes())
    rows = _pack(indices.repeat(scale, 1), bits)
    return _write(rows, scale, bits, INDEXED, chunks=chunks, width=indices.shape[1] * scale)


def _pack(indices: Rows, bits: int) -> Rows:
    """Put several indices into a byte, the leftmost in its highest bits."""
    if bits == 8:  # noqa: PLR2004 - a byte each
        return indices
    each = 8 // bits
    padded = np.pad(indices, ((0, 0), (0, -indices.shape[1] % each)))
    groups = padded.reshape(indices.shape[0], -1, each)
    shifts = np.arange(each - 1, -1, -1, dtype=np.uint8) * np.uint8(bits)
    return np.asarray(np.bitwise_or.reduce(groups << shifts, axis=2), np.uint8)


def _write(
    rows: Rows,
    scale: int,
    bits: int,
    kind: int,
    *,
    chunks: bytes = b"",
    width: int = 0,
) -> bytes:
    """Write unfiltered *rows* of bytes, each *scale* times; *kind* is PNG's colour type."""
    count, length = rows.shape
    lines = np.zeros((count, scale, length + 1), np.uint8)
    lines[:, 0, 1:] = rows
    lines[:, 1:, 0] = SAME_AS_ABOVE
    size = struct.pack(">IIBBBBB", width or length // 4, count * scale, bits, kind, 0, 0, 0)
    level = 6 if scale > 1 else 9
    data = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL + 1)
    body = data.compress(lines.tobytes()) + data.flush()
    parts = (_chunk(b"IHDR", size), chunks, _chunk(b"IDAT", body), _chunk(b"IEND", b""))
    return SIGNATURE + b"".join(parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

"""Pixels to PNG bytes: the same bytes for the same pixels, nothing but pixels inside.

Rows of pixel art that enlargement repeats are stored as "same as above".
"""

import struct
import zlib

import numpy as np
import numpy.typing as npt

from mobart.art.choices import PngMode
from mobart.art.files.decode import Pixels
from mobart.art.files.packing import pack_cells, pack_painting

TRUECOLOUR, TRUECOLOUR_ALPHA = 2, 6
INDEXED = 3
RGBA = 4
"""Channels."""
Rows = npt.NDArray[np.uint8]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_COLOURS = 256
OPAQUE = 255
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
    height, width = pixels.shape[:2]
    if mode == "smallest" and pixels[..., 3].min() == OPAQUE:
        pixels = pixels[..., :3]
    kind = TRUECOLOUR_ALPHA if pixels.shape[2] == RGBA else TRUECOLOUR
    return _assemble((width, height), 8, kind, pack_painting(pixels, mode))


def _index(pixels: Pixels) -> tuple[Rows, Rows] | None:
    """Return colours (count x 4, the opaque ones last) and indices, None for too many colours."""
    packed = np.ascontiguousarray(pixels).view("<u4")[..., 0]
    sample = packed[:: max(1, packed.shape[0] // 16)]
    if np.unique(sample).size > MOST_COLOURS:
        return None
    starts = np.flatnonzero(np.diff(packed.ravel(), prepend=~packed[:1, 0]))
    found, runs = np.unique(packed.ravel()[starts], return_inverse=True)
    if found.size > MOST_COLOURS:
        return None
    lengths = np.diff(starts, append=packed.size)
    colours = found[:, None].view(np.uint8).reshape(-1, 4)
    order = np.argsort(colours[:, 3], kind="stable")
    place = np.empty(order.size, np.uint8)
    place[order] = np.arange(order.size)
    return colours[order], place[runs].repeat(lengths).reshape(packed.shape)


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
    body = pack_cells(lines.tobytes(), indexed=kind == INDEXED, enlarged=scale > 1)
    size = (width or length // RGBA, count * scale)
    return _assemble(size, bits, kind, body, chunks)


def _assemble(
    size: tuple[int, int], bits: int, kind: int, body: bytes, chunks: bytes = b""
) -> bytes:
    header = struct.pack(">IIBBBBB", *size, bits, kind, 0, 0, 0)
    parts = (_chunk(b"IHDR", header), chunks, _chunk(b"IDAT", body), _chunk(b"IEND", b""))
    return SIGNATURE + b"".join(parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

"""Bodies for a picture's address: the true picture, broken ones and hostile ones."""

import struct
import zlib
from functools import cache

from mobart_local.standin.replies import Draw

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
BOMB_SIDE = 13_370
GZIP_BOMB_BYTES = 200 * 1024 * 1024


def true(draw: Draw) -> bytes:
    """Give the picture as it is."""
    return draw()


def half(draw: Draw) -> bytes:
    """Give the first half of the file."""
    picture = draw()
    return picture[: len(picture) // 2]


def svg(_: Draw) -> bytes:
    """Give a picture of a kind that runs scripts."""
    return b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def gif(_: Draw) -> bytes:
    """Give a GIF of one pixel."""
    return (
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00"
        b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
    )


def bomb(_: Draw) -> bytes:
    """Give a small, valid PNG of very many pixels."""
    return _bomb()


def huge_header(_: Draw) -> bytes:
    """Give a PNG that claims more pixels than it could hold."""
    return _png(side=65_535, data=zlib.compress(b"\0"))


def gzip_bomb(_: Draw) -> bytes:
    """Give gzip that inflates a thousandfold, behind a PNG's first bytes."""
    return _gzip_bomb()


@cache
def _bomb() -> bytes:
    row = b"\0" * (1 + (BOMB_SIDE + 7) // 8)
    squeeze = zlib.compressobj(9)
    data = b"".join(squeeze.compress(row) for _ in range(BOMB_SIDE)) + squeeze.flush()
    return _png(side=BOMB_SIDE, data=data)


@cache
def _gzip_bomb() -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    start = squeeze.compress(PNG_SIGNATURE)
    block = bytes(1024 * 1024)
    rest = (squeeze.compress(block) for _ in range(GZIP_BOMB_BYTES // len(block)))
    return start + b"".join(rest) + squeeze.flush()


def _png(*, side: int, data: bytes) -> bytes:
    """Build a PNG of one bit a pixel around compressed *data*."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return PNG_SIGNATURE + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)

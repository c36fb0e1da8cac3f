"""Content codings, undone as they stream in; what a body's first bytes say counts before any label.

Browsers do the same: servers label what they do not code, code what they do not label, or code twice.
RFC 9110 §8.4.1; gzip RFC 1952, zlib RFC 1950, deflate RFC 1951; the others in `modern_codings`.
"""

import codecs
import zlib
from contextlib import suppress
from typing import Protocol

from mobart.core.modern_codings import (
    BrotliUnpacker,
    DamagedCoding,
    ModernUnpacker,
    ZstdUnpacker,
)
from mobart.core.picture_kinds import kind_of

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
BROTLI = frozenset({"br"})
ENOUGH = 16
"""Bytes by which a picture, or a coding, is recognised."""
GZIP, ZLIB, RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
"""For zlib: what stands around the compressed data."""
ZLIB_CHECK = 31
"""The first two bytes of a zlib stream are a multiple of it."""
DEFLATE = frozenset({"deflate"})
TEXT = bytes(range(0x20, 0x7F)) + b"\t\r\n"
"""What JSON, streams of events and pages begin with; a coding has other bytes among its first ones."""
CHUNK = 1 << 16
STEP = 1024
"""Bytes that are unpacked at a time where of what fails nothing is returned."""
MOST_CODINGS = 4
"""No server codes as often; each one is asked for every byte."""


class _Unpacker(Protocol):
    """What `zlib.decompressobj` returns."""

    @property
    def unconsumed_tail(self) -> bytes: ...

    @property
    def unused_data(self) -> bytes: ...

    @property
    def eof(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes: ...

    def copy(self) -> "_Unpacker": ...


def codings_of(label: str) -> "list[Coding]":
    """Return what undoes the codings of a body, the outermost first; *label* is the value of Content-Encoding.

    A word that nobody knows says nothing, as to browsers: S3 stores hand on the `aws-chunked` of an upload.
    """
    labels = [name.strip().lower() for name in label.split(",")]
    return [Coding(one) for one in (*reversed(labels), "")][:MOST_CODINGS]


def decoded(raw: bytes, label: str, room: int) -> tuple[bytes, bool]:
    """Return what a body decodes to, up to *room* bytes, and whether that is all of it.

    One that is coded in no way, or begins as text whatever its *label* says, is returned as it is.
    """
    if not label and not raw.startswith((GZIP_MAGIC, ZSTD_MAGIC)):
        return raw, True
    if not raw.removeprefix(codecs.BOM_UTF8)[:ENOUGH].translate(None, TEXT):
        return raw, True
    codings, body = codings_of(label), bytearray()
    # In chunks, as of a damaged one the last is read byte by byte.
    for at in range(0, len(raw) + CHUNK, CHUNK):
        part = raw[at : at + CHUNK]
        for coding in codings:
            part = coding.undo(part, room + 1 - len(body), last=at >= len(raw))
        body += part
        if len(body) > room:
            break
    whole = len(body) <= room and all(coding.complete for coding in codings)
    return bytes(body[:room]), whole


class Coding:
    """One coding around a body, or none: what it is shows in its first bytes."""

    def __init__(self, label: str = "") -> None:
        """*label* is its word in Content-Encoding; without one only gzip and zstd are recognised."""
        self._label = label
        self._first: bytes | None = b""
        self._unpacker: _Unpacker | None = None
        self._modern: ModernUnpacker | None = None
        self._ended = False
        self.broken = False
        """The data were damaged; what came before is good."""

    @property
    def complete(self) -> bool:
        """Whether nothing is damaged, or lacks its end."""
        ended = self._unpacker is None or self._unpacker.eof
        return not self.broken and ended and (self._modern is None or self._modern.ended)

    def undo(self, data: bytes, room: int, *, last: bool = False) -> bytes:
        """Return what *data* decode to, up to *room* bytes.  After the *last* ones nothing is kept back."""
        if self._first is not None:
            self._first += data
            if len(self._first) < ENOUGH and not last:
                return b""
            data, self._first = self._first, None
            self._modern = self._recognised_modern(data)
            self._unpacker = None if self._modern else self._recognised(data)
        if self._modern:
            return self._stepped(self._modern, data, room)
        return data if self._unpacker is None else self._unpacked(data, room)

    def _recognised_modern(self, first: bytes) -> ModernUnpacker | None:
        """Brotli has no sign of its own, so its label counts where nothing else is recognised."""
        if first.startswith(ZSTD_MAGIC):
            return ZstdUnpacker()
        plain = kind_of(first) or first.startswith(GZIP_MAGIC)
        return BrotliUnpacker() if self._label in BROTLI and not plain and first else None

    def _stepped(self, unpacker: ModernUnpacker, data: bytes, room: int) -> bytes:
        """Decode up to the damage."""
        out = bytearray()
        try:
            for at in range(0, 0 if self.broken else len(data), STEP):
                if len(out) < room:
                    out += unpacker.unpack(data[at : at + STEP], room - len(out))
        except DamagedCoding:
            self.broken = True
        return bytes(out[:room])

    def _recognised(self, first: bytes) -> _Unpacker | None:
        if kind_of(first):
            return None
        if first.startswith(GZIP_MAGIC):
            return zlib.decompressobj(GZIP)
        if self._label not in DEFLATE or len(first) < len(GZIP_MAGIC):
            return None
        wrapped = (
            first[0] & 15 == zlib.DEFLATED and int.from_bytes(first[:2], "big") % ZLIB_CHECK == 0
        )
        return zlib.decompressobj(ZLIB if wrapped else RAW)

    def _unpacked(self, data: bytes, room: int) -> bytes:
        """Decode parts that follow each other; anything else behind an end is nobody's."""
        out = bytearray()
        while (unpacker := self._unpacker) and not self._ended and len(out) < room:
            before = unpacker.copy()
            try:
                out += unpacker.decompress(unpacker.unconsumed_tail + data, room - len(out))
            except zlib.error:
                out += _up_to_the_damage(before, before.unconsumed_tail + data)
                self.broken = self._ended = True
            if not (unpacker.eof and unpacker.unused_data):
                break
            data, self._unpacker = unpacker.unused_data, zlib.decompressobj(GZIP)
            self._ended = not GZIP_MAGIC.startswith(data[: len(GZIP_MAGIC)])
        return bytes(out[:room])


def _up_to_the_damage(unpacker: _Unpacker, data: bytes) -> bytes:
    """Decode byte by byte: of a call that fails, nothing is returned."""
    out = bytearray()
    with suppress(zlib.error):
        for at in range(len(data)):
            out += unpacker.decompress(data[at : at + 1])
    return bytes(out)

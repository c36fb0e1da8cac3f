"""The body of an answer as it streams in: decoded, counted, and never larger than allowed."""

import io
import zlib
from collections.abc import Callable, Mapping
from typing import Protocol

from mobart.core.errors import Code, Rejected
from mobart.downloads.formats import sniff

FAILED = "The picture could not be downloaded."
TOO_LARGE = "The picture is too large."
AUTOMATIC = 32 + zlib.MAX_WBITS
"""For zlib: gzip or zlib, by the first bytes."""


class _Decoder(Protocol):
    """What `zlib.decompressobj` returns."""

    @property
    def unconsumed_tail(self) -> bytes: ...

    @property
    def eof(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes: ...


CODINGS: Mapping[str, Callable[[], _Decoder]] = {
    "gzip": lambda: zlib.decompressobj(AUTOMATIC),
    "x-gzip": lambda: zlib.decompressobj(AUTOMATIC),
    "deflate": lambda: zlib.decompressobj(AUTOMATIC),
}
"""Content codings (RFC 9110, section 8.4.1) that some servers use although nobody asked."""


class Body:
    """Collects one body of at most *max_bytes*, before and after decoding."""

    def __init__(self, coding: str, max_bytes: int) -> None:
        """*coding* is the value of Content-Encoding.

        A word that nobody knows says nothing, as to browsers: S3 stores hand on the `aws-chunked`
        of an upload.
        """
        self._max_bytes = max_bytes
        self._data = io.BytesIO()
        self._received = 0
        names = (name.strip().lower() for name in coding.split(","))
        self._decoder = next((CODINGS[name]() for name in names if name in CODINGS), None)

    def expect(self, size: int) -> None:
        """Raise Rejected if *size* bytes are too many."""
        if size > self._max_bytes:
            detail = f"more than {self._max_bytes} bytes"
            raise Rejected(Code.IMAGE_TOO_LARGE, TOO_LARGE, detail=detail)

    def add(self, chunk: bytes) -> None:
        """Take in what came next.  Raises Rejected."""
        if not self._received and sniff(chunk):  # it was never coded
            self._decoder = None
        self._received += len(chunk)
        self.expect(self._received)
        self._data.write(self._decoded(chunk) if self._decoder else chunk)
        self.expect(self._data.tell())

    def whole(self) -> bytes:
        """Return all that was collected: the very bytes, which are not copied."""
        return self._data.getvalue()

    def _decoded(self, chunk: bytes) -> bytes:
        """Decode *chunk*, up to one byte more than is allowed."""
        decoder = self._decoder
        if decoder is None or decoder.eof:  # what stands behind the end is nobody's
            return b""
        room = self._max_bytes - self._data.tell() + 1
        try:
            return decoder.decompress(decoder.unconsumed_tail + chunk, room)
        except zlib.error as fault:
            raise Rejected(Code.DOWNLOAD_FAILED, FAILED, detail="a broken coding") from fault

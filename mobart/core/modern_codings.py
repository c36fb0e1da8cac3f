"""Brotli (RFC 7932) and zstd (RFC 8878), which some servers send though nobody told them to.

Loaded where something comes in one of them.
"""

import sys
from importlib import import_module
from typing import Any, Protocol

LARGEST_WINDOW = 23
"""Of zstd, as an exponent of two: 8 MiB, what senders may ask for over HTTP (RFC 9659)."""


ZSTD = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
"""Python's own, or what stands in for it."""


class DamagedCoding(Exception):
    """The data are not what they should be."""


class ModernUnpacker(Protocol):
    """Undoes one coding; nothing comes behind its end."""

    @property
    def ended(self) -> bool:
        """Whether its end has come."""

    def unpack(self, data: bytes, room: int) -> bytes:
        """Return what comes of *data*, about *room* bytes at most.  Raises DamagedCoding."""


class BrotliUnpacker:
    """Undoes brotli."""

    def __init__(self) -> None:
        """Begin a stream."""
        import brotli  # noqa: PLC0415 - few servers need it

        self._stream: Any = brotli.Decompressor()
        self._error: type[Exception] = brotli.error

    @property
    def ended(self) -> bool:
        """See `ModernUnpacker`."""
        return bool(self._stream.is_finished())

    def unpack(self, data: bytes, room: int) -> bytes:
        """See `ModernUnpacker`."""
        try:
            unpacked: bytes = self._stream.process(data, output_buffer_limit=room)
        except self._error as error:
            raise DamagedCoding(str(error)) from error
        return unpacked


class ZstdUnpacker:
    """Undoes zstd; frames may follow each other."""

    def __init__(self) -> None:
        """Begin a stream."""
        self._zstd: Any = import_module(ZSTD)
        self._frame = self._begin()

    def _begin(self) -> Any:
        return self._zstd.ZstdDecompressor(
            options={self._zstd.DecompressionParameter.window_log_max: LARGEST_WINDOW}
        )

    @property
    def ended(self) -> bool:
        """See `ModernUnpacker`."""
        return bool(self._frame.eof)

    def unpack(self, data: bytes, room: int) -> bytes:
        """See `ModernUnpacker`."""
        unpacked = bytearray()
        try:
            while data and len(unpacked) < room:
                if self._frame.eof:
                    self._frame = self._begin()
                unpacked += self._frame.decompress(data, room - len(unpacked))
                data = self._frame.unused_data if self._frame.eof else b""
        except self._zstd.ZstdError as error:
            raise DamagedCoding(str(error)) from error
        return bytes(unpacked)

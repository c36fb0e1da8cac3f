"""The body of an answer as it streams in: decoded, counted, and never larger than allowed."""

import io

from mobart.core.codings import codings_of
from mobart.core.errors import Code, Rejected
from mobart.core.picture_kinds import foreign_kind_of, kind_of

FAILED = "The picture could not be downloaded."
TOO_LARGE = "The picture is too large."


class Body:
    """Collects one body of at most *max_bytes*, before and after decoding."""

    def __init__(self, codings: str, max_bytes: int) -> None:
        """*codings* is the value of Content-Encoding, the one that was applied last at its end."""
        self._max_bytes = max_bytes
        self._data = io.BytesIO()
        self._received = 0
        self._within: bytes | None = None
        """What was found in it, once all of it is there: looking takes its time."""
        self._codings = codings_of(codings)

    def expect(self, size: int) -> None:
        """Raise Rejected if *size* bytes are too many."""
        if size > self._max_bytes:
            detail = f"more than {self._max_bytes} bytes"
            raise Rejected(Code.IMAGE_TOO_LARGE, TOO_LARGE, detail=detail)

    def add(self, chunk: bytes) -> None:
        """Take in what came next.  Raises Rejected."""
        self._received += len(chunk)
        self.expect(self._received)
        self._decode(chunk)
        self.expect(self._data.tell())

    def whole(self) -> bytes:
        """Return all that was collected, the very bytes, which are not copied; or the picture within."""
        self._decode(b"", last=True)
        data = self._data.getvalue()
        if kind_of(data) or foreign_kind_of(data):
            return data
        if self._within is None:
            from mobart.downloads.wrapped import picture_within  # noqa: PLC0415 - few servers need it

            self._within = picture_within(data)
        return self._within

    @property
    def broken(self) -> bool:
        """Whether its coding was damaged: what came before is there."""
        return any(coding.broken for coding in self._codings)

    def _decode(self, chunk: bytes, *, last: bool = False) -> None:
        """Decode *chunk*, up to one byte more than is allowed."""
        room = self._max_bytes - self._data.tell() + 1
        for coding in self._codings:
            chunk = coding.undo(chunk, room, last=last)
        if chunk:
            self._data.write(chunk)

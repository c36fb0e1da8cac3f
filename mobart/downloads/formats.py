"""Recognises picture files by their first bytes, and complete ones by their last."""

from collections.abc import Callable

from mobart.core.errors import Code, Rejected

NO_PICTURE = "What the image provider delivered is not a usable picture."

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNK_FRAME = 12
"""Length, name and checksum of a PNG chunk."""
JPEG_TAIL = 1024
"""Bytes behind the end of a JPEG in which the end marker is still looked for."""


def sniff(data: bytes) -> str | None:
    """Return `png`, `jpeg` or `webp` by magic bytes; None for anything else."""
    if data.startswith(PNG_SIGNATURE):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return None


def check_whole(data: bytes) -> bytes:
    """Return *data* if it is a whole picture file.

    Raises:
        Rejected: it is none, or a part of one.
    """
    kind = sniff(data)
    if kind is None:
        raise Rejected(Code.IMAGE_INVALID, NO_PICTURE, detail="no PNG, JPEG or WebP")
    if not is_whole(data, kind):
        raise Rejected(Code.IMAGE_INVALID, NO_PICTURE, detail=f"a truncated {kind} file")
    return data


def is_whole(data: bytes, kind: str) -> bool:
    """Return whether a file of *kind* is complete."""
    return _WHOLE[kind](data)


def _png(data: bytes) -> bool:
    """Walk the chunks.  One that lacks nothing but its end chunk still holds the whole picture."""
    place, pixels = len(PNG_SIGNATURE), False
    while place + CHUNK_FRAME <= len(data):
        name = data[place + 4 : place + 8]
        if name == b"IEND":
            return True
        pixels = pixels or name == b"IDAT"
        place += CHUNK_FRAME + int.from_bytes(data[place : place + 4], "big")
    return pixels and place <= len(data)


def _jpeg(data: bytes) -> bool:
    """Look for the end marker, which no compressed pixel can look like."""
    return b"\xff\xd9" in data[-JPEG_TAIL:]


def _webp(data: bytes) -> bool:
    """Compare with the size that the file's own header names."""
    return len(data) >= 8 + int.from_bytes(data[4:8], "little")


_WHOLE: dict[str, Callable[[bytes], bool]] = {"png": _png, "jpeg": _jpeg, "webp": _webp}

"""Recognises picture files by their first bytes, and whether all of their picture has come."""

from collections.abc import Callable, Iterator

from mobart.core.errors import Code, Rejected
from mobart.core.picture_kinds import foreign_kind_of, kind_of

NO_PICTURE = "What the image provider delivered is not a usable picture."

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNK_FRAME = 12
"""Length, name and checksum of a PNG chunk."""
SCAN = b"\xda"
"""JPEG's marker before compressed pixels."""
FIRST_FRAMES = frozenset({b"VP8 ", b"VP8L", b"ANMF"})
"""WebP chunks with the pixels of the picture, or of the first one of an animation."""
IMAGE, HAS_COLOURS = 0x2C, 0x80
"""GIF's separator before a frame, and the flag for a table of colours of its own."""


def check_whole(data: bytes, *, partial: bool = False) -> bytes:
    """Return *data* if it is a whole picture file, or, if *partial*, what there is of one.

    What nobody reads is returned if it can be told what it is: who tries to says so.

    Raises:
        Rejected: it is none, or a part of one.
    """
    kind = kind_of(data)
    if foreign_kind_of(data):
        return data
    if kind is None:
        raise Rejected(Code.IMAGE_INVALID, NO_PICTURE, detail="no picture file that is known")
    if not partial and not is_whole(data, kind):
        raise Rejected(Code.IMAGE_INVALID, NO_PICTURE, detail=f"a truncated {kind} file")
    return data


def is_whole_picture(data: bytes) -> bool:
    """Return whether *data* is a picture file to its end."""
    kind = kind_of(data)
    return kind is not None and is_whole(data, kind)


def is_whole(data: bytes, kind: str) -> bool:
    """Return whether a file of *kind* is complete."""
    return _WHOLE[kind](data) if kind in _WHOLE else bool(data)  # of others their decoder tells


def _png(data: bytes) -> bool:
    """Walk the chunks to the end of the pixels: metadata, further frames and the end may be missing."""
    place, pixels = len(PNG_SIGNATURE), False
    while place + CHUNK_FRAME <= len(data):
        name = data[place + 4 : place + 8]
        if pixels and name != b"IDAT":
            return True
        pixels = name == b"IDAT"
        place += CHUNK_FRAME + int.from_bytes(data[place : place + 4], "big")
    return pixels and place <= len(data)


def _jpeg(data: bytes) -> bool:
    """Look for the end marker, which no compressed pixel can look like; a preview has one as well.

    What stands behind it, such as the film of a moving photo, is nobody's.
    """
    place = 2
    while data[place : place + 1] == b"\xff" and data[place + 1 : place + 2] != SCAN:
        filled = data[place + 1 : place + 2] == b"\xff"
        place += 1 if filled else 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return data.find(b"\xff\xd9", place) >= 0


def _webp(data: bytes) -> bool:
    """Walk the chunks up to the pixels: the size that the header names of all is often wrong."""
    place = 12
    while place + 8 <= len(data):
        end = place + 8 + int.from_bytes(data[place + 4 : place + 8], "little")
        if data[place : place + 4] in FIRST_FRAMES:
            return end <= len(data)
        place = end + end % 2
    return False


def _gif(data: bytes) -> bool:
    """Walk the blocks to the end of the first frame (GIF89a, appendix B): others, and the end, may be missing."""
    place = 13 + _colours(data, 10)
    while place < len(data):
        is_frame = data[place] == IMAGE
        place += 11 + _colours(data, place + 9) if is_frame else 2
        while size := int.from_bytes(data[place : place + 1], "big"):
            place += 1 + size
        place += 1
        if is_frame:
            return place <= len(data)
    return False


def _colours(data: bytes, place: int) -> int:
    """Return the bytes of the table of colours that the flags at *place* tell of."""
    flags = int.from_bytes(data[place : place + 1], "big")
    return 3 << (flags & 7) + 1 if flags & HAS_COLOURS else 0


def _avif(data: bytes) -> bool:
    """Look at the box with the pixels (ISO/IEC 14496-12, section 4.2); of size 0 it ends with the file."""
    place = data.find(b"mdat") - 4
    end = place + _number(data, place)
    return place >= 0 and (end <= len(data) or 0 < _first_frame_end(data[:place]) <= len(data))


def _first_frame_end(boxes: bytes) -> int:
    """Return where the first frame of an animation ends, with its alpha; 0 if there is none (section 8.7)."""
    ends = [0]
    for size, place in zip(_places(b"stsz", boxes), _places(b"stco", boxes), strict=False):
        ends.append(
            _number(boxes, place + 12) + (_number(boxes, size + 8) or _number(boxes, size + 16))
        )
    return max(ends)


def _places(name: bytes, boxes: bytes) -> Iterator[int]:
    """Yield where boxes of that name begin, behind their size."""
    place = boxes.find(name)
    while place >= 0:
        yield place
        place = boxes.find(name, place + 1)


def _number(data: bytes, place: int) -> int:
    return int.from_bytes(data[max(0, place) : max(0, place) + 4], "big")


_WHOLE: dict[str, Callable[[bytes], bool]] = {
    "png": _png,
    "jpeg": _jpeg,
    "webp": _webp,
    "gif": _gif,
    "avif": _avif,
}

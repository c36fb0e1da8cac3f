"""Files that decode without a word though a part of their picture is missing."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from mobart.art import Recipe, Truncated
from mobart.art.files.decode import decode
from mobart.art.files.missing import ADAM7
from mobart.art.pipeline import develop, render

SIDE = 64
MAX = SIDE * SIDE
PIXELS = np.random.default_rng(7).integers(0, 255, (SIDE, SIDE, 3), np.uint8)
END = b"\xff\xd9"


def png(rows: bytes, *, interlaced: bool = False) -> bytes:
    """Write rows, each with its filter, as a PNG of `SIDE` by `SIDE` pixels whose data end validly."""
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, interlaced)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def rows_of(pixels: np.ndarray) -> bytes:
    """Put the filter that is none in front of each row."""
    return b"".join(b"\0" + row.tobytes() for row in pixels)


def passes(count: int) -> bytes:
    """Write the first passes of an interlaced PNG."""
    parts = [PIXELS[top::down, left::right] for left, top, right, down in ADAM7[:count]]
    return png(b"".join(map(rows_of, parts)), interlaced=True)


def jpeg(share: float, **options: object) -> bytes:
    """Write that share of a JPEG, and its end."""
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, "JPEG", **options)
    whole = buffer.getvalue()
    return whole[: int(share * len(whole))].removesuffix(END) + END


def without(count: int, **options: object) -> bytes:
    """Write a JPEG that lacks so many bytes before its end."""
    return jpeg(1, **options).removesuffix(END)[:-count] + END


LACKING = {
    "a row": png(rows_of(PIXELS[:-1])),
    "half the rows": png(rows_of(PIXELS[: SIDE // 2])),
    "a pass": passes(6),
    "nearly all passes": passes(1),
    "the end of a JPEG": jpeg(0.9),
    "the end of one with restarts": jpeg(0.9, restart_marker_rows=1),
    "the last scans of a progressive one": jpeg(0.7, progressive=True),
    "sixty bytes of a JPEG": without(60),
    "sixty bytes of a progressive one": without(60, progressive=True),
}
WHOLE = {
    "rows": png(rows_of(PIXELS)),
    "more rows than there are": png(rows_of(PIXELS) + bytes(999)),
    "passes": passes(7),
    "a JPEG": jpeg(1),
    "one with restarts": jpeg(1, restart_marker_rows=1),
    "a progressive one": jpeg(1, progressive=True),
    "a grey one": jpeg(1, quality=5),
    "one of the highest quality": jpeg(1, quality=100, subsampling=0, optimize=True),
    "one without an end": jpeg(1).removesuffix(END) + bytes(32),
}


@pytest.mark.parametrize("lacking", LACKING)
def test_a_picture_that_lacks_a_part_is_told_from_a_whole_one(lacking: str) -> None:
    """Decoders fill it in, and another download may bring it."""
    with pytest.raises(Truncated, match="lacks"):
        decode(LACKING[lacking], MAX)


@pytest.mark.parametrize("whole", WHOLE)
def test_nothing_is_missing_in_a_whole_picture(whole: str) -> None:
    """Whatever its file looks like."""
    assert decode(WHOLE[whole], MAX).shape == (SIDE, SIDE, 4)


@pytest.mark.parametrize("lacking", [*LACKING, "the end of a file", "the end of a GIF"])
def test_what_there_is_of_a_picture_is_kept_where_that_is_wanted_and_told(lacking: str) -> None:
    """It is paid for, and nothing better is to be had."""
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, "GIF")
    cut = {"the end of a file": WHOLE["rows"][:9000], "the end of a GIF": buffer.getvalue()[:3000]}
    art = develop((LACKING | cut)[lacking], Recipe(partial=True))
    assert [(each.wish, each.reason) for each in art.unfulfilled] == [("picture", "incomplete")]
    assert len(np.unique(art.pixels)) > 9


def test_a_picture_of_which_nothing_is_left_is_no_picture() -> None:
    """Nor is it told as one that was painted blank."""
    with pytest.raises(Truncated):
        render(png(b"\0" + bytes(3 * SIDE)), Recipe(partial=True))


def test_the_whole_picture_is_told_as_whole_though_a_part_were_taken() -> None:
    """As on the last try."""
    assert develop(WHOLE["rows"], Recipe(partial=True)).unfulfilled == ()

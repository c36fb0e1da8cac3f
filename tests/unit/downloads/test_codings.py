"""Bodies as servers code them, which is not always as they say."""

import gzip
import importlib
import io
import zlib

import brotli
import pytest
from PIL import Image

from mobart.core.errors import Rejected
from mobart.core.modern_codings import ZSTD
from mobart.downloads.bodies import Body

LIMIT = 1 << 20


def draw() -> bytes:
    """Encode a picture."""
    data = io.BytesIO()
    Image.effect_noise((48, 48), 80).save(data, "PNG")
    return data.getvalue()


def zstd(data: bytes) -> bytes:
    """Pack with what this Python has."""
    packed: bytes = importlib.import_module(ZSTD).compress(data)
    return packed


PACKERS = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstd}
PICTURE = draw()
RAW = zlib.compress(PICTURE)[2:-4]
WAYS: dict[str, tuple[str, bytes]] = {
    "plain": ("", PICTURE),
    "gzip": ("gzip", gzip.compress(PICTURE)),
    "gzip, in capitals": (" X-GZip ", gzip.compress(PICTURE)),
    "gzip in two parts": ("gzip", gzip.compress(PICTURE[:500]) + gzip.compress(PICTURE[500:])),
    "gzip with a wrong sum": ("gzip", gzip.compress(PICTURE)[:-8] + bytes(8)),
    "gzip without its sum": ("gzip", gzip.compress(PICTURE)[:-8]),
    "gzip and more": ("gzip", gzip.compress(PICTURE) + b"\r\n"),
    "gzip that is not told": ("", gzip.compress(PICTURE)),
    "gzip that is no gzip": ("gzip", PICTURE),
    "zlib": ("deflate", zlib.compress(PICTURE)),
    "bare deflate": ("deflate", RAW),
    "deflate that is gzip": ("deflate", gzip.compress(PICTURE)),
    "twice": ("gzip, gzip", gzip.compress(gzip.compress(PICTURE))),
    "two": ("deflate, gzip", gzip.compress(zlib.compress(PICTURE))),
    "an unknown word": ("aws-chunked", PICTURE),
    "brotli": ("br", brotli.compress(PICTURE)),
    "brotli that is none": ("br", PICTURE),
    "brotli that is gzip": ("br", gzip.compress(PICTURE)),
    "zstd": ("zstd", zstd(PICTURE)),
    "zstd in two parts": ("zstd", zstd(PICTURE[:500]) + zstd(PICTURE[500:])),
    "zstd that is not told": ("", zstd(PICTURE)),
    "zstd that is none": ("zstd", PICTURE),
    "brotli in zstd": ("br, zstd", zstd(brotli.compress(PICTURE))),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("step", [1, 700, LIMIT])
def test_a_picture_is_decoded_as_browsers_do(way: str, step: int) -> None:
    """In however many pieces it comes."""
    label, coded = WAYS[way]
    body = Body(label, LIMIT)
    for at in range(0, len(coded), step):
        body.add(coded[at : at + step])
    assert body.whole().removesuffix(b"\r\n") == PICTURE
    assert body.broken == (way == "gzip with a wrong sum")


@pytest.mark.parametrize("coding", PACKERS)
@pytest.mark.parametrize("codings", [1, 2])
def test_what_inflates_beyond_the_limit_is_refused(coding: str, codings: int) -> None:
    """However often it was packed."""
    bomb = bytes(64 * LIMIT)
    for _ in range(codings):
        bomb = PACKERS[coding](bomb)
    body = Body(", ".join([coding] * codings), LIMIT)
    with pytest.raises(Rejected):
        body.add(bomb)


def test_what_came_before_the_damage_is_kept() -> None:
    """A part of a picture is paid for."""
    coded = bytearray(gzip.compress(PICTURE))
    coded[len(coded) // 2 :] = b"\xff" * (len(coded) - len(coded) // 2)
    body = Body("gzip", LIMIT)
    body.add(bytes(coded))
    came = body.whole()
    assert body.broken
    assert len(came) > len(PICTURE) // 4
    assert came[: len(PICTURE) // 4] == PICTURE[: len(PICTURE) // 4]


@pytest.mark.parametrize("coding", ["br", "zstd"])
def test_what_is_none_of_the_modern_codings_is_told(coding: str) -> None:
    """Its first block is damaged, or was never one."""
    body = Body(coding, LIMIT)
    body.add(PACKERS[coding](bytes(range(256)) * 99)[:8] + b"\xff" * 5000)
    body.whole()
    assert body.broken

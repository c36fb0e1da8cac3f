"""Kinds of picture files, told by their first bytes."""

import re
from collections.abc import Callable, Mapping

AVIF_BRANDS = (b"avif", b"avis")
DRAWING = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<[?!][^>]{0,1000}>\s*){0,9}<svg[\s>]")
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
PORTABLE = re.compile(rb"P[1-6][\s#]")
"""How the formats of Netpbm begin."""


def _starts(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(magics)


def _is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def _is_avif(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and any(brand in data[8:64] for brand in AVIF_BRANDS)


KINDS: Mapping[str, Callable[[bytes], bool]] = {
    "png": _starts(b"\x89PNG\r\n\x1a\n"),
    "jpeg": _starts(b"\xff\xd8\xff"),
    "webp": _is_webp,
    "gif": _starts(b"GIF87a", b"GIF89a"),
    "avif": _is_avif,
    "tiff": _starts(b"II*\0", b"MM\0*"),
    "bmp": lambda data: data[:2] == b"BM" and data[6:10] == b"\0\0\0\0",
    "jpeg2000": _starts(b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
    "ico": lambda data: data[:4] == b"\0\0\1\0" and data[4:6] != b"\0\0",
    "qoi": _starts(b"qoif"),
    "ppm": lambda data: PORTABLE.match(data) is not None,
}
"""How each begins; from TIFF on no image API documents them, but servers of one's own save in them."""
FOREIGN: Mapping[str, Callable[[bytes], bool]] = {
    "HEIC": lambda data: data[4:8] == b"ftyp" and any(one in data[8:64] for one in HEIF_BRANDS),
    "JPEG XL": _starts(b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"),
    "SVG": lambda data: DRAWING.match(data) is not None,
    "PDF": _starts(b"%PDF-"),
    "Photoshop": _starts(b"8BPS"),
    "OpenEXR": _starts(b"\x76\x2f\x31\x01"),
    "Radiance HDR": _starts(b"#?RADIANCE", b"#?RGBE"),
    "DDS": _starts(b"DDS "),
    "KTX": _starts(b"\xabKTX "),
    "ICNS": _starts(b"icns"),
    "an MNG animation": _starts(b"\x8aMNG\r\n\x1a\n"),
    "an MP4 film": lambda data: data[4:8] == b"ftyp",
    "a WebM film": _starts(b"\x1a\x45\xdf\xa3"),
    "a ZIP archive": _starts(b"PK\3\4"),
}
"""What may be paid for and come, and is not read; the first that fits counts."""


def kind_of(data: bytes) -> str | None:
    """Return the kind of a picture file that begins with *data*; None for anything else."""
    return next((kind for kind, begins in KINDS.items() if begins(data)), None)


def foreign_kind_of(data: bytes) -> str | None:
    """Return by what name a file is known that nobody here reads; None for anything else."""
    if kind_of(data):
        return None
    return next((kind for kind, begins in FOREIGN.items() if begins(data)), None)

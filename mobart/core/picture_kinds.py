"""Kinds of picture files, told by their first bytes."""

from collections.abc import Callable, Mapping

AVIF_BRANDS = (b"avif", b"avis")


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
}
"""How each begins; the last three no image API documents, but servers of one's own save in them."""


def kind_of(data: bytes) -> str | None:
    """Return the kind of a picture file that begins with *data*; None for anything else."""
    return next((kind for kind, begins in KINDS.items() if begins(data)), None)

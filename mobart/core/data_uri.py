"""Files that are in an answer itself: base64, bare or in a `data:` URI (RFC 2397)."""

import base64
from urllib.parse import unquote_to_bytes

PREFIX = "data:"
URL_ALPHABET = bytes.maketrans(b"-_", b"+/")


def file_in(text: object) -> bytes:
    """Decode a file in base64, with or without `data:...;base64,` before it; anything else is empty.

    White space in it is skipped, its `=` may be missing, and its alphabet may be that of URLs; it may
    be cut off, and percent-encoded, as a `data:` URI without base64 has to be.
    """
    if not isinstance(text, str):
        return b""
    data = text.partition(",")[2] if is_data_uri(text) else text.rpartition(",")[2]
    plain = unquote_to_bytes(data) if "%" in data else data.encode(errors="replace")
    code = b"".join(plain.split()).rstrip(b"=").translate(URL_ALPHABET)
    code = code[: len(code) - (len(code) % 4 == 1)]  # six bits are no byte
    try:
        return base64.b64decode(code + b"=" * (-len(code) % 4), validate=True)
    except ValueError:
        return plain if plain != data.encode(errors="replace") else b""


def is_data_uri(address: str) -> bool:
    """Return whether an address holds its file itself."""
    return address.lstrip()[: len(PREFIX)].lower() == PREFIX


def data_uri(data: bytes) -> str:
    """Write *data* as a `data:` URI of no particular type."""
    return f"data:;base64,{base64.b64encode(data).decode()}"

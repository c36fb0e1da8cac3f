"""Files that are in an answer itself: base64, bare or in a `data:` URI (RFC 2397)."""

import base64

PREFIX = "data:"


def file_in(text: object) -> bytes:
    """Decode a file in base64, with or without `data:...;base64,` before it; anything else is empty.

    White space in it is skipped, its `=` may be missing, and its alphabet may be that of URLs.
    """
    if not isinstance(text, str):
        return b""
    data = "".join(text.rpartition(",")[2].split()).rstrip("=")
    data = data.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(data + "=" * (-len(data) % 4), validate=True)
    except ValueError:  # not ASCII, or not base64
        return b""


def is_data_uri(address: str) -> bool:
    """Return whether an address holds its file itself."""
    return address[: len(PREFIX)].lower() == PREFIX


def data_uri(data: bytes) -> str:
    """Write *data* as a `data:` URI of no particular type."""
    return f"data:;base64,{base64.b64encode(data).decode()}"

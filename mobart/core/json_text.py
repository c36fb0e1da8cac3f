"""Compact JSON in UTF-8, as all messages are written."""

import json
from json.encoder import encode_basestring

quoted = encode_basestring
"""Writes a text as JSON; `text_of` does more around it."""
text_of, _sorted_text_of = (
    json.JSONEncoder(
        ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=sort_keys
    ).encode
    for sort_keys in (False, True)
)
"""Made once: making an encoder takes longer than writing a request with it."""


def dump(value: object, *, sort_keys: bool = False) -> bytes:
    """Write compact JSON in UTF-8.  Raises ValueError for what JSON has no form for."""
    return (_sorted_text_of if sort_keys else text_of)(value).encode()

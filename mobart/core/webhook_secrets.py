"""Standard Webhooks secrets (github.com/standard-webhooks): one rule for all that use them."""

import base64

PREFIX = "whsec_"
SHORTEST = 16
"""Bytes of a key: 128 bits, below which HMAC-SHA256 can be guessed.  The specification wants 24."""


def webhook_key(secret: str) -> bytes:
    """Return the key in *secret*, which is `whsec_` and base64, with or without its padding.

    Raises:
        ValueError: it is malformed or too short; the text does not repeat it.
    """
    encoded = secret.removeprefix(PREFIX)
    if encoded == secret:
        raise ValueError(f"must start with {PREFIX}")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        raise ValueError(f"must be {PREFIX} and base64") from None
    if len(key) < SHORTEST:
        raise ValueError(f"must be {PREFIX} and base64 of at least {SHORTEST} bytes, better 32")
    return key

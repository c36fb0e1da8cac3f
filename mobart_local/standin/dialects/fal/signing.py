"""How fal signs its webhooks: ED25519 over four lines, with keys that it publishes as a JWKS."""

import base64
import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"the stand-in signs with this").digest())
USER = "github|4711"


def signed(body: bytes, request_id: str, now: int) -> dict[str, str]:
    """Return the headers of a webhook; *now* is in Unix seconds."""
    lines = (request_id, USER, str(now), hashlib.sha256(body).hexdigest())
    return {
        "X-Fal-Webhook-Request-Id": request_id,
        "X-Fal-Webhook-User-Id": USER,
        "X-Fal-Webhook-Timestamp": str(now),
        "X-Fal-Webhook-Signature": KEY.sign("\n".join(lines).encode()).hex(),
    }


def jwks() -> dict[str, Any]:
    """Write the public key as a JSON Web Key Set (RFC 7517, RFC 8037)."""
    public = base64.urlsafe_b64encode(KEY.public_key().public_bytes_raw()).decode().rstrip("=")
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": public, "use": "sig", "alg": "EdDSA"}]}

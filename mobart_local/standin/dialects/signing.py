"""How fal and Ideogram sign webhooks: Ed25519 over four lines, with keys published as a JWKS."""

import base64
import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"the stand-in signs with this").digest())
USER = "github|4711"


def signed(body: bytes, generation: str, now: int, *, prefix: str, id_name: str) -> dict[str, str]:
    """Return the headers of a webhook; *now* is in Unix seconds, *id_name* of the vendor's choice."""
    lines = (generation, USER, str(now), hashlib.sha256(body).hexdigest())
    return {
        f"{prefix}-{id_name}": generation,
        f"{prefix}-User-Id": USER,
        f"{prefix}-Timestamp": str(now),
        f"{prefix}-Signature": KEY.sign("\n".join(lines).encode()).hex(),
    }


def jwks() -> dict[str, Any]:
    """Write the public key as a JSON Web Key Set (RFC 7517, RFC 8037)."""
    public = base64.urlsafe_b64encode(KEY.public_key().public_bytes_raw()).decode().rstrip("=")
    key = {"kty": "OKP", "crv": "Ed25519", "x": public, "use": "sig", "alg": "EdDSA"}
    return {"keys": [{**key, "kid": "stand-in"}]}

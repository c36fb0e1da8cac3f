"""The address that a provider calls back, one for each request, and the HMAC that authenticates it.

A provider that cannot be asked about a lost submit still tells us its task id here: the request's
id is in the address it was given, so a call tells which request it is about.
"""

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class CallbackAddress:
    """Where one provider calls us back; *key* is known to the provider and us."""

    public_url: str
    provider: str
    key: str

    def url(self, request_id: str) -> str:
        """Return the address for one request."""
        return f"{self.public_url}/hooks/{self.provider}/{quote(request_id, safe='')}"

    def proving_url(self, request_id: str) -> str:
        """Return the address with the secret in it, for a provider that sends no header of ours."""
        return f"{self.url(request_id)}?proof={self.secret(request_id)}"

    def secret(self, request_id: str) -> str:
        """Return the secret that the caller has to send; it is good for this request alone."""
        message = f"mobart:{self.provider}:{request_id}".encode()
        return hmac.new(self.key.encode(), message, hashlib.sha256).hexdigest()

    def proves(self, request_id: str, secret: str) -> bool:
        """Tell whether *secret* is that of the request, compared in constant time.

        A header may hold bytes that are no text, which arrive as half surrogates.
        """
        received = secret.encode(errors="replace")
        return hmac.compare_digest(self.secret(request_id).encode(), received)

"""The address that a provider calls back, one for each request, and the word that proves it is told.

A provider that cannot be asked about a lost submit still tells us its task id here: the request's
id is in the address it was given, so whoever calls it knows which request it works on.
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
        """Return the address with the word in it, for a provider that brings no header of ours."""
        return f"{self.url(request_id)}?proof={self.secret(request_id)}"

    def secret(self, request_id: str) -> str:
        """Return the word that the caller has to bring; it is good for this request alone."""
        message = f"mobart:{self.provider}:{request_id}".encode()
        return hmac.new(self.key.encode(), message, hashlib.sha256).hexdigest()

    def proves(self, request_id: str, word: str) -> bool:
        """Whether *word* is that word, compared in constant time.

        A header may hold bytes that are no text, which come as half surrogates.
        """
        brought = word.encode(errors="replace")
        return hmac.compare_digest(self.secret(request_id).encode(), brought)

"""The address that a provider calls back, one for each request, and the HMAC that authenticates it.

A provider that cannot be asked about a lost submit still sends us its task id here: the request's
id is in the address it was given, so a callback says which request it is about.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from mobart.providers.states import DONE, FAILED, UNDER_WAY

LABEL = b"mobart callback proof"
"""Separates the keys of proofs from every other use of the secret they are derived from."""
WORDS = DONE | FAILED | UNDER_WAY
"""States of tasks, where a field of the same name may hold what was sent with one."""
DEEPEST = 8
"""How far into a task it is looked for what it was submitted with."""


@dataclass(frozen=True, slots=True)
class CallbackAddress:
    """Where one provider calls us back."""

    public_url: str
    provider: str
    key: str
    """MOBART_CALLBACK_KEY or the provider's API key; proofs are made with a key derived from it."""
    echo: str = ""
    """The field of a task that repeats the request's id, where there is one."""

    def __repr__(self) -> str:
        """Leave out the key."""
        return f"CallbackAddress({self.public_url!r}, {self.provider!r})"

    def url(self, request_id: str) -> str:
        """Return the address for one request."""
        return f"{self.public_url}/hooks/{self.provider}/{quote(request_id, safe='')}"

    def proving_url(self, request_id: str) -> str:
        """Return the address with the proof in it, for a provider that sends no header of ours."""
        return f"{self.url(request_id)}/{self.secret(request_id)}"

    def is_of(self, request_id: str, address: object) -> bool:
        """Whether *address* was given out for a request, whatever the proof in it, and however it is escaped."""
        mine, found = unquote(self.url(request_id)), unquote(str(address))
        return found == mine or found.startswith((f"{mine}/", f"{mine}?"))

    def names_another(self, request_id: str, task: object, depth: int = DEEPEST) -> bool:
        """Whether a task that calls back was submitted for another request: by its address, or its `echo`."""
        if isinstance(task, Mapping):
            echoed = task.get(self.echo)
            told = echoed if isinstance(echoed, str) else ""
            other = told not in {"", request_id} and told.casefold() not in WORDS  # an envelope's
            return other or self.names_another(request_id, list(task.values()), depth)
        if isinstance(task, list):
            return depth > 0 and any(self.names_another(request_id, one, depth - 1) for one in task)
        ours = isinstance(task, str) and task.startswith(f"{self.public_url}/hooks/")
        return ours and not self.is_of(request_id, task)

    def secret(self, request_id: str) -> str:
        """Return the proof that the caller has to send; it is good for this request alone."""
        key = derived_key(self.key.encode(), LABEL)
        message = f"mobart:{self.provider}:{request_id}".encode()
        return hmac.new(key, message, hashlib.sha256).hexdigest()

    def proves(self, request_id: str, proof: str) -> bool:
        """Whether *proof* is that of the request, compared in constant time.

        A header may hold bytes that are no text, which arrive as half surrogates.
        """
        received = proof.encode(errors="replace")
        return hmac.compare_digest(self.secret(request_id).encode(), received)


def derived_key(secret: bytes, label: bytes) -> bytes:
    """Return a key of 32 bytes: HKDF-SHA256 (RFC 5869) without salt, its first block."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, label + b"\x01", "sha256")

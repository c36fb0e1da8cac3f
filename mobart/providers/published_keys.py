"""Callbacks signed with Ed25519 keys that the vendor publishes (a JSON Web Key Set, RFC 7517 and 8037).

fal and Ideogram sign the same four lines: the id of the generation, the account, the time in Unix
seconds, and the SHA-256 of the raw body.  Keys are fetched from the vendor's own address without a
key of ours, are kept for a day, and are fetched anew where a signature fits none of them.
"""

import asyncio
import base64
import hashlib
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mobart.core.errors import Code, Unavailable
from mobart.core.ports import Clock
from mobart.providers.fields import list_of, text_of
from mobart.providers.http import ApiClient
from mobart.providers.outcomes import json_object
from mobart.providers.sentences import AWAY

FRESH = 24 * 3600.0
"""Seconds for which keys are believed, as fal and Ideogram allow."""
PAUSE = 60.0
"""Seconds between two fetches: forged calls must not make us hammer the vendor."""
TOLERANCE = 300.0
"""Seconds that a call may be old, or our clock behind, as fal's documentation has it."""
MOST_KEYS = 32
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)


@dataclass(slots=True, eq=False)
class PublishedKeys:
    """The keys at one address: that of *client*, which has no key of ours."""

    client: ApiClient
    clock: Clock
    _keys: list[Ed25519PublicKey] = field(default_factory=list)
    _fetched_at: float = -math.inf
    _tried_at: float = -math.inf
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def verify(self, signature: bytes, message: bytes) -> bool:
        """Return whether one of the keys made *signature*.  Raises Unavailable: there are no keys."""
        if self.clock.monotonic() - self._fetched_at > FRESH:
            await self._fetch()
        if not self._keys:
            detail = "the keys of its webhooks cannot be had"
            raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, retry_after=PAUSE, detail=detail)
        known = self._keys
        if self._fits(signature, message):
            return True
        await self._fetch()
        return self._keys is not known and self._fits(signature, message)

    def _fits(self, signature: bytes, message: bytes) -> bool:
        return any(_verifies(key, signature, message) for key in self._keys)

    async def _fetch(self) -> None:
        """Fetch the keys, unless that was tried a moment ago; what cannot be had changes nothing."""
        async with self._turn:
            if self.clock.monotonic() - self._tried_at < PAUSE:
                return
            self._tried_at = self.clock.monotonic()
            with suppress(Unavailable):
                answer = await self.client.ask("GET", "")
                found = read_keys(json_object(answer)) if answer.status == HTTPStatus.OK else []
                if found:
                    self._keys, self._fetched_at = found, self.clock.monotonic()


class PublishedKeySignature:
    """Verifies the calls of one vendor, whose headers begin with *prefix*."""

    def __init__(self, client: ApiClient, *, prefix: str, id_name: str, clock: Clock) -> None:
        """*id_name* is what the vendor calls the id of a generation; for *client* see `PublishedKeys`."""
        names = (id_name, "user-id", "timestamp", "signature")
        self._names = [f"{prefix}-{name}" for name in names]
        self._keys = PublishedKeys(client, clock)
        self._clock = clock

    async def verifies(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the signature in *headers* is one of *body*, and not old.  Raises Unavailable."""
        given = {name.lower(): value for name, value in headers.items()}
        generation, user, timestamp, signature = (given.get(name, "") for name in self._names)
        if not (_SECONDS.fullmatch(timestamp) and self._is_now(float(timestamp))):
            return False
        try:
            raw = bytes.fromhex(signature)
        except ValueError:
            return False
        lines = (generation, user, timestamp, hashlib.sha256(body).hexdigest())
        return await self._keys.verify(raw, "\n".join(lines).encode(errors="replace"))

    def _is_now(self, seconds: float) -> bool:
        return abs(self._clock.now().timestamp() - seconds) <= TOLERANCE


def read_keys(body: object) -> list[Ed25519PublicKey]:
    """Return the Ed25519 keys in a key set; what is no such key is left out."""
    found = (_read_key(entry) for entry in list_of(body, "keys")[:MOST_KEYS])
    return [key for key in found if key is not None]


def _read_key(entry: object) -> Ed25519PublicKey | None:
    if text_of(entry, "crv") not in {"Ed25519", ""}:
        return None
    text = text_of(entry, "x")
    try:
        return Ed25519PublicKey.from_public_bytes(
            base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        )
    except ValueError:  # not base64, or not 32 bytes
        return None


def _verifies(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True

"""One POST to the backend, signed as Standard Webhooks (github.com/standard-webhooks)."""

from dataclasses import dataclass
from datetime import UTC

import aiohttp
from standardwebhooks import Webhook

from mobart.core.policy import retry_after
from mobart.core.ports import Clock
from mobart.core.webhook_secrets import webhook_key

TIMEOUT = 15.0
"""Seconds for everything: connect, send, answer."""
GONE = 410
THROTTLING = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; no *status* means no answer, and *detail* says what happened instead."""

    status: int | None
    detail: str = ""
    retry_after: float | None = None

    @property
    def delivered(self) -> bool:
        """Return whether the backend has it."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - 2xx

    @property
    def unwanted(self) -> bool:
        """Return whether the backend wants no more callbacks, ever."""
        return self.status == GONE

    @property
    def throttles(self) -> bool:
        """Return whether the backend itself is away or busy, whatever was posted."""
        return self.status is None or self.status in THROTTLING


class Endpoint:
    """The backend's address, and the secrets it knows us by."""

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        url: str,
        secret: str,
        clock: Clock,
        timeout: float = TIMEOUT,
    ) -> None:
        """Take *secret* as `whsec_...`, or several of them, separated by spaces, to change it.

        Raises ValueError if a secret is not one.  The address may be a private one: it is the
        operator's own backend.
        """
        self._session = session
        self._url = url
        self._signers = signers(secret)
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def post(self, message_id: str, body: str, *, traceparent: str | None = None) -> Answer:
        """Post *body* as it is; never raises for what the other side does.

        *message_id* stays the same over all attempts, so that the backend can tell a repeat.
        Redirects are not followed: the body is for the configured address only.
        """
        try:
            async with self._session.post(
                self._url,
                data=body.encode(),
                headers=self._headers(message_id, body, traceparent),
                allow_redirects=False,
                timeout=self._timeout,
            ) as response:
                asked = retry_after(response.headers, now=self._clock.now())
                return Answer(response.status, retry_after=asked)
        except (aiohttp.ClientError, OSError) as error:
            return Answer(None, detail=type(error).__name__)

    def _headers(self, message_id: str, body: str, traceparent: str | None) -> dict[str, str]:
        sent_at = self._clock.now().astimezone(UTC)  # `sign` takes any other zone for UTC
        signatures = [signer.sign(message_id, sent_at, body) for signer in self._signers]
        return {
            "Content-Type": "application/json",
            "User-Agent": "mobart",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": " ".join(signatures),
            **({"traceparent": traceparent} if traceparent else {}),
        }


def signers(secret: str) -> list[Webhook]:
    """Return a signer for each secret in *secret*.  Raises ValueError if one is malformed."""
    found = [Webhook(webhook_key(one)) for one in secret.split()]
    if not found:
        raise ValueError("a webhook secret is needed")
    return found

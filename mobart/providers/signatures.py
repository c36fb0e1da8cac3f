"""Signed callbacks of providers, as Standard Webhooks (github.com/standard-webhooks) has them."""

from collections.abc import Mapping

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from mobart.core.webhook_secrets import webhook_key


class StandardSignature:
    """Verifies calls; one that is more than five minutes old, or of the future, is refused."""

    def __init__(self, secret: str) -> None:
        """Take *secret* as `whsec_...`.  Raises ValueError if it is malformed or too short."""
        self._webhook = Webhook(webhook_key(secret))

    async def verifies(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether one of the signatures in *headers* is one of *body*."""
        try:
            self._webhook.verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError):  # also a body or header that is no text
            return False
        return True

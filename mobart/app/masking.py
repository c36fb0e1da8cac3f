"""Takes secrets and prompts out of what is kept of a request's life."""

from collections.abc import Callable, Mapping
from typing import Any

from mobart.app.proxies import proxy_secrets
from mobart.app.secret_masks import SecretMasks
from mobart.prompts.redaction import OWN, may_quote, redact_values
from mobart.settings import Settings, secrets_of


def masking(settings: Settings) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Return what masks the facts of an event, in the context of its job."""
    secrets = SecretMasks([*secrets_of(settings), *proxy_secrets()])

    def masked(facts: Mapping[str, Any]) -> Mapping[str, Any]:
        said = [fact for name, fact in facts.items() if isinstance(fact, str) and name not in OWN]
        texts = "\n".join(said)
        if not said or (not may_quote(texts) and secrets.mask(texts) == texts):
            return facts  # nearly always, and cheaper than to look at one after the other
        return {
            name: secrets.mask(fact) if isinstance(fact, str) else fact
            for name, fact in redact_values(facts).items()
        }

    return masked

"""Reasons that prove a refusal, wherever an answer names them."""

from collections.abc import Mapping
from typing import Any

from mobart.core.errors import Code
from mobart.providers.error_phrases import find_reason
from mobart.providers.outcomes import refusal, wrapped_error_text
from mobart.providers.redaction import redact
from mobart.providers.sentences import REFUSED

PROOF = frozenset(
    {Code.PROVIDER_CREDIT, Code.PROVIDER_AUTH, Code.MODERATION_BLOCKED, Code.PROMPT_REJECTED}
)
"""What no submit gets past.  "No room now" is not among them: that may be another server's."""


def refuse_if_proven(body: Mapping[str, Any], secrets: tuple[str, ...]) -> None:
    """Raise Rejected if the error that an answer is says a thing that proves a refusal, whatever its status.

    Where the prompt, one of *secrets*, says such things itself, they may be quoted, and prove nothing.
    """
    text = wrapped_error_text(body)
    reason = find_reason(text)
    quoted = any(find_reason(secret) for secret in secrets)
    if reason is not None and reason.code in PROOF and not quoted:
        fallback = (Code.PROVIDER_REJECTED, REFUSED)
        raise refusal(text, fallback=fallback, detail=redact(text, *secrets))

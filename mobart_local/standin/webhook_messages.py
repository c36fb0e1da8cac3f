"""What a webhook brings: one dialect's words about one task."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from mobart_local.standin.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookMessage:
    """Body and headers of a webhook, which statuses are an answer, and how often it is tried."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    accepted: Collection[int] = frozenset({200})
    attempts: int = 5

    @classmethod
    def echoing(cls, task: Task, content: Mapping[str, Any]) -> Self:
        """Write *content* as JSON, with the secret of the submit in a header."""
        headers = {"Content-Type": "application/json"}
        if task.webhook_secret:
            headers["x-webhook-secret"] = task.webhook_secret
        return cls(body=json.dumps(content).encode(), headers=headers)

"""What the callbacks say about themselves."""

from enum import StrEnum
from typing import Any, Protocol


class CallbackEvent(StrEnum):
    """Names of log events."""

    DELIVERED = "callback.delivered"
    DELAYED = "callback.delayed"
    ABANDONED = "callback.abandoned"
    DISABLED = "callback.disabled"
    CRASHED = "callback.crashed"
    REDIS_LOST = "callback.redis_lost"


class CallbackObserver(Protocol):
    """Who keeps log and metrics."""

    def note(self, event: CallbackEvent, **facts: Any) -> None:
        """Take note; never raises, never blocks."""

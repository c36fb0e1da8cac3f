"""Who takes note: the log, and several observers as one."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol

import structlog

from mobart.core.events import LogEvent
from mobart.webhooks.events import CallbackEvent

LEVELS: Mapping[str, str] = {
    LogEvent.REQUEST_REPEATED: "debug",
    LogEvent.JOB_PROGRESSED: "debug",
    LogEvent.CONSUMER_REMOVED: "debug",
    LogEvent.REQUEST_REFUSED: "warning",
    LogEvent.REQUEST_CONFLICTED: "warning",
    LogEvent.JOB_DOUBTED: "warning",
    LogEvent.JOB_FAILED: "warning",
    LogEvent.JOB_LOST: "warning",
    LogEvent.PICTURE_SPOILED: "warning",
    LogEvent.KEY_TAKEN: "error",
    LogEvent.INTAKE_INTERRUPTED: "warning",
    LogEvent.INTAKE_DEAFENED: "warning",
    LogEvent.INTAKE_PAUSED: "warning",
    LogEvent.INTAKE_RESUMED: "warning",
    LogEvent.REDIS_LOST: "warning",
    LogEvent.CHECK_WARNED: "warning",
    LogEvent.CIRCUIT_OPENED: "error",
    LogEvent.CIRCUIT_CLOSED: "warning",
    LogEvent.PORT_TAKEN: "warning",
    LogEvent.LOG_FILE_FAILED: "warning",
    LogEvent.JOB_CRASHED: "error",
    LogEvent.LOOP_CRASHED: "error",
    LogEvent.CHECK_FAILED: "error",
    CallbackEvent.DELIVERED: "debug",
    CallbackEvent.REDIS_LOST: "warning",
    CallbackEvent.CRASHED: "error",
    CallbackEvent.ABANDONED: "error",
    CallbackEvent.DISABLED: "error",
}
"""How loud an event is; what is not listed is `info`."""


class AnyObserver(Protocol):
    """An observer of events of any kind."""

    def note(self, event: str, **facts: Any) -> None:
        """Take note; never raises, never blocks."""


class LogObserver:
    """Writes events to the log, facts as keys."""

    def __init__(self, logger: Any = None) -> None:
        """Take a structlog logger, by default the configured one."""
        self._logger = logger or structlog.get_logger()

    def note(self, event: str, **facts: Any) -> None:
        """Log *event* at its level; a log that cannot be written disturbs nobody."""
        with suppress(Exception):
            write = getattr(self._logger, LEVELS.get(event, "info"))
            write(str(event), **facts)


class Observers:
    """Several observers as one; one that breaks does not keep the others from taking note."""

    def __init__(self, *observers: AnyObserver) -> None:
        """Take the observers, told in this order."""
        self._observers = observers

    def note(self, event: str, **facts: Any) -> None:
        """Tell all of them."""
        for observer in self._observers:
            with suppress(Exception):
                observer.note(event, **facts)

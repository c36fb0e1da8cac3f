"""Observers: the log, and several observers as one."""

from contextlib import suppress
from typing import Any

import structlog

from mobart.core.events import LogEvent
from mobart.core.ports import Observer


class LogObserver:
    """Writes events to the log, facts as keys."""

    def __init__(self, logger: Any = None) -> None:
        """Take a structlog logger, by default the configured one."""
        self._logger = logger or structlog.get_logger()

    def note(self, event: LogEvent, **facts: Any) -> None:
        """Log *event* at its level, without facts that are None; errors of the log are ignored."""
        with suppress(Exception):
            write = getattr(self._logger, event.level)
            write(str(event), **{name: fact for name, fact in facts.items() if fact is not None})


class Observers:
    """Several observers as one; one that fails does not keep the others from recording."""

    def __init__(self, *observers: Observer) -> None:
        """Take the observers, called in this order."""
        self._observers = observers

    def note(self, event: LogEvent, **facts: Any) -> None:
        """See `Observer`."""
        for observer in self._observers:
            with suppress(Exception):
                observer.note(event, **facts)

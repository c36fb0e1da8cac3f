"""Observers: the log, and several observers as one."""

import logging
from contextlib import suppress
from typing import Any

import structlog

from mobart.core.events import LogEvent
from mobart.core.ports import Observer

ROOT = logging.getLogger()
LEVELS = {event: logging.getLevelNamesMapping()[event.level.upper()] for event in LogEvent}


class LogObserver:
    """Writes events to the log, facts as keys."""

    def __init__(self, logger: Any = None) -> None:
        """Take a structlog logger, by default the configured one."""
        self._logger = logger or structlog.get_logger()
        self._filtered = logger is None

    def note(self, event: LogEvent, **facts: Any) -> None:
        """Log *event* at its level, without facts that are None; errors of the log are ignored."""
        if self._filtered and not ROOT.isEnabledFor(LEVELS[event]):
            return  # structlog makes a logger for each line before it looks
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
            try:  # noqa: SIM105 - cheaper, and there are dozens of events a job
                observer.note(event, **facts)
            except Exception:  # noqa: BLE001, S110
                pass

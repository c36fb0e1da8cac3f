"""How loud an event is, and who hears it."""

from typing import Any

import pytest
import structlog

from mobart.core.events import LogEvent
from mobart.web.observers import LEVELS, LogObserver, Observers
from mobart.webhooks.events import CallbackEvent


class Notebook:
    """An observer that remembers."""

    def __init__(self) -> None:
        """Start empty."""
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def note(self, event: str, **facts: Any) -> None:
        """Write down."""
        self.lines.append((event, facts))


class Deaf:
    """An observer that is broken."""

    def note(self, event: str, **facts: Any) -> None:
        """Fail."""
        raise ValueError(event, facts)


@pytest.mark.parametrize(
    ("event", "level"),
    [
        (LogEvent.REQUEST_ACCEPTED, "info"),
        (LogEvent.REQUEST_REFUSED, "warning"),
        (LogEvent.JOB_PROGRESSED, "debug"),
        (LogEvent.JOB_CRASHED, "error"),
        (CallbackEvent.DISABLED, "error"),
    ],
)
def test_an_event_is_logged_at_its_level_with_its_facts(event: str, level: str) -> None:
    """The name of the event is the message, facts stay keys."""
    with structlog.testing.capture_logs() as lines:
        LogObserver().note(event, code="internal", seconds=2)
    assert lines == [{"event": str(event), "log_level": level, "code": "internal", "seconds": 2}]


def test_only_events_that_exist_have_a_level() -> None:
    """A typo in the table would silence a warning."""
    assert set(LEVELS) <= {*LogEvent, *CallbackEvent}


def test_all_observers_take_note_even_after_one_breaks() -> None:
    """In the order given."""
    first, last = Notebook(), Notebook()
    Observers(first, Deaf(), last).note(LogEvent.JOB_PAID, provider="goapi")
    assert first.lines == [(LogEvent.JOB_PAID, {"provider": "goapi"})]
    assert last.lines == first.lines

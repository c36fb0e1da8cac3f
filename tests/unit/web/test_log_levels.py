"""How loud an event is, and who hears it."""

from typing import Any

import pytest
import structlog

from mobart.core.events import LogEvent
from mobart.web.observers import LogObserver, Observers
from tests.support.observers import Notes


class Deaf:
    """An observer that is broken."""

    def note(self, event: LogEvent, **facts: Any) -> None:
        """Fail."""
        raise ValueError(event, facts)


@pytest.mark.parametrize(
    ("event", "level"),
    [
        (LogEvent.REQUEST_ACCEPTED, "info"),
        (LogEvent.REQUEST_REFUSED, "warning"),
        (LogEvent.REQUEST_REPEATED, "debug"),
        (LogEvent.JOB_CRASHED, "error"),
        (LogEvent.WEBHOOK_DISABLED, "error"),
    ],
)
def test_an_event_is_logged_at_its_level_with_its_facts(
    event: LogEvent, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The name of the event is the message, facts stay keys."""
    caplog.set_level("DEBUG")
    with structlog.testing.capture_logs() as lines:
        LogObserver().note(event, code="internal", seconds=2)
    assert lines == [{"event": str(event), "log_level": level, "code": "internal", "seconds": 2}]


def test_all_observers_take_note_even_after_one_breaks() -> None:
    """In the order given."""
    first, last = Notes(), Notes()
    Observers(first, Deaf(), last).note(LogEvent.JOB_PAID, provider="goapi", ticket="t")
    assert first.taken == [(LogEvent.JOB_PAID, {"provider": "goapi", "ticket": "t"})]
    assert last.taken == first.taken

"""What every observer promises: it takes note, and disturbs nobody."""

from collections.abc import Callable
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.errors import Code
from mobart.core.events import LogEvent
from mobart.core.ports import Observer
from mobart.web.metrics import Metrics
from mobart.web.observers import LogObserver, Observers


class Unspeakable:
    """A fact that cannot be written down."""

    def __repr__(self) -> str:
        """Fail."""
        raise RuntimeError("no words")

    __str__ = __repr__


class Broken:
    """An observer that breaks the promise."""

    def note(self, event: LogEvent, **facts: Any) -> None:
        """Fail."""
        raise RuntimeError(event, facts)


def _metrics() -> Metrics:
    return Metrics(version="1", in_progress=lambda: 0, outstanding=lambda: 0, providers=["a"])


def _log() -> LogObserver:
    lines = structlog.testing.CapturingLogger()
    return LogObserver(
        structlog.wrap_logger(lines, processors=[structlog.processors.JSONRenderer()])
    )


MAKERS: dict[str, Callable[[], Observer]] = {
    "metrics": _metrics,
    "log": _log,
    "log on a full disk": lambda: LogObserver(_FullDisk()),
    "all of them": lambda: Observers(_metrics(), Broken(), _log()),
}


class _FullDisk:
    def __getattr__(self, _level: str) -> Callable[..., None]:
        def write(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        return write


EVENTS = st.sampled_from(list(LogEvent))
NAMES = st.sampled_from(
    ["code", "reason", "stage", "transport", "outcome", "seconds", "bytes", "provider", "level"],
) | st.text().filter(lambda name: name not in {"self", "event"})
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(),
    st.text(),
    st.binary(),
    st.sampled_from(Code),
    st.lists(st.integers()),
    st.builds(Unspeakable),
)


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
@given(event=EVENTS, facts=st.dictionaries(NAMES, VALUES))
def test_taking_note_never_raises_whatever_the_facts(
    maker: Callable[[], Observer],
    event: LogEvent,
    facts: dict[str, Any],
) -> None:
    """A fact of the wrong type costs a line or a count, never a job."""
    maker().note(event, **facts)

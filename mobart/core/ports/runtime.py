"""Progress, observation and time."""

from datetime import datetime
from typing import Any, Protocol

from mobart.core.domain import GenerationRequest
from mobart.core.events import LogEvent


class Announcer(Protocol):
    """Publishes the progress of jobs."""

    async def progress(self, request: GenerationRequest, stage: str, percent: int) -> None:
        """Publish the stage and 0 to 100 percent; best effort, never raises."""


class Observer(Protocol):
    """Records what happens, for the log and the metrics."""

    def note(self, event: LogEvent, **facts: Any) -> None:
        """Record *event* with the *facts* of its row; never raises, never blocks."""


class Clock(Protocol):
    """Time."""

    def now(self) -> datetime:
        """Return the wall clock, aware, UTC."""

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""

    def jitter(self) -> float:
        """Return a random number from 0 to 1."""

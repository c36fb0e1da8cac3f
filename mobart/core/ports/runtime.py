"""Who is told, who takes notes, and what time it is."""

from datetime import datetime
from typing import Any, Protocol

from mobart.core.domain import (
    GenerationRequest,
)
from mobart.core.events import LogEvent


class Announcer(Protocol):
    """Who wants to know how a job is getting on."""

    async def progress(self, request: GenerationRequest, stage: str, percent: int) -> None:
        """Tell the stage and 0..100 percent; best effort, never raises."""


class Observer(Protocol):
    """Records what happens, for the log and the metrics."""

    def note(self, event: LogEvent, **facts: Any) -> None:
        """Record *event* with the *facts* of its row; never raises, never blocks."""


class Clock(Protocol):
    """Time."""

    def now(self) -> datetime:
        """Return the wall clock, aware, UTC."""

    def monotonic(self) -> float:
        """Return seconds that only ever go forward."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""

    def jitter(self) -> float:
        """Return a random number from 0 to 1."""

"""Stand-ins for what surrounds the core: a clock that tests move, and ears that remember."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from mobart.core.domain import GenerationRequest, Rendering
from mobart.core.errors import Rejected
from mobart.core.events import LogEvent

BEGIN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(slots=True)
class SimulatedClock:
    """A `Clock` on which sleeping takes no time, only moves the hands."""

    seconds: float = 1000.0
    chance: float = 0.5
    """What `jitter` answers."""
    astray: float = 0.0
    """By how many seconds the wall clock was put wrong; nothing else notices."""
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """See `Clock`."""
        return BEGIN + timedelta(seconds=self.seconds + self.astray)

    def monotonic(self) -> float:
        """See `Clock`."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Let everybody else have a turn, and be later."""
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)

    def jitter(self) -> float:
        """See `Clock`."""
        return self.chance


@dataclass(slots=True)
class Notes:
    """An `Observer` that remembers."""

    taken: list[tuple[LogEvent, dict[str, Any]]] = field(default_factory=list)

    def note(self, event: LogEvent, **facts: Any) -> None:
        """See `Observer`."""
        self.taken.append((event, facts))

    def of(self, event: LogEvent) -> list[dict[str, Any]]:
        """List the facts of every *event*."""
        return [facts for noted, facts in self.taken if noted is event]

    @property
    def events(self) -> list[LogEvent]:
        """List what happened, in order."""
        return [event for event, _ in self.taken]


@dataclass(slots=True)
class Progress:
    """An `Announcer` that remembers."""

    told: list[tuple[str, str, int]] = field(default_factory=list)

    async def progress(self, request: GenerationRequest, stage: str, percent: int) -> None:
        """See `Announcer`."""
        self.told.append((request.request_id, stage, percent))


@dataclass(slots=True)
class InstantStudio:
    """A `Renderer` that returns what it is given, called a picture."""

    rendered: list[bytes] = field(default_factory=list)
    failures: list[Rejected] = field(default_factory=list)
    """Raised first, one a picture."""

    async def render(self, raw: bytes, request: GenerationRequest) -> Rendering:
        """See `Renderer`."""
        del request
        if self.failures:
            raise self.failures.pop(0)
        self.rendered.append(raw)
        return Rendering(raw, width=8, height=8, sha256=hashlib.sha256(raw).hexdigest())

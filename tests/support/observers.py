"""Observers for tests."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mobart.core.events import LogEvent
from mobart.core.facts import FACTS

MISFITS: list[str] = []
"""What `Notes` were given that is not in the table; a fixture fails the test that left some."""


UNLOGGED = frozenset({"prompt", "exc_info"})
"""Facts that the log leaves out, or writes under another name."""
ADDED = frozenset(
    {"event", "level", "timestamp", "exception", "request_id", "user_id", "traceparent"}
)
"""What the log adds to the facts of an event."""


@dataclass(slots=True)
class Notes:
    """An `Observer` that remembers, and compares every event with its row in the table."""

    taken: list[tuple[LogEvent, dict[str, Any]]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, event: LogEvent, **facts: Any) -> None:
        """See `Observer`."""
        MISFITS.extend(misfits(event, facts))
        self.taken.append((event, facts))
        self.news.set()

    def of(self, event: LogEvent) -> list[dict[str, Any]]:
        """List the facts of every *event*."""
        return [facts for noted, facts in self.taken if noted is event]

    async def has(self, event: LogEvent) -> None:
        """Wait until *event* was noted."""
        while not self.of(event):
            self.news.clear()
            await self.news.wait()

    @property
    def events(self) -> list[LogEvent]:
        """List what happened, in order."""
        return [event for event, _ in self.taken]


def misfits(event: LogEvent, facts: Mapping[str, Any]) -> list[str]:
    """List what is missing, unknown, or of the wrong type in the *facts* of *event*."""
    given = {name: fact for name, fact in facts.items() if fact is not None}
    missing = event.required - given.keys()
    unknown = facts.keys() - event.required - event.optional
    wrong = {name for name in given.keys() - unknown if not _fits(name, given[name])}
    return [
        *(f"{event} lacks {name}" for name in sorted(missing)),
        *(f"{event} has no fact {name}" for name in sorted(unknown)),
        *(f"{event}: {name} is a {type(given[name]).__name__}" for name in sorted(wrong)),
    ]


def misfits_of_line(line: Mapping[str, Any]) -> list[str]:
    """List what is missing or unknown in a line of the log; lines of libraries have no row."""
    rows = [event for event in LogEvent if event == line["event"]]
    return [
        misfit
        for event in rows
        for misfit in (
            *(f"{event} lacks {name}" for name in event.required - UNLOGGED - line.keys()),
            *(f"{event} has {n}" for n in line.keys() - event.required - event.optional - ADDED),
        )
    ]


def _fits(name: str, fact: object) -> bool:
    types = FACTS[name].types
    return isinstance(fact, types) and (bool in types or not isinstance(fact, bool))

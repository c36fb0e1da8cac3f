"""Whose turn it is: the readable version of `turns.lua`, `receive.lua` and `rescue.lua`."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from mobart.core import wire
from mobart.core.domain import Priority

WAITING = "waiting"
"""The consumer that holds what waits; no worker has this name."""
COST = {Priority.HIGH: 1, Priority.NORMAL: 4, Priority.LOW: 16}
"""Turns that a request costs."""
AHEAD_MS = {Priority.HIGH: 600_000, Priority.NORMAL: 0, Priority.LOW: -600_000}
"""How much earlier than it came a request stands among those of its user."""
ROUND_MS = 2**20
"""What came within this time and is due at the same turn is taken in the order in which it came."""


class Waiting(NamedTuple):
    """One entry that waits."""

    entry: str
    priority: Priority

    @property
    def time(self) -> int:
        """Milliseconds at which it was added."""
        return int(self.entry.partition("-")[0])

    @property
    def rank(self) -> tuple[int, int]:
        """Where it stands among those of its user."""
        return self.time - AHEAD_MS[self.priority], int(self.entry.partition("-")[2])

    @property
    def cost(self) -> float:
        """What it costs, and a fraction by which what came first goes first."""
        return COST[self.priority] + self.time % ROUND_MS / ROUND_MS


@dataclass(slots=True)
class Turns:
    """The users with waiting entries, and the turn at which each one's first entry is due."""

    turn: int = 0
    due: dict[str, float] = field(default_factory=dict)
    queues: dict[str, list[Waiting]] = field(default_factory=dict)
    full: set[str] = field(default_factory=set)
    """Users who have as many jobs as they may."""

    def file(self, entry: str, request: bytes) -> None:
        """Have an entry wait for its turn."""
        user, priority = whose(request)
        queue, waiting = self.queues.setdefault(user, []), Waiting(entry, priority)
        before = queue[0] if queue else None
        if waiting not in queue:
            queue.append(waiting)
            queue.sort(key=lambda one: one.rank)
        if user not in self.due:
            if user not in self.full:
                self.join(user)
        elif before is not None and queue[0] != before:
            self.due[user] += COST[priority] - COST[before.priority]

    def join(self, user: str) -> None:
        """Have a user stand in the line, if anything of it waits."""
        self.full.discard(user)
        if queue := self.queues.get(user):
            self.due[user] = self.turn + queue[0].cost

    def take(
        self, hand_over: Callable[[str], bool], *, is_full: Callable[[str], bool]
    ) -> str | None:
        """Take the entry whose turn it is, of those that can still be handed over; None without one."""
        while self.due:
            user = min(self.due, key=lambda name: (self.due[name], name))
            if is_full(user):
                del self.due[user]
                self.full.add(user)
            elif (entry := self._take_of(user, hand_over)) is not None:
                return entry
        return None

    def _take_of(self, user: str, hand_over: Callable[[str], bool]) -> str | None:
        due, queue = self.due.pop(user), self.queues[user]
        first = queue.pop(0)
        taken = hand_over(first.entry)
        if queue and taken:
            self.due[user] = math.floor(due) + queue[0].cost
        elif queue:
            self.due[user] = due + COST[queue[0].priority] - COST[first.priority]
        else:
            del self.queues[user]
        if not taken:
            return None
        self.turn = max(self.turn, math.floor(due))
        return first.entry


def whose(request: bytes) -> tuple[str, Priority]:
    """Return the user and the priority of a request; what is no request is nobody's."""
    try:
        told = json.loads(request)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        return "", Priority.NORMAL
    user, priority = told.get("user_id"), told.get("priority")
    if not isinstance(user, str) or not wire.is_id(user):
        user = ""
    return user, Priority(priority) if priority in list(Priority) else Priority.NORMAL

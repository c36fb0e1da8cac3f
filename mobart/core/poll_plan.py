"""When to look for a picture, learnt from how long those of its kind took.  Pure.

A schedule that knows nothing looks all the time: most of its looks come before any picture can be there.
A plan leaves those out, and looks more often where pictures do turn up, for no more looks altogether.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import inf
from typing import Self

from mobart.core.policy import PollSchedule

ENOUGH = 8
"""Pictures that are known before anything is planned."""
KEPT = 64
"""Pictures that are remembered, the latest."""
EARLY = 0.05
"""Share of the pictures that may be there before the first look."""
AT_ONCE_IN_A_ROW = 5
"""So many pictures in a row that the first look found were finished long before: the kind has changed."""
SHARES = (0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1)
"""What a wait of a plan may be, of what the schedule would wait."""


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a generation took, in seconds; *at_most*: it was there at the first look."""

    seconds: float
    at_most: bool = False

    @classmethod
    def between(cls, pending: float | None, found: float, *, chance: float) -> Self | None:
        """Guess from the last look that found it *pending* (None: there was none), and the one after it.

        Nothing says where in between it was finished, so *chance*, from 0 to 1, does.  None if that is
        too vague.
        """
        earliest = 0.8 * found if pending is None else pending
        if earliest < found / 2:
            return None
        return cls(earliest + chance * (found - earliest), at_most=pending is None)


@dataclass(frozen=True, slots=True)
class PollPlan:
    """Looks first after *first* seconds, and until *last* after a *share* of the schedule's waits."""

    schedule: PollSchedule
    first: float
    last: float
    share: float

    def delay(self, elapsed: float, *, jitter: float) -> float:
        """Return the wait before the next look, *elapsed* seconds after the submit."""
        if elapsed < self.first:
            return self.first - elapsed
        wait = self.schedule.delay(elapsed, jitter=jitter)
        return wait * self.share if elapsed < self.last else wait


def plan(schedule: PollSchedule, durations: Sequence[Duration]) -> PollPlan | PollSchedule:
    """Return how to look for a picture after *durations*, the latest last: *schedule* if they say little.

    Never earlier than the schedule's own first look, which is the operator's.  Of the shares, the one
    with the shortest waits that costs these pictures no more looks than the schedule does.
    """
    valid = _since_change(durations)
    if len(valid) < ENOUGH:
        return schedule
    took = sorted(one.seconds for one in valid)
    first = max(schedule.initial, took[int(len(took) * EARLY)])
    budget = _looks(schedule, took)
    plans = (PollPlan(schedule, first, took[-1], share) for share in SHARES)
    affordable = takewhile(lambda one: _looks(one, took, limit=budget) <= budget, plans)
    ways: list[PollPlan | PollSchedule] = [schedule, *affordable]
    return ways[-1]


def _since_change(durations: Sequence[Duration]) -> Sequence[Duration]:
    """Return what came after the first look last found too many pictures in a row."""
    row = 0
    for end in range(len(durations), 0, -1):
        row = row + 1 if durations[end - 1].at_most else 0
        if row == AT_ONCE_IN_A_ROW:
            return durations[end - 1 + row :]
    return durations


def _looks(way: PollPlan | PollSchedule, took: Sequence[float], limit: float = inf) -> int:
    """Count the looks after which pictures that *took* so long, in rising order, are found.

    Beyond *limit* it counts no further.
    """
    looks, at, total = 1, way.delay(0.0, jitter=0.5), 0
    for left, seconds in zip(range(len(took), 0, -1), took, strict=True):
        while at < seconds and total + looks * left <= limit:
            looks, at = looks + 1, at + way.delay(at, jitter=0.5)
        total += looks
    return total

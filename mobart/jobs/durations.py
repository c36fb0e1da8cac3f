"""How long the pictures of each kind usually take, as one worker knows it; no job waits for it."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from mobart.core.domain import Pending
from mobart.core.errors import Unavailable
from mobart.core.policy import PollSchedule
from mobart.core.poll_plan import KEPT, Duration, PollPlan, plan
from mobart.core.ports import DurationStore

EXCHANGE_EVERY = 5.0
"""Seconds between two exchanges with the other workers."""
MOST_KINDS = 100
"""Kinds that are known; pictures of others are looked for as if nothing were."""


@dataclass(slots=True)
class UsualDurations:
    """By kind: a provider and its model.  A kind without a name is never learnt."""

    known: dict[str, Sequence[Duration]] = field(default_factory=dict)
    fresh: dict[str, deque[Duration]] = field(default_factory=dict)
    """What was learnt since the last exchange; empty for a kind that was only asked for."""
    plans: dict[str, PollPlan | PollSchedule] = field(default_factory=dict)

    def plan(self, kind: str, schedule: PollSchedule) -> PollPlan | PollSchedule:
        """Return when to look for a picture: as *schedule* says where little is known of its *kind*."""
        if self._fresh(kind) is None:
            return schedule
        if kind not in self.plans:
            self.plans[kind] = plan(schedule, self.known.get(kind, ()))
        return self.plans[kind]

    def learn(self, kind: str, duration: Duration | None) -> None:
        """Remember how long a picture took, if that is known."""
        fresh = self._fresh(kind)
        if fresh is not None and duration is not None:
            fresh.append(duration)

    async def exchange(self, store: DurationStore) -> None:
        """Tell the other workers what was learnt, and hear what they learnt, of the kinds in use.

        What cannot be told is forgotten.  Raises Unavailable.
        """
        if self.fresh:
            told, self.fresh = self.fresh, {}
            self.known |= await store.exchange({kind: [*some] for kind, some in told.items()})
            self.plans = {}

    def _fresh(self, kind: str) -> deque[Duration] | None:
        kinds = self.known.keys() | self.fresh.keys()
        if not kind or (kind not in kinds and len(kinds) >= MOST_KINDS):
            return None
        return self.fresh.setdefault(kind, deque(maxlen=KEPT))


@dataclass(slots=True)
class Looks:
    """When to look for the picture of one job, and what its looks teach; in seconds since the submit."""

    usual: UsualDurations
    kind: str
    schedule: PollSchedule
    pending: float | None = None
    """When it was seen unfinished last; None before the first look, 0 where nobody looked for long."""

    def begin(self, elapsed: float) -> float:
        """Return the wait before the first look."""
        wait = self.usual.plan(self.kind, self.schedule).delay(0.0, jitter=0.5) - elapsed
        if wait <= 0.0:
            self.pending = 0.0
        return max(0.0, wait)

    def go_on(self, answer: Pending | Unavailable, elapsed: float, *, jitter: float) -> float:
        """Return the wait after a look that was answered so; failures are waited out as ever."""
        if isinstance(answer, Unavailable):
            self.pending = self.pending or 0.0
            return max(self.schedule.delay(elapsed, jitter=jitter), answer.retry_after or 0.0)
        self.pending = elapsed
        return self.usual.plan(self.kind, self.schedule).delay(elapsed, jitter=jitter)

    def end(self, elapsed: float, *, chance: float) -> None:
        """Learn from the look that found it."""
        self.usual.learn(self.kind, Duration.between(self.pending, elapsed, chance=chance))

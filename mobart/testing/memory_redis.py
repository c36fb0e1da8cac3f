"""What Redis holds of a namespace, in memory."""

import copy
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from mobart.core.domain import Job, Stage, Ticket
from mobart.core.limits import DAY, SuspensionPolicy
from mobart.core.poll_plan import Duration
from mobart.core.ports import Claim
from mobart.core.views import Moment, Spent, WorkerStatus
from mobart.testing.turns import Turns

ANY_TIME_AGO = float("-inf")


@dataclass(slots=True)
class Entry:
    """One entry of the stream and its lease."""

    payload: bytes
    added_at: float
    consumer: str | None = None
    renewed_at: float = ANY_TIME_AGO
    taken: bool = False
    """Whether it had its turn."""


@dataclass(slots=True)
class Record:
    """Everything about one job."""

    job: Job
    fingerprint: str
    entry: str
    heard_at: float
    completion: bytes = b""
    adopted: bool = False
    """Whether its ticket came from somebody else than who was asked for it."""
    disowned: Ticket | None = None
    """One that it had in that way, and that turned out to be another job's."""
    cancelled: bool = False
    crashes: int = 0
    crashed: int = 0
    """The last epoch that counted one."""
    reserved_on: date | None = None
    """Day against which the payment counts."""
    claimed_at: float | None = None
    disproved: dict[int, int] = field(default_factory=dict)
    """The last right to pay of each owner, by its epoch, with which nothing was bought."""
    paying_at: float | None = None
    paid_at: float | None = None
    settled_at: float | None = None
    resent_at: float = ANY_TIME_AGO
    """When the outcome last went into the completions stream again."""
    resolved: str = ""
    """How an operator resolved its doubt."""

    @property
    def settled(self) -> bool:
        """Whether the job has its outcome."""
        return self.job.stage is Stage.SETTLED

    @property
    def times(self) -> dict[str, float]:
        """When what happened, as `Claim.times` has it."""
        told = {
            "heard_at": self.heard_at,
            "claimed_at": self.claimed_at,
            "paying_at": self.paying_at,
            "paid_at": self.paid_at,
        }
        return {name: at for name, at in told.items() if at is not None}

    def remember(self, times: Mapping[str, float]) -> None:
        """Take over such *times*."""
        for name, at in times.items():
            setattr(self, name, at)

    def refresh(self, claim: Claim) -> None:
        """Put what is recorded into *claim*."""
        claim.job, claim.paying_at, claim.paid_at = self.job, self.paying_at, self.paid_at


@dataclass(frozen=True, slots=True)
class History:
    """Since when, by `InMemoryRedis.tick`, the workers know this server's data."""

    server: int
    since: int
    wait_until: float
    """Monotonic time until which nothing is claimed."""
    waited: bool


FOREVER = ("server", "ticks", "announced", "added")
"""What no roll-back undoes: clocks, identities, and what subscribers have received."""


@dataclass(slots=True)
class InMemoryRedis:
    """What all workers share."""

    entries: dict[str, Entry] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    refusals: dict[str, float] = field(default_factory=dict)
    completions: list[bytes] = field(default_factory=list)
    announced: list[bytes] = field(default_factory=list)
    consumers: dict[str, float] = field(default_factory=dict)
    turns: Turns = field(default_factory=Turns)
    spent: Counter[tuple[date, str]] = field(default_factory=Counter)
    """What was bought, by day and user."""
    money: Counter[date] = field(default_factory=Counter)
    """What was spent, by day, in millionths of a USD."""
    blocked: dict[str, dict[str, float]] = field(default_factory=dict)
    """When moderation blocked which request, by user."""
    suspended: dict[str, float] = field(default_factory=dict)
    """Until when nothing is bought for a user."""
    early: dict[str, float] = field(default_factory=dict)
    """Requests that were cancelled before they came, and when."""
    paused: bool = False
    trails: dict[str, list[Moment]] = field(default_factory=dict)
    """What happened to each request."""
    workers: dict[str, tuple[float, WorkerStatus]] = field(default_factory=dict)
    """What each worker told last, and when."""
    stats: dict[tuple[int, int], Counter[str]] = field(default_factory=dict)
    """Counts by the seconds of a period and its number."""
    buyers: dict[date, dict[str, Spent]] = field(default_factory=dict)
    durations: dict[str, tuple[float, list[Duration]]] = field(default_factory=dict)
    """How long generations took, by kind, and until when that is kept."""
    undelivered: set[str] = field(default_factory=set)
    """Requests whose callback the backend never took."""
    history: History | None = None
    server: int = 0
    """Identity of the server; another one after a restart."""
    ticks: int = 0
    added: int = 0

    def add(self, payload: bytes, *, at: float) -> str:
        """Append a request to the stream, as a backend may do by itself."""
        self.added += 1
        entry = f"{int(at * 1000)}-{self.added}"
        self.entries[entry] = Entry(payload, added_at=at)
        return entry

    def tick(self) -> int:
        """Return a time that was never returned before."""
        self.ticks += 1
        return self.ticks

    def next_epoch(self, last: int) -> int:
        """Return an epoch for the next claim of a job; see `prelude.lua`."""
        self.ticks = max(self.ticks, last)
        return self.tick()

    def copy(self) -> "InMemoryRedis":
        """Return what a replica, or a file, holds."""
        return copy.deepcopy(self)

    def roll_back(self, earlier: "InMemoryRedis") -> None:
        """Restart from an *earlier* copy: what was written since is lost."""
        kept = {name: getattr(self, name) for name in FOREVER}
        for name in self.__slots__:
            setattr(self, name, copy.deepcopy(getattr(earlier, name)))
        for name, value in kept.items():
            setattr(self, name, value)
        self.server += 1

    def busy(self, user_id: str) -> int:
        """Count a user's unsettled purchases; what is processed again is none."""
        jobs = (record.job for record in self.records.values() if not record.job.reuses)
        unsettled = (job for job in jobs if job.stage in {Stage.PAYING, Stage.PAID})
        return sum(job.request.user_id == user_id for job in unsettled)

    def count_offence(
        self, user_id: str, request_id: str, suspension: SuspensionPolicy, *, at: float
    ) -> None:
        """Count a request that moderation blocked, once, and suspend its user if that is due."""
        known = self.blocked.get(user_id, {})
        if request_id in known:
            return
        recent = {name: then for name, then in known.items() if then > at - DAY}
        self.blocked[user_id] = recent | {request_id: at}
        until = at + suspension.suspension(len(self.blocked[user_id]))
        self.suspended[user_id] = max(until, self.suspended.get(user_id, at))

    def announce(self, completion: bytes) -> str:
        """Tell everybody who listens now, and keep it for those who do not."""
        self.completions.append(completion)
        self.announced.append(completion)
        return f"{len(self.completions)}-0"

    def replay(self, record: Record) -> None:
        """Announce a stored outcome again."""
        self.announced.append(as_duplicate(record))


def as_duplicate(record: Record) -> bytes:
    """Return a stored outcome, marked as one that was announced before."""
    return record.completion[:-1] + b',"duplicate":true}'

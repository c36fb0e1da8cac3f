"""What operators look at: requests as they stand, their timelines, workers, and figures over time.

Times are seconds since 1970.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mobart.core.domain import GenerationRequest, Stage
from mobart.core.errors import ADVICE, Advice, Code

Status = Literal["waiting", "running", "in_doubt", "completed", "failed"]
STATUSES: tuple[Status, ...] = ("waiting", "running", "in_doubt", "completed", "failed")
MOMENTS_KEPT = 100
"""Moments of one request that are kept, the newest."""
DAYS_KEPT = 31
"""Days for which it is known what was bought."""
STAGES = ("generate", "download", "render", "store")
"""Steps of a job whose times are counted, as `<step>_seconds` and `<step>_count`."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One event in the life of a request, with the facts that its row in `events` lists."""

    at: float
    event: str
    worker: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is that a worker has."""

    request_id: str
    stage: str
    percent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStatus:
    """What a worker tells of itself every second."""

    worker: str
    version: str
    started_at: float
    slots: int
    """Jobs that may be in flight."""
    used: int
    jobs: int
    """Jobs in hand, those included that only wait."""
    paused: bool = False
    stopping: bool = False
    problems: Sequence[str] = ()
    """Why it is not ready, if it is not."""
    callbacks_stopped: bool = False
    """Whether the backend told it to send no more callbacks (410)."""
    circuits: Mapping[str, float] = field(default_factory=dict)
    """Seconds for which a provider is left alone, by its name; 0 while it works."""
    budget: int = 0
    """Pictures that all may buy a day; 0 for any number."""
    budget_usd: float = 0.0
    """Money that all may spend a day; 0 for any sum."""
    user_daily: int = 0
    """Pictures that one user may buy a day; 0 for any number."""
    progress: Sequence[Progress] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """What one worker saw since it wrote last; without a *status* it was no worker, but a command."""

    status: WorkerStatus | None
    moments: Mapping[str, Sequence[Moment]] = field(default_factory=dict)
    """By request."""
    accepted: Mapping[str, str] = field(default_factory=dict)
    """User of each request that was accepted."""
    counts: Mapping[str, float] = field(default_factory=dict)
    buyers: Mapping[str, "Spent"] = field(default_factory=dict)
    """What was bought, by user."""
    undelivered: Collection[str] = ()
    """Requests whose callback the backend never took."""


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request as it stands."""

    request: GenerationRequest
    stage: Stage
    provider: str = ""
    ticket: str = ""
    accepted_at: float | None = None
    claimed_at: float | None = None
    paying_at: float | None = None
    paid_at: float | None = None
    settled_at: float | None = None
    completion: Mapping[str, object] = field(default_factory=dict)
    """The message that was announced, if any was."""
    in_doubt: bool = False
    """It failed, nobody knows whether it was paid, and no operator has resolved that."""
    made_from: str = ""
    """The request that an operator made this one from."""
    cancelled: bool = False
    """It is cancelled as soon as its submit is over."""
    taken_in: bool = True
    """A worker has heard of it; False while it lies in the stream as its backend put it there."""

    @property
    def status(self) -> Status:
        """One word for lists."""
        if self.in_doubt:
            return "in_doubt"
        if self.stage is Stage.SETTLED:
            return "completed" if self.completion.get("status") == "completed" else "failed"
        return "waiting" if self.claimed_at is None else "running"

    @property
    def changed_at(self) -> float:
        """When it was settled, or else accepted."""
        return self.settled_at or self.accepted_at or 0.0

    @property
    def preset(self) -> str:
        """The preset that was used, or is asked for."""
        return str(self.completion.get("preset") or self.request.preset or "")

    def told(self, name: str) -> str:
        """Return a field of the completion as text; "" if it has none."""
        value = self.completion.get(name)
        return "" if value is None else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which requests are listed, newest first."""

    status: Status | None = None
    user_id: str = ""
    code: str = ""
    preset: str = ""
    provider: str = ""
    since: float = 0.0
    undelivered: bool = False
    """Only those whose callback the backend never took."""
    after: str = ""
    """The last request of the page before."""
    limit: int = 50

    def matches(self, view: RequestView) -> bool:
        """Whether *view* is one of those."""
        return (
            self.status in {None, view.status}
            and self.user_id in {"", view.request.user_id}
            and self.code in {"", view.told("error_code")}
            and self.preset in {"", view.preset}
            and self.provider in {"", view.provider or view.told("provider")}
            and view.changed_at >= self.since
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Some requests, and where the next page begins; "" if there is none."""

    requests: Sequence[RequestView]
    after: str = ""


@dataclass(frozen=True, slots=True)
class Failures:
    """How many requests failed with one code."""

    code: str
    count: int
    paid: Mapping[str, int]
    """By whether money was spent: `true`, `false`, `unknown`."""

    @property
    def advice(self) -> Advice:
        """What helps, and who can do it."""
        return ADVICE[Code(self.code)]


@dataclass(frozen=True, slots=True)
class Spent:
    """Pictures that were bought, and what those cost in USD that are settled."""

    pictures: int = 0
    usd: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        """Add up."""
        return Spent(self.pictures + other.pictures, self.usd + other.usd)


@dataclass(frozen=True, slots=True)
class Spending:
    """What was bought on the last days (UTC), today included."""

    today: Spent
    """What counts against today's limits: the price of what is in the making included."""
    providers: Mapping[str, Spent]
    users: Mapping[str, Spent]
    """Those who cost most."""
    days: int = 1

    @property
    def settled(self) -> Spent:
        """What all providers sold."""
        return sum(self.providers.values(), Spent())

    @property
    def untold(self) -> int:
        """Count today's pictures that no provider confirmed: in doubt, found again, being paid."""
        return max(0, self.today.pictures - self.settled.pictures) if self.days == 1 else 0


@dataclass(frozen=True, slots=True)
class UserView:
    """What limits know of one user."""

    user_id: str
    spent: int
    busy: int
    suspended_seconds: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """What was counted in the time that begins at *at*."""

    at: float
    counts: Mapping[str, float]

"""The JSON of the API: flat objects with times as RFC 3339."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from mobart.core.completions import timestamp
from mobart.core.domain import Priority
from mobart.core.operations import offers
from mobart.core.spending import Budget
from mobart.core.views import Moment, RequestView, Spending, Spent, Status, WorkerStatus


@dataclass(frozen=True, slots=True)
class RequestShape:
    """One request as it stands."""

    request_id: str
    user_id: str
    status: Status
    stage: str
    preset: str
    priority: Priority
    provider: str
    task_id: str
    prompt: str | None
    """None unless MOBART_UI_SHOW_PROMPTS is on."""
    made_from: str
    """The request that this one was made from by an operator, or ""."""
    accepted_at: str | None
    claimed_at: str | None
    paid_at: str | None
    settled_at: str | None
    completion: Mapping[str, Any]
    """The message that was announced, {} if none was."""
    actions: Sequence[str]
    """What can be done with it, each a POST to /v1/requests/{request_id}/{action}."""


@dataclass(frozen=True, slots=True)
class PageShape:
    """Some requests; *after* is where the next page begins, "" if there is none."""

    requests: Sequence[RequestShape]
    after: str


@dataclass(frozen=True, slots=True)
class MomentShape:
    """One event in the life of a request, by its name in docs/events.md, with its facts."""

    at: str
    event: str
    worker: str
    facts: Mapping[str, Any]
    sentence: str


@dataclass(frozen=True, slots=True)
class FailureShape:
    """How many requests failed with a code, and for how many money was spent."""

    code: str
    count: int
    paid: Mapping[str, int]
    retryable: bool
    who: str


@dataclass(frozen=True, slots=True)
class StatusShape:
    """The deployment at a glance."""

    paused: bool
    outstanding: int
    in_doubt: Sequence[RequestShape]
    bought_today: int
    budget: int
    """0 for none."""
    bought_by_user: Mapping[str, int]
    workers: Sequence[Mapping[str, Any]]
    spent_today_usd: float = 0.0
    """The price of what is in the making included."""
    budget_usd: float = 0.0
    """0 for none."""


@dataclass(frozen=True, slots=True)
class SpentShape:
    """Pictures that were bought, and what those cost that are settled."""

    pictures: int
    usd: float


@dataclass(frozen=True, slots=True)
class SpendingShape:
    """What was bought on the last days (UTC), today included, by provider and by the dearest users."""

    days: int
    total: SpentShape
    providers: Mapping[str, SpentShape]
    users: Mapping[str, SpentShape]
    today: SpentShape
    """What counts against today's limits: the price of what is in the making included."""
    limits: Mapping[str, float]
    """`pictures`, `usd` and `user_pictures` of a day; 0 for none."""


@dataclass(frozen=True, slots=True)
class UserShape:
    """What limits know of a user."""

    user_id: str
    bought_today: int
    in_the_making: int
    suspended_seconds: float


@dataclass(frozen=True, slots=True)
class BucketShape:
    """What was counted in the minute or hour that begins at *at*."""

    at: str
    counts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class DoneShape:
    """What was done, and the request that it was about or that was made."""

    sentence: str
    request_id: str


@dataclass(frozen=True, slots=True)
class ErrorShape:
    """Why something was not done."""

    error: str


def request_shape(view: RequestView, *, prompts: bool) -> RequestShape:
    """Write a request."""
    return RequestShape(
        view.request.request_id,
        view.request.user_id,
        view.status,
        str(view.stage),
        view.preset,
        view.request.priority,
        view.provider,
        view.ticket,
        view.request.prompt if prompts else None,
        view.made_from,
        moment(view.accepted_at),
        moment(view.claimed_at),
        moment(view.paid_at),
        moment(view.settled_at),
        view.completion,
        [str(action) for action in offers(view)],
    )


def spending_shape(told: Spending, budget: Budget) -> SpendingShape:
    """Write what was spent."""
    return SpendingShape(
        told.days,
        _spent(told.settled),
        {name: _spent(one) for name, one in told.providers.items()},
        {name: _spent(one) for name, one in told.users.items()},
        _spent(told.today),
        asdict(budget),
    )


def _spent(one: Spent) -> SpentShape:
    return SpentShape(one.pictures, round(one.usd, 6))


def moment_shape(one: Moment, sentence: str) -> MomentShape:
    """Write a moment."""
    return MomentShape(moment(one.at) or "", one.event, one.worker, one.facts, sentence)


def worker_shape(one: WorkerStatus) -> dict[str, Any]:
    """Write a worker."""
    return asdict(one) | {"started_at": moment(one.started_at)}


def moment(at: float | None) -> str | None:
    """Write a time."""
    return None if at is None else timestamp(datetime.fromtimestamp(at, UTC))

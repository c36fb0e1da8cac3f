"""What the first page shows, read once a second however many look."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from mobart.core.ports import Clock, RequestReads, StatusReads, UserReads
from mobart.core.spending import Budget, budget_of, spent_by_provider
from mobart.core.views import (
    STAGES,
    Bucket,
    Failures,
    Page,
    Progress,
    Query,
    RequestView,
    Spending,
    Spent,
    WorkerStatus,
)
from mobart.web.page.charts import Chart, Series

MAX_AGE = 0.9
"""Seconds for which the same answer is given."""
LIVE = 50
"""Requests in progress that are shown; the others are counted."""
RANGES = {"1h": 60, "24h": 1440, "7d": 7 * 1440, "30d": 30 * 1440}
"""Minutes that the charts may cover."""


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """A request in progress, and what its worker tells of it."""

    view: RequestView
    worker: str
    stage: str
    percent: int | None
    age: float


@dataclass(frozen=True, slots=True)
class Live:
    """What changes from second to second."""

    requests: Sequence[LiveRequest]
    outstanding: int
    workers: Sequence[WorkerStatus]
    doubts: Sequence[RequestView]
    paused: bool
    now: float

    @property
    def hidden(self) -> int:
        """Requests in progress that are not listed."""
        return max(0, self.outstanding - len(self.requests))

    @property
    def circuits(self) -> dict[str, tuple[int, int]]:
        """For each provider how many workers leave it alone, and how many use it."""
        told: dict[str, tuple[int, int]] = {}
        for worker in self.workers:
            for name, seconds in worker.circuits.items():
                resting, working = told.get(name, (0, 0))
                told[name] = (resting + (seconds > 0), working + (seconds <= 0))
        return told

    @property
    def versions(self) -> set[str]:
        """Versions that are running."""
        return {worker.version for worker in self.workers}


@dataclass(frozen=True, slots=True)
class Figures:
    """What changes slowly."""

    failures: Sequence[Failures]
    spending: Spending
    budget: Budget
    charts: Sequence[Chart]
    marks: Sequence[str]
    """When the charts begin, where their middle is, and when they end."""
    undelivered: Page
    """Requests whose callback the backend never took."""


@dataclass(slots=True, eq=False, kw_only=True)
class Desk:
    """Where all that is shown is read, and what the first page shows."""

    requests: RequestReads
    status: StatusReads
    users: UserReads
    clock: Clock
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _known: Live | None = None
    _fresh_until: float = float("-inf")

    async def live(self) -> Live:
        """Return what is in progress, as of a second ago at most.  Raises Unavailable."""
        async with self._lock:
            if self._known is None or self.clock.monotonic() >= self._fresh_until:
                self._known = await self._look()
                self._fresh_until = self.clock.monotonic() + MAX_AGE
            return self._known

    def outdate(self) -> None:
        """Have the next look be a fresh one: an operator changed something."""
        self._fresh_until = float("-inf")

    async def figures(self, span: str) -> Figures:
        """Return failures, spending and charts over a range of `RANGES`.  Raises Unavailable."""
        from mobart.web.page.columns import broader, marks  # noqa: PLC0415 - when they are looked at

        minutes = RANGES.get(span, RANGES["1h"])
        since = self.clock.now().timestamp() - minutes * 60
        columns = broader(await self.status.history(minutes=minutes))
        return Figures(
            await self.status.failures(since=since),
            await self.status.spending(),
            budget_of(await self.status.workers()),
            charts_of(columns),
            marks(columns),
            await self.requests.list_requests(Query(undelivered=True, limit=5)),
        )

    async def _look(self) -> Live:
        workers = await self.status.workers()
        told = {
            one.request_id: (worker.worker, one) for worker in workers for one in worker.progress
        }
        now = self.clock.now().timestamp()
        live = [
            _joined(view, *told.get(view.request.request_id, ("", None)), now=now)
            for view in await self.requests.list_live(LIVE)
        ]
        doubts = await self.requests.list_requests(Query(status="in_doubt", limit=20))
        return Live(
            live,
            await self.users.outstanding(),
            workers,
            doubts.requests,
            await self.users.paused(),
            now,
        )


def charts_of(buckets: Sequence[Bucket]) -> list[Chart]:
    """Draw rate, queue, stage times and purchases."""

    def counted(name: str) -> list[float]:
        return [one.counts.get(name, 0.0) for one in buckets]

    def mean(step: str) -> list[float]:
        seconds, counts = counted(f"{step}_seconds"), counted(f"{step}_count")
        return [each / count if count else 0.0 for each, count in zip(seconds, counts, strict=True)]

    sold = [sum(spent_by_provider([one.counts]).values(), Spent()) for one in buckets]
    return [
        Chart(
            "Outcomes",
            "requests",
            [Series("completed", counted("completed")), Series("failed", counted("failed"))],
            stacked=True,
        ),
        Chart("Longest wait in the queue", "s", [Series("oldest", counted("oldest"))]),
        Chart("Outstanding", "requests", [Series("outstanding", counted("outstanding"))]),
        Chart("Time at the provider", "s", [Series("generate", mean("generate"))]),
        Chart("Time of own steps", "s", [Series(step, mean(step)) for step in STAGES[1:]]),
        Chart(
            "Bought", "pictures", [Series("bought", [one.pictures for one in sold])], stacked=True
        ),
        Chart("Spent", "USD", [Series("spent", [one.usd for one in sold])], stacked=True),
    ]


def _joined(view: RequestView, worker: str, told: Progress | None, *, now: float) -> LiveRequest:
    stage = told.stage if told else str(view.stage)
    age = now - (view.accepted_at or now)
    return LiveRequest(view, worker, stage, told.percent if told else None, age)

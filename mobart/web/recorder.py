"""Remembers what happens, and writes it down every second, for the status page and the command line.

Writing is one round trip a second, beside the jobs and never in their way: a Redis that is away
costs the oldest moments, and no job waits for it.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from mobart.core.domain import GenerationRequest
from mobart.core.errors import MobartError
from mobart.core.events import LogEvent
from mobart.core.ports import Announcer, Clock, Recording
from mobart.core.subject import known_ids
from mobart.core.thinning import THINNED, Thinning
from mobart.core.views import MOMENTS_KEPT, Batch, Moment, Progress, Spent, WorkerStatus

EVERY = 1.0
"""Seconds between two batches."""
WAITING = 20_000
"""Moments that may wait to be written; beyond that new ones are left out."""
LISTED = 200_000
"""Requests accepted in a burst that may wait to be listed; they have no moment of their own."""
LONGEST = 300
"""Characters of a fact that are kept."""
NUMBERS = frozenset({bool, int, float})
LEFT_OUT = frozenset({"prompt", "exc_info", "request_id", "user_id", "traceparent"})
TOLD = frozenset({LogEvent.WEBHOOK_DELIVERED, LogEvent.PICTURE_POLLED})
"""Events of level debug that belong into a timeline."""
STEPS = {
    LogEvent.PICTURE_GENERATED: "generate",
    LogEvent.PICTURE_DOWNLOADED: "download",
    LogEvent.PICTURE_RENDERED: "render",
    LogEvent.ASSET_STORED: "store",
}
ACCEPTED = frozenset({LogEvent.REQUEST_ACCEPTED, LogEvent.REQUEST_DERIVED})
COUNTED = frozenset(
    {*ACCEPTED, LogEvent.REQUESTS_ACCEPTED, LogEvent.JOB_SETTLED, LogEvent.JOB_CHARGED, *STEPS}
)
MOST_PROGRESS = 300
"""Jobs of one worker whose progress is told."""
Masking = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Recorder:
    """An `Observer` of one worker."""

    def __init__(
        self,
        recording: Recording,
        *,
        worker: str,
        clock: Clock,
        mask: Masking = lambda facts: facts,
    ) -> None:
        """*mask* takes secrets and prompts out of facts."""
        self._recording = recording
        self._worker = worker
        self._clock = clock
        self._mask = mask
        self._moments: dict[str, list[Moment]] = {}
        self._accepted: dict[str, str] = {}
        self._counts: defaultdict[str, float] = defaultdict(float)
        self._buyers: defaultdict[str, Spent] = defaultdict(Spent)
        self._undelivered: set[str] = set()
        self._waiting = 0
        self._thinning = Thinning()
        self.callbacks_stopped = False
        self.started_at = clock.now().timestamp()

    def note(self, event: LogEvent, **facts: Any) -> None:
        """See `Observer`: count *event*, and keep it if it belongs to a request."""
        ids = known_ids()
        request_id = facts.get("request_id", ids.get("request_id"))
        user_id = facts.get("user_id", ids.get("user_id"))
        if event in COUNTED:
            self._count(event, facts, user_id if isinstance(user_id, str) else "")
        self.callbacks_stopped |= event is LogEvent.WEBHOOK_DISABLED
        if event is LogEvent.REQUESTS_ACCEPTED and len(self._accepted) < LISTED:
            ids, users = facts["request_ids"].split(), facts["user_ids"].split()
            self._accepted.update(zip(ids, users, strict=True))
        told = event.level != "debug" or event in TOLD
        if not (told and isinstance(request_id, str)) or self._waiting >= WAITING:
            return
        times = self._thinning.times(event, facts, request_id) if event in THINNED else 1
        if not times:
            return
        if event is LogEvent.WEBHOOK_ABANDONED:
            self._undelivered.add(request_id)
        if event in ACCEPTED:
            self._accepted[request_id] = str(user_id)
        kept: dict[str, object] = {
            name: fact if type(fact) in NUMBERS else str(fact)[:LONGEST]
            for name, fact in facts.items()
            if fact is not None and name not in LEFT_OUT
        }
        if error := facts.get("exc_info"):
            kept["detail"] = type(error).__name__
        if event is LogEvent.JOB_DELAYED:
            kept["attempt"] = times
        moment = Moment(
            self._clock.now().timestamp(),
            str(event),
            self._worker,
            self._mask(kept),
        )
        self._moments.setdefault(request_id, []).append(moment)
        self._waiting += 1

    async def write(self, status: WorkerStatus | None) -> None:
        """Write what waits; what cannot be written waits for the next time.  No worker: no *status*."""
        batch = Batch(
            status,
            moments={name: told[-MOMENTS_KEPT:] for name, told in self._moments.items()},
            accepted=self._accepted,
            counts=dict(self._counts),
            buyers=dict(self._buyers),
            undelivered=frozenset(self._undelivered),
        )
        mine = self._moments, self._accepted, self._counts, self._buyers, self._waiting
        self._moments, self._accepted, self._waiting = {}, {}, 0
        self._counts, self._buyers = defaultdict(float), defaultdict(Spent)
        try:
            await self._recording.write(batch)
            self._undelivered -= set(batch.undelivered)
        except MobartError:
            later = self._moments, self._accepted, self._counts, self._buyers, self._waiting
            self._put_back(mine, later)

    def _put_back(self, mine: tuple[Any, ...], later: tuple[Any, ...]) -> None:
        """Have what could not be written come before what happened *later*."""
        self._moments, self._accepted, self._counts, self._buyers, self._waiting = mine
        for name, told in later[0].items():
            self._moments.setdefault(name, []).extend(told)
        self._accepted.update(later[1])
        for name, count in later[2].items():
            self._counts[name] += count
        for name, spent in later[3].items():
            self._buyers[name] += spent
        self._waiting += later[4]

    def _count(self, event: LogEvent, facts: Mapping[str, Any], user_id: str) -> None:
        counts = self._counts
        if event in ACCEPTED:
            counts["accepted"] += 1
        elif event is LogEvent.REQUESTS_ACCEPTED:
            counts["accepted"] += facts["count"]
        elif event is LogEvent.JOB_SETTLED:
            counts[str(facts.get("outcome"))] += 1
            if provider := facts.get(
                "provider"
            ):  # counted here: the ticket may have come by a callback
                counts[f"paid:{provider}"] += 1
                self._buyers[user_id] += Spent(1)
        elif event is LogEvent.JOB_CHARGED:
            counts[f"cost:{facts.get('provider')}"] += facts["cost"]
            self._buyers[user_id] += Spent(0, facts["cost"])
        elif event in STEPS:
            step = STEPS[event]
            counts[f"{step}_count"] += 1
            seconds = facts.get("seconds")
            if isinstance(seconds, int | float):
                counts[f"{step}_seconds"] += seconds


class LiveProgress:
    """An `Announcer` that remembers what it announces through another one."""

    def __init__(self, announcer: Announcer) -> None:
        """Know of no job yet."""
        self._announcer = announcer
        self._known: dict[str, Progress] = {}

    async def progress(self, request: GenerationRequest, stage: str, percent: int) -> None:
        """See `Announcer`."""
        self._known[request.request_id] = Progress(request.request_id, stage, percent)
        await self._announcer.progress(request, stage, percent)

    def of(self, jobs: Mapping[str, str]) -> list[Progress]:
        """Return how far *jobs* are, whose stages are given by request; others are forgotten."""
        self._known = {name: one for name, one in self._known.items() if name in jobs}
        told = [self._known.get(name) or Progress(name, stage) for name, stage in jobs.items()]
        return told[:MOST_PROGRESS]

"""What this worker did lately, so that it can be written again if Redis comes back without it.

All lists are bounded: what is older was on disk, and on the replicas, long ago.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mobart.core.copying import changed
from mobart.core.domain import GenerationRequest, Job, Stage
from mobart.core.ports import Claim, Clock

Kept = TypeVar("Kept")
ACCEPTED_SECONDS = 60.0
"""How long an accepted request is remembered.  Longer would be worse: if somebody paid for it since it was
last looked at, and is gone too, accepting it again pays again."""
SETTLED_SECONDS = 3600.0
"""How long an outcome is remembered."""
CANCELLED_SECONDS = 3600.0
"""How long a cancellation is remembered that could not settle its job at once."""
MOST = 50_000
"""Entries of each list; usual ones take two kilobytes of memory each."""
MOST_BYTES = 64 * 1024 * 1024
"""Bytes of texts in each list, about."""


@dataclass(frozen=True, slots=True)
class SettledJob:
    """A job whose outcome was stored and announced."""

    job: Job
    """As it was before: see `after`."""
    completion: bytes
    entry: str
    """Of the completions stream."""
    in_doubt: bool = False
    times: Mapping[str, float] = field(default_factory=dict)
    """When what happened to the job, as `Claim.times` has it."""
    cost: float | None = None
    """What it cost in the end, in USD, as far as is known."""

    @property
    def after(self) -> Job:
        """The job as its record has it; made where Redis lost that, which is hardly ever."""
        return changed(self.job, stage=Stage.SETTLED, price=self.cost)


@dataclass(slots=True)
class Lately(Generic[Kept]):
    """The values of the last *seconds*, by request id; at most `MOST`, of `MOST_BYTES`."""

    clock: Clock
    seconds: float
    values: OrderedDict[str, tuple[float, int, Kept]] = field(default_factory=OrderedDict)
    size: int = 0

    def put(self, request_id: str, value: Kept, *, size: int) -> None:
        """Remember *value*, of *size* bytes, and forget what is too old or too much."""
        self.forget(request_id)
        now = self.clock.monotonic()
        self.values[request_id] = now, size, value
        self.size += size
        while self.values and self._is_too_much(now):
            self.forget(next(iter(self.values)))

    def forget(self, request_id: str) -> None:
        """Forget one value, if it is remembered."""
        if request_id in self.values:
            self.size -= self.values.pop(request_id)[1]

    def all(self) -> list[Kept]:
        """Return what is remembered, oldest first."""
        since = self.clock.monotonic() - self.seconds
        return [value for at, _, value in self.values.values() if at >= since]

    def _is_too_much(self, now: float) -> bool:
        oldest, _, _ = next(iter(self.values.values()))
        many = len(self.values) > MOST or self.size > MOST_BYTES
        return many or oldest < now - self.seconds


class RecentWork:
    """The last requests that this worker accepted, those it was to cancel, and the last jobs that it settled."""

    def __init__(self, clock: Clock) -> None:
        """Remember nothing yet."""
        self._accepted = Lately[GenerationRequest](clock, ACCEPTED_SECONDS)
        self.begun: Sequence[Claim] = ()
        """The accepted requests that somebody was seen to have paid for, as far as that was seen."""
        self._settled = Lately[SettledJob](clock, SETTLED_SECONDS)
        self._cancelled = Lately[str](clock, CANCELLED_SECONDS)

    @property
    def accepted(self) -> list[GenerationRequest]:
        """Requests that were queued, and that nobody was seen to have settled."""
        return self._accepted.all()

    @property
    def settled(self) -> list[SettledJob]:
        """Jobs with their outcomes."""
        return self._settled.all()

    @property
    def looked_at(self) -> list[GenerationRequest]:
        """Accepted requests, and older ones that somebody paid for, until they are seen to be settled."""
        begun = {claim.request.request_id: claim.request for claim in self.begun}
        return list((begun | {one.request_id: one for one in self.accepted}).values())

    @property
    def cancelled(self) -> list[str]:
        """Ids of requests whose cancellation was only noted: before they came, or while they were being bought."""
        return self._cancelled.all()

    def note_cancelled(self, request_id: str) -> None:
        """Remember a cancellation."""
        self._cancelled.put(request_id, request_id, size=len(request_id))

    def note_accepted(self, request: GenerationRequest) -> None:
        """Remember a new request."""
        self._accepted.put(request.request_id, request, size=_size_of(request))

    def note_restored(self, claim: Claim) -> None:
        """Remember a job that was written again: nobody holds it now, and Redis may lose it another time."""
        if claim.job.stage is Stage.ACCEPTED:
            self.note_accepted(claim.request)
            return
        others = (one for one in self.begun if one.request.request_id != claim.request.request_id)
        self.begun = [*others, claim]

    def note_progress(self, begun: Sequence[Claim], settled: Iterable[GenerationRequest]) -> None:
        """Remember how far others were seen to be with accepted requests, and forget what is *settled*."""
        self.begun = begun
        for request in settled:
            self._accepted.forget(request.request_id)

    def note_settled(self, settled: SettledJob) -> None:
        """Remember an outcome instead of the request."""
        request_id = settled.job.request.request_id
        self._accepted.forget(request_id)
        size = _size_of(settled.job.request) + len(settled.completion)
        self._settled.put(request_id, settled, size=size)


def _size_of(request: GenerationRequest) -> int:
    """Estimate it; options are short, as presets allow them."""
    return len(request.prompt) + len(request.traceparent or "")

"""What this worker did lately, so that it can be written again if Redis comes back without it.

Both lists are bounded: what is older was on disk, and on the replicas, long ago.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mobart.core.domain import GenerationRequest, Job
from mobart.core.ports import Clock

Kept = TypeVar("Kept")
ACCEPTED_SECONDS = 60.0
"""How long an accepted request is remembered.  Longer would be worse: if the worker that paid for it
is gone too, accepting it again pays again."""
SETTLED_SECONDS = 3600.0
"""How long an outcome is remembered."""
MOST = 10_000
"""Entries of each list; at 2 kB a request and its outcome that is 20 MB at most."""


@dataclass(frozen=True, slots=True)
class SettledJob:
    """A job whose outcome was stored and announced."""

    job: Job
    completion: bytes
    entry: str
    """Of the completions stream."""
    in_doubt: bool = False


@dataclass(slots=True)
class Lately(Generic[Kept]):
    """The values of the last *seconds*, by request id; at most `MOST`."""

    clock: Clock
    seconds: float
    values: OrderedDict[str, tuple[float, Kept]] = field(default_factory=OrderedDict)

    def put(self, request_id: str, value: Kept) -> None:
        """Remember *value*, and forget what is too old or too much."""
        self.values.pop(request_id, None)
        self.values[request_id] = self.clock.monotonic(), value
        while len(self.values) > MOST or self._oldest() < self.clock.monotonic() - self.seconds:
            self.values.popitem(last=False)

    def all(self) -> list[Kept]:
        """Return what is remembered, oldest first."""
        since = self.clock.monotonic() - self.seconds
        return [value for at, value in self.values.values() if at >= since]

    def _oldest(self) -> float:
        return next(iter(self.values.values()))[0]


class RecentWork:
    """The last requests that this worker accepted, and the last jobs that it settled."""

    def __init__(self, clock: Clock) -> None:
        """Remember nothing yet."""
        self._accepted = Lately[GenerationRequest](clock, ACCEPTED_SECONDS)
        self._settled = Lately[SettledJob](clock, SETTLED_SECONDS)

    @property
    def accepted(self) -> list[GenerationRequest]:
        """Requests that were queued and that nobody settled on this worker."""
        return self._accepted.all()

    @property
    def settled(self) -> list[SettledJob]:
        """Jobs with their outcomes."""
        return self._settled.all()

    def note_accepted(self, request: GenerationRequest) -> None:
        """Remember a new request."""
        self._accepted.put(request.request_id, request)

    def note_settled(self, settled: SettledJob) -> None:
        """Remember an outcome instead of the request."""
        request_id = settled.job.request.request_id
        self._accepted.values.pop(request_id, None)
        self._settled.put(request_id, settled)

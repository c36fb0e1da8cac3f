"""Which requests nobody could keep: their worker died together with what Redis forgot of them.

`docs/faults.md` promises that what a live worker holds is neither paid again, nor announced twice, nor
lost, whatever Redis forgets.  What a worker wrote and Redis forgot is known to that worker alone, until
another one looks; if it is dead before it could write it again, the request is exposed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mobart.jobs.heartbeat import BEATS_A_LEASE
from tests.chaos.forgetful_redis import Forgotten
from tests.daemon.deployment import WorkerProcess

TAKEN = frozenset(
    {
        "requests.accepted",
        "request.accepted",
        "job.claimed",
        "job.rescued",
        "job.paid",
        "job.adopted",
    }
)
CLAIMED, PAID = {"job.claimed", "job.rescued"}, {"job.paid", "job.adopted"}
LOOK = 10.0 / BEATS_A_LEASE
"""Seconds from one heartbeat of a soak's workers to the next: so old is what they know of each other's jobs."""
CLOSE = 1.0
"""Seconds around the death of Redis within which its last answers may be lost, or be heard late."""


@dataclass(slots=True)
class Life:
    """What one worker had in hand, and when, in Unix seconds."""

    died_at: float = float("inf")
    took: dict[str, float] = field(default_factory=dict)
    """When it first had to do with a request."""
    claimed: set[str] = field(default_factory=set)
    paid: set[str] = field(default_factory=set)
    """What it took to fulfil, and what of that it knew to be paid."""
    restored: list[float] = field(default_factory=list)
    """When it noticed that Redis was replaced; what it holds is written again at once."""

    def may_have_paid(self, name: str) -> bool:
        """Whether it died between the claim and the stored ticket of a request."""
        return self.died_at < float("inf") and name in self.claimed - self.paid

    def restored_after(self, at: float) -> float:
        """Return when it knew of what befell Redis at that time."""
        return min((one for one in self.restored if one > at), default=float("inf"))


def lives(
    workers: Iterable[WorkerProcess],
    deaths: Mapping[Path, float],
    held: Mapping[Path, set[str]],
) -> list[Life]:
    """Read the logs of *workers*; by their logs, when they died, and with what in hand."""
    return [
        _life(worker, deaths.get(worker.output, float("inf")), held.get(worker.output, set()))
        for worker in workers
    ]


def _life(worker: WorkerProcess, died_at: float, held: set[str]) -> Life:
    life = Life(died_at, dict.fromkeys(held, died_at))  # the log may lack its last lines
    for event in worker.events():
        at = datetime.fromisoformat(event["timestamp"]).timestamp()
        if event["event"] in TAKEN:
            for name in event.get("request_ids") or [event["request_id"]]:
                life.took[name] = min(at, life.took.get(name, at))
            if event["event"] in CLAIMED:
                life.claimed.add(event["request_id"])
            elif event["event"] in PAID:
                life.paid.add(event["request_id"])
        elif event["event"] == "redis.replaced":
            life.restored.append(at)
    return life


def exposed(
    all_lives: Sequence[Life], forgotten: Sequence[Forgotten], ended: Mapping[str, float]
) -> set[str]:
    """Return the requests that a worker had in hand that died with what Redis forgot of them.

    *ended* tells when the outcome of a request was known for the first time.
    """
    found = set[str]()
    for loss in forgotten:
        since = float("-inf") if loss.everything else loss.since
        begun = loss.killed_at - LOOK if loss.everything else loss.since
        for life in all_lives:
            if since <= life.died_at <= life.restored_after(loss.killed_at) + CLOSE:
                found |= {
                    name
                    for name, at in life.took.items()
                    if at <= loss.killed_at + CLOSE and ended.get(name, at) >= begun - CLOSE
                }
    return found


def in_the_last_moment(forgotten: Sequence[Forgotten], ended: Mapping[str, float]) -> set[str]:
    """Return the requests that were settled as Redis died: their worker may not have been told so."""
    return {
        name
        for name, at in ended.items()
        if any(loss.killed_at - CLOSE <= at <= loss.back_at + CLOSE for loss in forgotten)
    }

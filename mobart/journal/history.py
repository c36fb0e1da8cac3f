"""Whether Redis still has what it had, and writing again what it lost.

Redis may forget: restarted without its data or with an older copy, failed over to a replica that
lagged, demoted and synchronised anew.  A worker notices by the server's identity (script `open`), and
before it receives anything it writes again what it holds, settled or accepted.  See `docs/faults.md`.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from mobart.core import wire
from mobart.core.domain import GenerationRequest, Stage
from mobart.core.events import LogEvent
from mobart.core.ports import Claim, Clock, Observer
from mobart.journal.accepting import accepting
from mobart.journal.entries import read_progress, write_known
from mobart.journal.keys import (
    COMPLETIONS_KEPT,
    COMPLETIONS_MS,
    EARLY_KEPT,
    GROUP,
    RECORD_SECONDS,
    Keys,
)
from mobart.journal.pipeline import Pipeline
from mobart.journal.recent import RecentWork, SettledJob
from mobart.journal.restoring import restore
from mobart.journal.scripts import script

Value = TypeVar("Value")
ANY_TIME_MS = 10**12
"""A message received within this time of the same id is a repetition: all are."""
GONE = ["gone"]
"""What is told of a job that has no record."""
AT_ONCE = 200
"""Requests that are read or written again in one step: some milliseconds of Redis's time."""
SWEPT_AT_ONCE = 25 * AT_ONCE
"""Requests that are looked at beside that in one heartbeat: a quarter of a second."""


class History:
    """One worker's knowledge of the history of Redis's data.  All methods raise Redis's errors."""

    def __init__(
        self,
        redis: Redis,
        *,
        keys: Keys,
        clock: Clock,
        observer: Observer,
        consumer: str,
        lease_ms: int,
        recent: RecentWork,
    ) -> None:
        """Know nothing yet."""
        self._redis = redis
        self._keys = keys
        self._clock = clock
        self._observer = observer
        self._consumer = consumer
        self._lease_ms = lease_ms
        self._recent = recent
        self._known = ""
        self._complete = ""
        self._wait_until = float("-inf")
        self._opened_at: float | None = None
        self._sweeps, self._swept = False, 0
        self.proven = False
        """Whether Redis has all that this worker knows, as far as anybody noticed."""
        self._open, self._restore, self._accept, self._look = (
            script(redis, name) for name in ("open", "restore", "accept", "look")
        )
        pipeline = Pipeline(redis)
        self._resettle, self._forestall = map(pipeline.script, ("resettle", "forestall"))

    @property
    def wait(self) -> float:
        """Seconds for which nothing may be claimed."""
        return max(0.0, self._wait_until - self._clock.monotonic())

    async def open(self) -> None:
        """Look which history this is, and how long to wait."""
        keys, at = [self._keys.history, self._keys.requests], self._clock.monotonic()
        passed = "" if self._opened_at is None else round((at - self._opened_at) * 1000)
        answer: list[bytes] = await self._open(
            keys, [GROUP, self._consumer, self._known, self._lease_ms, passed]
        )
        self._opened_at = at
        history, left = answer[0].decode(), int(answer[1]) / 1000
        if answer[2]:
            self._sweeps, self._swept = True, 0
        self._wait_until = self._clock.monotonic() + left
        if history != self._known and (self._known or left):
            self._observer.note(LogEvent.REDIS_REPLACED, seconds=left)
        self._known = history

    async def write_again(self, claim: Claim) -> bool:
        """Store what *claim* knows and Redis does not; return whether there was anything."""
        at = self._clock.monotonic()
        restored = await restore(self._restore, claim.job, claim, keys=self._keys, at=at)
        if restored:
            self._recent.note_restored(claim)
        return restored

    async def complete(self) -> None:
        """Write again what was settled, cancelled and accepted lately, once in each history.

        Where others were seen to have paid for what this worker accepted, they may be gone: that is
        written again as well.
        """
        if self._complete != self._known:
            if self._complete:  # in its first history a worker has written all that it knows
                await self._settle_again()
                for claim in self._recent.begun:
                    await self.write_again(claim)
                await self._cancel_again()
                await self._accept_again()
            self._complete = self._known
        self.proven = True

    async def look(self, *, everywhere: bool = False) -> None:
        """Read how far others are with what this worker accepted; put back what is not in the stream.

        Where there is such, or *everywhere* where the stream was lost, whoever accepted it; and every ten minutes.
        """
        begun, settled = list[Claim](), list[GenerationRequest]()
        before = {claim.request.request_id: claim for claim in self._recent.begun}
        lost = 0
        if everywhere:  # also if Redis is away just now
            self._sweeps, self._swept = True, 0
        for some in batches(self._recent.looked_at):
            back, answers = await self._look_at([request.request_id for request in some])
            lost += back
            for request, answer in zip(some, answers, strict=True):
                told = [value.decode() for value in answer]
                if Stage.SETTLED in told[1:2]:
                    settled.append(request)
                elif told == GONE:  # Redis lost it just now
                    begun += [before[request.request_id]] if request.request_id in before else []
                elif told:
                    begun.append(read_progress(request, told, at=self._clock.monotonic()))
        self._recent.note_progress(begun, settled)
        if lost:
            self._sweeps, self._swept = True, 0
        lost += await self._sweep() if self._sweeps else 0
        if lost:
            self._observer.note(LogEvent.STREAM_DAMAGED, count=lost)

    async def _sweep(self) -> int:
        """Put back more of what is listed and not in the stream, and return how many that were.

        Some at each heartbeat, the newest first: leases are not renewed meanwhile.
        """
        lost, listed = 0, self._keys.index("all")
        for first in range(self._swept, self._swept + SWEPT_AT_ONCE, AT_ONCE):
            try:
                names: Any = await self._redis.zrevrange(listed, first, first + AT_ONCE - 1)
            except ResponseError:  # somebody else's data, until a request is listed there
                names = ()
            if not names:
                self._sweeps = False
                return lost
            lost += (await self._look_at([name.decode() for name in names]))[0]
            self._swept = first + AT_ONCE
        return lost

    async def _look_at(self, request_ids: Sequence[str]) -> tuple[int, list[list[bytes]]]:
        jobs = [self._keys.job(request_id) for request_id in request_ids]
        back, answers = await self._look([self._keys.requests, *jobs], [])
        return back, answers

    async def _settle_again(self) -> None:
        for some in batches(self._recent.settled):
            await asyncio.gather(*(self._resettle(*self._settled_again(one)) for one in some))

    async def _cancel_again(self) -> None:
        for some in batches(self._recent.cancelled):
            noted = ([self._keys.job(name), self._keys.early] for name in some)
            await asyncio.gather(*(self._forestall(keys, [EARLY_KEPT]) for keys in noted))

    async def _accept_again(self) -> None:
        for some in batches(self._recent.accepted):
            await self._accept(*accepting(some, keys=self._keys, same_message_ms=ANY_TIME_MS))

    def _settled_again(
        self, settled: SettledJob
    ) -> tuple[Sequence[str], Sequence[str | bytes | float]]:
        job, keys = settled.after, self._keys
        request = job.request
        return (
            [
                keys.job(request.request_id),
                keys.requests,
                keys.completions,
                keys.busy(request.user_id),
                keys.spent,
                keys.spent_by(request.user_id),
                keys.money,
            ],
            [
                GROUP,
                wire.encode_request(request),
                wire.fingerprint(request),
                settled.completion,
                "1" if settled.in_doubt else "",
                settled.entry,
                RECORD_SECONDS,
                COMPLETIONS_MS,
                COMPLETIONS_KEPT,
                *write_known(job, settled.times, at=self._clock.monotonic()),
            ],
        )


def batches(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Cut *values* into what is sent at once."""
    return (values[first : first + AT_ONCE] for first in range(0, len(values), AT_ONCE))

"""Whether Redis still has what it had, and writing again what it lost.

Redis may forget: restarted without its data or with an older copy, failed over to a replica that
lagged, demoted and synchronised anew.  A worker notices by the server's identity (script `open`), and
before it receives anything it writes again what it holds, settled or accepted.  See `docs/faults.md`.
"""

from collections.abc import Sequence

from redis.asyncio import Redis

from mobart.core import wire
from mobart.core.events import LogEvent
from mobart.core.ports import Claim, Clock, Observer
from mobart.journal.accepting import accepting
from mobart.journal.entries import write_known
from mobart.journal.keys import (
    COMPLETIONS_KEPT,
    COMPLETIONS_MS,
    GROUP,
    RECORD_SECONDS,
    Keys,
)
from mobart.journal.recent import RecentWork, SettledJob
from mobart.journal.restoring import restore
from mobart.journal.scripts import script

ANY_TIME_MS = 10**12
"""A message received within this time of the same id is a repetition: all are."""
AT_ONCE = 200
"""Requests that are accepted again in one step: some milliseconds of Redis's time."""


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
        self._keys = keys
        self._clock = clock
        self._observer = observer
        self._consumer = consumer
        self._lease_ms = lease_ms
        self._recent = recent
        self._known = ""
        self._complete = ""
        self._wait_until = float("-inf")
        self.proven = False
        """Whether Redis has all that this worker knows, as far as anybody noticed."""
        self._open, self._restore, self._resettle, self._accept = (
            script(redis, name) for name in ("open", "restore", "resettle", "accept")
        )

    @property
    def wait(self) -> float:
        """Seconds for which nothing may be claimed."""
        return max(0.0, self._wait_until - self._clock.monotonic())

    async def open(self) -> None:
        """Look which history this is, and how long to wait."""
        keys = [self._keys.history, self._keys.requests]
        answer: list[bytes] = await self._open(
            keys, [GROUP, self._consumer, self._known, self._lease_ms]
        )
        history, left = answer[0].decode(), int(answer[1]) / 1000
        self._wait_until = self._clock.monotonic() + left
        if history != self._known and (self._known or left):
            self._observer.note(LogEvent.REDIS_REPLACED, seconds=left)
        self._known = history

    async def write_again(self, claim: Claim) -> bool:
        """Store what *claim* knows and Redis does not; return whether there was anything."""
        at = self._clock.monotonic()
        return await restore(self._restore, claim.job, claim, keys=self._keys, at=at)

    async def complete(self) -> None:
        """Write again what was settled and accepted lately, once in each history."""
        if self._complete != self._known:
            if self._complete:
                for settled in self._recent.settled:
                    await self._resettle(*self._settled_again(settled))
                await self._accept_again()
            self._complete = self._known
        self.proven = True

    async def _accept_again(self) -> None:
        requests = self._recent.accepted
        for first in range(0, len(requests), AT_ONCE):
            some = requests[first : first + AT_ONCE]
            await self._accept(*accepting(some, keys=self._keys, same_message_ms=ANY_TIME_MS))

    def _settled_again(
        self, settled: SettledJob
    ) -> tuple[Sequence[str], Sequence[str | bytes | float]]:
        job, keys = settled.job, self._keys
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

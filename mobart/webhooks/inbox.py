"""The completions not yet delivered: a consumer group of its own over the completions stream."""

import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from mobart.core.wire import traced
from mobart.webhooks.schedule import RetrySchedule

GROUP = "callbacks"
FIELD = b"completion"
BLOCK = 1.0
"""Seconds that a read waits for news; below any sane socket timeout."""
SCAN = 200
"""Unacknowledged entries looked at in one go."""
FORGOTTEN_MS = 3_600_000
"""Silence after which a consumer that holds nothing is removed."""

Retire = Callable[[Sequence[str], Sequence[str | int]], Awaitable[Any]]
"""Runs the script `retire.lua` of the journal with keys and arguments as its head lists them."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One entry of the stream: *body* is None if it is no completion, or was trimmed."""

    entry: str
    attempt: int
    body: str | None
    request_id: str | None
    traceparent: str | None = None


@dataclass(slots=True, eq=False)
class Inbox:
    """Reads completions from the group, under the name of this worker as *consumer*."""

    redis: Redis
    """A client that answers with bytes and repeats nothing by itself."""
    stream: str
    consumer: str
    """A name that no other process has."""
    retire: Retire
    schedule: RetrySchedule = field(default_factory=RetrySchedule)
    block: float = BLOCK
    _seen: str = "$"
    _scanned: str = "-"

    async def open(self) -> None:
        """Make sure that the group is there, and tidy it up.

        A new group begins with what is settled from now on.  One that Redis lost while this worker
        was running begins again where this worker was.
        """
        try:
            await self.redis.xgroup_create(self.stream, GROUP, id=self._seen, mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
        await self._tidy(leaving="")

    async def fresh(self, count: int, *, wait: bool) -> list[Completion]:
        """Take up to *count* completions nobody has tried yet; may *wait* for the first."""
        answer: Any = await self.redis.xreadgroup(
            GROUP,
            self.consumer,
            {self.stream: ">"},
            count=count,
            block=int(1000 * self.block) if wait else None,
        )
        entries = answer[0][1] if answer else []
        taken = [_completion(entry.decode(), 1, fields) for entry, fields in entries]
        if taken:
            self._seen = taken[-1].entry
        return taken

    async def due(self, count: int, *, held: Collection[str]) -> list[Completion]:
        """Take up to *count* completions whose next attempt is due, those of dead workers too.

        Entries in *held* are being tried right now.  One call looks at a page of what is not
        acknowledged, and the next call goes on behind it, so that a long list costs no more.
        """
        page: Any = await self.redis.xpending_range(
            self.stream, GROUP, min=self._scanned, max="+", count=SCAN
        )
        self._scanned = f"({page[-1]['message_id'].decode()}" if len(page) == SCAN else "-"
        taken: list[Completion] = []
        for pending in page:
            if len(taken) == count:
                self._scanned = f"{pending['message_id'].decode()}"
                break
            if pending["message_id"].decode() not in held:
                taken += await self._take(pending)
        return taken

    async def acknowledge(self, entries: Iterable[str]) -> None:
        """Be done with *entries*."""
        await self.redis.xack(self.stream, GROUP, *entries)

    async def leave(self) -> None:
        """Remove this consumer, unless something is still to be retried under its name."""
        await self._tidy(leaving=self.consumer)

    async def _take(self, pending: dict[str, Any]) -> Sequence[Completion]:
        """Claim one entry if it is due; of several workers that try, one gets it."""
        entry, attempt = pending["message_id"].decode(), int(pending["times_delivered"])
        ours = pending["consumer"].decode() == self.consumer
        wait_ms = int(1000 * self.schedule.wait(entry, attempt, ours=ours))
        if pending["time_since_delivered"] < wait_ms:
            return ()
        claimed: Any = await self.redis.xclaim(self.stream, GROUP, self.consumer, wait_ms, [entry])
        if claimed and claimed[0][0] is not None:
            return (_completion(entry, attempt + 1, claimed[0][1]),)
        exists = await self.redis.xrange(self.stream, entry, entry, count=1)
        return () if exists else (Completion(entry, attempt, None, None),)

    async def _tidy(self, *, leaving: str) -> None:
        await self.retire([self.stream], [GROUP, FORGOTTEN_MS, leaving])


def _completion(entry: str, attempt: int, fields: dict[bytes, bytes]) -> Completion:
    try:
        body = fields[FIELD].decode()
        told = json.loads(body)
        request_id = str(told["request_id"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return Completion(entry, attempt, None, None)
    return Completion(entry, attempt, body, request_id, traced(told.get("traceparent")))

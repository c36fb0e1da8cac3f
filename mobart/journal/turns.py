"""Entries of the request stream that a worker may open next: in turn, or left by others."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from mobart.core.ports import Delivery
from mobart.journal.entries import create_group, read_delivery
from mobart.journal.keys import GROUP, Keys
from mobart.journal.scripts import script

Args = list[str | bytes | float]
LOOKED_AT = 128
"""Entries that one script looks at: about a millisecond of Redis's time."""
PROVEN = 8
"""Of those that wait longest, how many are looked at each time whether they still have a turn."""


class Turns:
    """Receives entries for one worker.  All methods raise Redis's errors."""

    def __init__(
        self,
        redis: Redis,
        *,
        blocking: Redis,
        keys: Keys,
        consumer: str,
        lease_ms: int,
        user_slots: int,
    ) -> None:
        """Use *blocking* for reads that wait; *user_slots* is how many jobs a user may have, 0: any."""
        self._redis = redis
        self._blocking = blocking
        self._stream = keys.requests
        self._history = keys.history
        self._consumer = consumer
        self._lease_ms = lease_ms
        self._user_slots = user_slots
        self.regrouped = False
        """Whether the group was missing: at the first start, and where the stream was deleted or renamed."""
        self._receive, self._rescue = (script(redis, name) for name in ("receive", "rescue"))

    async def receive(self, slots: int, *, wait: float) -> Sequence[Delivery]:
        """Return up to *slots* entries in turn; wait up to *wait* seconds for the first."""
        if waiting := await self._take(slots):
            return waiting
        answer: Any = await self._grouped(
            lambda: self._blocking.xreadgroup(
                GROUP,
                self._consumer,
                {self._stream: ">"},
                count=slots,
                block=max(1, int(wait * 1000)),
            )
        )
        entries = answer[0][1] if answer else ()
        if entries and self._user_slots:  # or nobody waits whose turn it could be before theirs
            return await self._take(slots, [entry for entry, _ in entries])
        return [read_delivery(entry, fields) for entry, fields in entries]

    async def rescue(self, slots: int, *, held: Iterable[str]) -> Sequence[Delivery]:
        """Return up to *slots* entries that nobody renewed, without those *held*."""
        told: Args = [GROUP, self._consumer, self._lease_ms, slots, self._user_slots]
        told += [PROVEN, LOOKED_AT, *held]
        entries = await self._grouped(partial(self._rescue, [self._stream, self._history], told))
        return [read_delivery(entry, fields, rescued=True) for entry, fields in entries]

    async def _take(self, slots: int, received: Sequence[bytes] = ()) -> Sequence[Delivery]:
        told: Args = [GROUP, self._consumer, slots, self._user_slots, LOOKED_AT]
        act = partial(self._receive, [self._stream], [*told, *received])
        more, entries = await self._grouped(act)
        while more and not entries:
            more, entries = await self._grouped(partial(self._receive, [self._stream], told))
        return [read_delivery(entry, fields) for entry, fields in entries]

    async def _grouped(self, act: Callable[[], Awaitable[Any]]) -> Any:
        """Run a command of the group; where it is missing, create it and run it again."""
        try:
            return await act()
        except ResponseError as error:
            if not str(error).startswith("NOGROUP"):
                raise
            await create_group(self._redis, self._stream)
            self.regrouped = True
            return await act()

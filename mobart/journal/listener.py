"""Receives what is published: requests on one subscription, what is urgent on another.

Each has its own connection, thread, room and readers, so that no burst of requests holds up a
cancellation, or the news that a picture is ready.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from mobart.journal.spool import MAX_BYTES, Handler, Spool
from mobart.journal.subscription import Subscription, Surroundings

LAST_MESSAGES = 5.0
"""Seconds, at the end, for handling what was received; only with Redis away it is not enough."""
READERS = 3
"""Batches of requests accepted at once: while one waits for Redis, the next one is read."""
BATCH = 256
"""Requests accepted in one step, some milliseconds of Redis's time."""
URGENT_READERS = 4
"""Urgent messages handled at once."""
URGENT_BYTES = 8 * 1024 * 1024
"""What may wait in the queue of the urgent ones."""


class Listener:
    """Feeds what is published on channels to their handlers, in whatever order they finish."""

    def __init__(
        self,
        around: Surroundings,
        *,
        handlers: Mapping[str, Handler],
        urgent: Mapping[str, Callable[[bytes], Awaitable[None]]],
        backlog_bytes: int = MAX_BYTES,
    ) -> None:
        """*handlers* and *urgent* map channels to what handles their messages.

        With *backlog_bytes* of requests waiting, reading pauses.
        """
        spool = partial(Spool, retrier=around.retrier, observer=around.observer, clock=around.clock)
        self._backlog = spool(readers=READERS, batch=BATCH, max_bytes=backlog_bytes)
        self._urgent = spool(readers=URGENT_READERS, batch=1, max_bytes=URGENT_BYTES)
        self._subscriptions = (
            _subscribe(around, self._backlog, handlers),
            _subscribe(
                around,
                self._urgent,
                {channel: _one_by_one(act) for channel, act in urgent.items()},
                urgent=True,
            ),
        )

    @property
    def hearing(self) -> bool:
        """Whether everything is heard that is published."""
        return all(one.hearing for one in self._subscriptions)

    @property
    def backlog(self) -> int:
        """How many messages were received and are not handled yet."""
        return self._backlog.messages + self._urgent.messages

    @property
    def server(self) -> str:
        """Run id of the server that is subscribed to, "" if none is known; both, if they differ."""
        return " ".join(sorted({one.server for one in self._subscriptions} - {""}))

    def reopen(self) -> None:
        """Open the subscriptions anew: their address leads to another server by now."""
        for one in self._subscriptions:
            one.reopening = True

    async def run(self) -> None:
        """Listen until cancelled, then handle what was received already."""
        spools = (self._urgent, self._backlog)
        for spool in spools:
            spool.start()
        try:
            await asyncio.gather(*(one.run() for one in self._subscriptions))
        finally:
            await asyncio.gather(*(spool.finish(seconds=LAST_MESSAGES) for spool in spools))


def _subscribe(
    around: Surroundings, spool: Spool, handlers: Mapping[str, Handler], *, urgent: bool = False
) -> Subscription:
    routes = {channel: partial(spool.put, handler) for channel, handler in handlers.items()}
    return Subscription(around, routes, paused=lambda: spool.full, urgent=urgent)


def _one_by_one(act: Callable[[bytes], Awaitable[None]]) -> Handler:
    async def handle(payloads: Sequence[bytes]) -> None:
        for payload in payloads:
            await act(payload)

    return handle

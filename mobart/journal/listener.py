"""Receives what is published on channels, and proves all the time that the subscription works.

A subscription can die without any error.  The client library may reconnect by itself, and what was
published meanwhile is gone; or the connection is cut somewhere in the middle and both ends believe
in it.  The first shows as a repeated confirmation of a subscription, the second only when nothing
comes through any more.  So the listener sends itself a heartbeat every few seconds through the same
subscription; when neither it nor any other message arrives, the subscription is dead.  Only time
spent reading counts: a listener that waits because its backlog is full has not lost anything.
"""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from mobart.core.errors import MobartError, Unavailable
from mobart.core.events import LogEvent
from mobart.core.ports import Clock, Observer
from mobart.core.retry import Retrier
from mobart.journal.connection import server_of
from mobart.journal.spool import MAX_BYTES, Handler, Spool

HEARTBEAT_INTERVAL = 2.0
DEAF_AFTER = 6.0
"""Seconds of reading without any message after which the subscription is given up."""
POLL = 0.5
"""Seconds between two looks at whether anything arrived."""
LAST_MESSAGES = 5.0
"""Seconds, at the end, for handling what was received; only with Redis away it is not enough."""
READERS = 24
"""Requests accepted at once."""
URGENT_READERS = 4
"""Urgent messages handled at once."""
URGENT_BYTES = 8 * 1024 * 1024
"""What may wait in the queue of the urgent ones."""


class SubscriptionSilent(MobartError):
    """The subscription stands, and nothing comes through it."""


class Listener:
    """Feeds what is published on channels to their handlers, in whatever order they finish."""

    def __init__(
        self,
        redis: Redis,
        *,
        publisher: Redis,
        handlers: dict[str, Handler],
        urgent: dict[str, Handler] | None = None,
        heartbeat_channel: str,
        observer: Observer,
        clock: Clock,
        retrier: Retrier,
        backlog_bytes: int = MAX_BYTES,
    ) -> None:
        """*redis* is for the subscription alone; *handlers* maps channels to what handles them.

        Messages of the channels in *urgent* have a queue of their own and overtake the others.
        Nobody else uses *heartbeat_channel*.  With *backlog_bytes* waiting, reading pauses.
        """
        self._redis = redis
        self._publisher = publisher
        self._heartbeat_channel = heartbeat_channel
        self._observer = observer
        self._clock = clock
        self._retrier = retrier
        spool = partial(Spool, retrier=retrier, observer=observer, clock=clock)
        self._backlog = spool(readers=READERS, max_bytes=backlog_bytes)
        self._urgent = spool(readers=URGENT_READERS, max_bytes=URGENT_BYTES)
        self._routes = {channel: (self._backlog, act) for channel, act in handlers.items()}
        self._routes |= {channel: (self._urgent, act) for channel, act in (urgent or {}).items()}
        self._received = 0
        self._reopening = False
        self.server = ""
        """Run id of the server that is subscribed to, "" if none is known."""
        self._proved_at = float("-inf")
        self._lost_at: float | None = None

    @property
    def hearing(self) -> bool:
        """Whether a message came a short while ago, or reading pauses because of a full backlog."""
        return self._paused or self._clock.monotonic() - self._proved_at < DEAF_AFTER

    @property
    def backlog(self) -> int:
        """How many messages were received and are not handled yet."""
        return self._backlog.messages + self._urgent.messages

    @property
    def _paused(self) -> bool:
        return self._backlog.full or self._urgent.full

    def reopen(self) -> None:
        """Open the subscription anew: its address leads to another server by now."""
        self._reopening = True

    async def run(self) -> None:
        """Listen until cancelled, then handle what was received already."""
        spools = (self._urgent, self._backlog)
        for spool in spools:
            spool.start()
        try:
            await self._listen_and_reconnect()
        finally:
            await asyncio.gather(*(spool.finish(seconds=LAST_MESSAGES) for spool in spools))

    async def _listen_and_reconnect(self) -> None:
        attempt = 0
        while True:
            try:
                await self._listen()
            except (RedisError, OSError, SubscriptionSilent) as error:
                self._note_loss(error)
            attempt = 1 if self._lost_at is None else attempt + 1
            wait = self._retrier.backoff.delay(attempt, jitter=self._clock.jitter())
            await self._clock.sleep(min(wait, HEARTBEAT_INTERVAL))

    async def _listen(self) -> None:
        async with self._redis.pubsub() as pubsub:
            self.server = await server_of(pubsub)
            await pubsub.subscribe(*self._routes, self._heartbeat_channel)
            echoing = asyncio.create_task(self._send_heartbeats())
            try:
                await self._read(pubsub)
            finally:
                echoing.cancel()

    async def _read(self, pubsub: PubSub) -> None:
        reading = asyncio.create_task(self._receive_all(pubsub))
        silence = 0.0
        try:
            while silence <= DEAF_AFTER and not self._reopening:
                received, began = self._received, self._clock.monotonic()
                done, _ = await asyncio.wait({reading}, timeout=POLL)
                if done:
                    return reading.result()
                elapsed = self._clock.monotonic() - began
                heard = self._paused or self._received > received
                # a stalled event loop is not silence either, so the minimum counts
                silence = 0.0 if heard else silence + min(elapsed, HEARTBEAT_INTERVAL)
        finally:
            reading.cancel()
            await asyncio.wait({reading})
        if self._reopening:
            self._reopening = False
            raise ConnectionAbortedError("the address leads to another server")
        self._observer.note(LogEvent.INTAKE_DEAFENED)
        raise SubscriptionSilent("no message arrived, not even the heartbeat")

    async def _receive_all(self, pubsub: PubSub) -> None:
        confirmed = set[bytes]()
        while True:  # without a timeout for each message, which would nearly halve the rate
            message = await pubsub.get_message(timeout=None)
            self._received += 1
            if message is not None and message["type"] == "subscribe":
                self._confirm(message["channel"], confirmed)
            elif message is not None:
                await self._receive(message)

    def _confirm(self, channel: bytes, confirmed: set[bytes]) -> None:
        """Count the confirmations: a second one for a channel means an unseen reconnect."""
        if channel in confirmed:
            self._observer.note(LogEvent.INTAKE_INTERRUPTED, seconds=0.0, detail="reconnected")
        confirmed.add(channel)
        if len(confirmed) <= len(self._routes):
            return
        gap = None if self._lost_at is None else self._clock.monotonic() - self._lost_at
        self._lost_at = None
        self._observer.note(LogEvent.INTAKE_OPENED, gap_seconds=gap)
        if gap is not None:
            self._observer.note(LogEvent.INTAKE_INTERRUPTED, seconds=gap)

    async def _receive(self, message: dict[str, Any]) -> None:
        route = self._routes.get(message["channel"].decode())
        if route is not None:
            spool, handler = route
            await spool.put(handler, message["data"])
        self._proved_at = self._clock.monotonic()

    async def _send_heartbeats(self) -> None:
        while True:
            with suppress(RedisError, OSError, Unavailable):
                await self._publisher.publish(self._heartbeat_channel, b"nonce")
            await self._clock.sleep(HEARTBEAT_INTERVAL)

    def _note_loss(self, error: Exception) -> None:
        if self._lost_at is None:
            self._lost_at = self._clock.monotonic()
            detail = f"{type(error).__name__}: {error}"
            self._observer.note(LogEvent.REDIS_LOST, detail=detail, what="subscription")

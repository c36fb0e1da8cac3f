"""The ear: hears the channels and proves, all the time, that it still hears.

A subscription can die without any error.  The client library may reconnect by itself, and what was
published meanwhile is gone; or the connection is cut somewhere in the middle and both ends believe
in it.  The first shows as a repeated confirmation of a subscription, the second only when nothing
comes through any more.  So the listener sends itself a nonce every few seconds through the same
subscription, and one that does not come back means that it is deaf.
"""

import asyncio
from collections.abc import Awaitable, Callable
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

Handler = Callable[[bytes], Awaitable[None]]
HEARTBEAT_INTERVAL = 2.0
DEAF_AFTER = 6.0
"""Seconds without a nonce after which the subscription is given up."""
BACKLOG = 10_000
"""Messages heard and not yet taken in; then the reader waits, and Redis buffers."""
LAST_MESSAGES = 5.0
"""Seconds, at the end, for taking in what was heard; only with Redis away it is not enough."""
READERS = 8
"""Messages taken in at once."""


class Deaf(MobartError):
    """The subscription stands, and nothing comes through it."""


class Listener:
    """Feeds what is published on channels to their ears, in whatever order they finish."""

    def __init__(
        self,
        redis: Redis,
        *,
        publisher: Redis,
        handlers: dict[str, Handler],
        heartbeat_channel: str,
        observer: Observer,
        clock: Clock,
        retrier: Retrier,
    ) -> None:
        """*redis* is for the subscription alone; *ears* maps channels to what hears them.

        *echo* is a channel that nobody else uses.
        """
        self._redis = redis
        self._publisher = publisher
        self._handlers = handlers
        self._heartbeat_channel = heartbeat_channel
        self._observer = observer
        self._clock = clock
        self._retrier = retrier
        self._heard: asyncio.Queue[tuple[Handler, bytes]] = asyncio.Queue(BACKLOG)
        self._proved_at = float("-inf")
        self._lost_at: float | None = None

    @property
    def hearing(self) -> bool:
        """Whether a nonce came through a short while ago."""
        return self._clock.monotonic() - self._proved_at < DEAF_AFTER

    async def run(self) -> None:
        """Listen until cancelled, then take in what was heard already."""
        readers = [asyncio.create_task(self._take_in()) for _ in range(READERS)]
        try:
            await self._listen_and_reconnect()
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_MESSAGES):
                    await self._heard.join()
            for reader in readers:
                reader.cancel()

    async def _listen_and_reconnect(self) -> None:
        attempt = 0
        while True:
            try:
                await self._listen()
            except (RedisError, OSError, Deaf) as error:
                self._note_loss(error)
            attempt = 1 if self._lost_at is None else attempt + 1
            wait = self._retrier.backoff.delay(attempt, jitter=self._clock.jitter())
            await self._clock.sleep(min(wait, HEARTBEAT_INTERVAL))

    async def _listen(self) -> None:
        async with self._redis.pubsub() as pubsub:
            await pubsub.subscribe(*self._handlers, self._heartbeat_channel)
            echoing = asyncio.create_task(self._send_heartbeats())
            try:
                await self._read(pubsub)
            finally:
                echoing.cancel()

    async def _read(self, pubsub: PubSub) -> None:
        opened, confirmed = self._clock.monotonic(), set[bytes]()
        while True:
            message = await pubsub.get_message(timeout=1.0)
            if message is not None:
                if message["type"] == "subscribe":
                    self._confirm(message["channel"], confirmed)
                else:
                    await self._hear(message)
            if self._clock.monotonic() - max(opened, self._proved_at) > DEAF_AFTER:
                self._observer.note(LogEvent.INTAKE_DEAFENED)
                raise Deaf("no nonce came back")

    def _confirm(self, channel: bytes, confirmed: set[bytes]) -> None:
        """Count the confirmations: a second one for a channel means an unseen reconnect."""
        if channel in confirmed:
            self._observer.note(LogEvent.INTAKE_INTERRUPTED, seconds=0.0, detail="reconnected")
        confirmed.add(channel)
        if len(confirmed) <= len(self._handlers):
            return
        gap = None if self._lost_at is None else self._clock.monotonic() - self._lost_at
        self._lost_at = None
        self._observer.note(LogEvent.INTAKE_OPENED, gap_seconds=gap)
        if gap is not None:
            self._observer.note(LogEvent.INTAKE_INTERRUPTED, seconds=gap)

    async def _hear(self, message: dict[str, Any]) -> None:
        channel = message["channel"].decode()
        if channel == self._heartbeat_channel:
            self._proved_at = self._clock.monotonic()
        elif channel in self._handlers:
            await self._heard.put((self._handlers[channel], message["data"]))

    async def _take_in(self) -> None:
        while True:
            handler, payload = await self._heard.get()
            try:
                await self._retrier.retry(partial(handler, payload))
            except Exception as error:  # noqa: BLE001 - one message must not deafen the worker
                self._observer.note(LogEvent.LOOP_CRASHED, loop="intake", exc_info=error)
            finally:
                self._heard.task_done()

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

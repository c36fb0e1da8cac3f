"""Keeps channels subscribed to, and proves all the time that they are heard.

A subscription can die without any error: cut somewhere in the middle, both ends believe in it.  So a
heartbeat is published every few seconds and has to come back through the subscription; when neither
it nor any other message arrives, the subscription is given up and opened anew.  Only time spent
reading counts: while messages wait for room nothing is lost, and nothing arrives.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from redis.asyncio import Redis
from redis.connection import ConnectionInterface
from redis.exceptions import RedisError

from mobart.core.errors import MobartError
from mobart.core.events import LogEvent
from mobart.core.ports import Clock, Observer
from mobart.core.retry import Retrier
from mobart.journal.gaps import Beat, GapMeter
from mobart.journal.reading import Deliver, Reading
from mobart.journal.scripts import script

HEARTBEAT_INTERVAL = 2.0
DEAF_AFTER = 6.0
"""Seconds of reading without any message after which the subscription is given up."""
POLL = 0.5
"""Seconds between two looks at whether anything arrived."""


class SubscriptionSilent(MobartError):
    """The subscription stands, and nothing comes through it."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What subscriptions of one worker share."""

    connect: Callable[[str], ConnectionInterface]
    """Makes a connection, not yet opened, given what it is for."""
    publisher: Redis
    heartbeat_channel: str
    """Nobody else uses it."""
    observer: Observer
    clock: Clock
    retrier: Retrier


@dataclass(slots=True, eq=False)
class Subscription:
    """One subscription over all its connections."""

    around: Surroundings
    routes: Mapping[str, Deliver]
    """What takes the messages of each channel, in the thread that reads."""
    paused: Callable[[], bool]
    """Whether reading waits for room."""
    urgent: bool = False
    """Whether it is for cancellations and wake-ups, not for requests."""
    reopening: bool = False
    """Set to open it anew, where its address leads to another server by now."""
    server: str = ""
    """Run id of the server that is subscribed to, "" if none is known."""
    _meter: GapMeter = field(default_factory=GapMeter)
    _heard: int = 0
    """Messages of connections that have ended."""
    _heard_last: int = 0
    """Messages of the last of them."""
    _proved_at: float = float("-inf")
    _lost_at: float | None = None
    _lost_by: str = ""
    """What was told last of why it is lost."""
    _gap: float | None = None
    """Seconds of a gap of which nothing was told yet."""

    @property
    def _name(self) -> str:
        return "urgent" if self.urgent else "hear"

    @property
    def hearing(self) -> bool:
        """Whether a message came a short while ago, or reading waits for room."""
        return self.paused() or self.around.clock.monotonic() - self._proved_at < DEAF_AFTER

    async def run(self) -> None:
        """Hear until cancelled."""
        attempt, retrier = 0, self.around.retrier
        while True:
            self._heard_last = 0
            try:
                await self._hear()
            except (RedisError, OSError, SubscriptionSilent) as error:
                self._note_loss(error)
            except Exception as error:  # noqa: BLE001 - a bug, or what is no answer of Redis
                self.around.observer.note(LogEvent.LOOP_CRASHED, loop=self._name, exc_info=error)
                self._note_loss(error)
            attempt = 0 if self._heard_last else attempt + 1
            if attempt:  # what was heard is missed now: it is opened again at once
                wait = retrier.backoff.delay(attempt, jitter=self.around.clock.jitter())
                await self.around.clock.sleep(min(wait, HEARTBEAT_INTERVAL))

    async def _hear(self) -> None:
        loop, self.reopening = asyncio.get_running_loop(), False
        routes = {channel.encode(): deliver for channel, deliver in self.routes.items()}

        def on_beat(payload: bytes) -> None:
            loop.call_soon_threadsafe(self._on_beat, payload, self._heard + reading.received)

        routes[self.around.heartbeat_channel.encode()] = on_beat
        beating: list[asyncio.Task[None]] = []

        def opened() -> None:
            self.server = reading.server
            self._note_opening()
            beating.append(asyncio.create_task(self._beat()))

        reading = Reading(self.around.connect(self._name), routes, opened=opened)
        try:
            await self._watch(reading)
        finally:
            self._heard_last = reading.received
            self._heard += reading.received
            for task in beating:
                task.cancel()

    async def _watch(self, reading: Reading) -> None:
        clock = self.around.clock
        task = asyncio.create_task(reading.run())
        silence = 0.0
        try:
            while silence <= DEAF_AFTER and not self.reopening:
                received, began = reading.received, clock.monotonic()
                done, _ = await asyncio.wait({task}, timeout=POLL)
                if done:
                    return task.result()
                elapsed = clock.monotonic() - began
                if reading.received > received:
                    self._proved_at = clock.monotonic()
                busy = self.paused() or not reading.subscribed
                heard = busy or reading.received > received
                # a stalled event loop is not silence either, so the minimum counts
                silence = 0.0 if heard else silence + min(elapsed, HEARTBEAT_INTERVAL)
        finally:
            task.cancel()
            await asyncio.wait({task})
        if self.reopening:
            self.reopening = False
            raise ConnectionAbortedError("the address leads to another server")
        if not self.urgent:
            self.around.observer.note(LogEvent.INTAKE_DEAFENED)
        raise SubscriptionSilent("no message arrived, not even the heartbeat")

    async def _beat(self) -> None:
        beat = script(self.around.publisher, "beat")
        while True:
            with suppress(RedisError, OSError):
                await beat([], [self.around.heartbeat_channel])
            await self.around.clock.sleep(HEARTBEAT_INTERVAL)

    def _on_beat(self, payload: bytes, heard: int) -> None:
        now = self.around.clock.monotonic()
        beat = Beat.read(payload, at=now, heard=heard)
        self._proved_at = now
        if self._gap is None:
            self._meter.beat(beat)
            return
        missed, gap, self._gap = self._meter.missed(beat), self._gap, None
        if self.urgent:
            self.around.observer.note(LogEvent.URGENT_INTERRUPTED, seconds=gap)
            return
        self.around.observer.note(LogEvent.INTAKE_INTERRUPTED, seconds=gap)
        if missed:
            self.around.observer.note(LogEvent.REQUESTS_MISSED, count=missed, seconds=gap)

    def _note_opening(self) -> None:
        gap = None if self._lost_at is None else self.around.clock.monotonic() - self._lost_at
        self._lost_at, self._lost_by = None, ""
        if not self.urgent:
            self.around.observer.note(LogEvent.INTAKE_OPENED, gap_seconds=gap)
        if gap is not None:
            self._gap = gap + (self._gap or 0.0)

    def _note_loss(self, error: Exception) -> None:
        """Tell each cause once: why it was lost, and then what is in the way of opening it again."""
        if self._lost_at is None:
            self._lost_at = self.around.clock.monotonic()
        detail = f"{type(error).__name__}: {error}"
        if detail != self._lost_by:
            self._lost_by = detail
            what = "urgent subscription" if self.urgent else "subscription"
            self.around.observer.note(LogEvent.REDIS_LOST, detail=detail, what=what)

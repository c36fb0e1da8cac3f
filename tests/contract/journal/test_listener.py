"""The ear on a real server: it hears, knows when it does not, and heals by itself."""

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from redis.asyncio import Redis

from mobart.core.errors import Code, Unavailable
from mobart.core.events import LogEvent
from mobart.core.policy import Backoff
from mobart.core.retry import Retrier
from mobart.journal.connection import READ_SIZE, connect, connector, discard
from mobart.journal.listener import Listener
from mobart.journal.spool import MAX_BYTES
from mobart.journal.subscription import DEAF_AFTER, Surroundings
from mobart_local.redis import RedisServer
from tests.support.clocks import LoopClock
from tests.support.observers import Notes
from tests.support.proxy import Proxy
from tests.support.servers import redis_server

CHANNEL = "requests"
URGENT_CHANNEL = "cancellations"
PATIENCE = 30.0
"""Seconds until a test gives up; none of them needs more than a few."""


@dataclass(slots=True)
class Handler:
    """Remembers what it hears, as soon as it is not `away`."""

    heard: list[bytes] = field(default_factory=list)
    away: bool = False

    async def all(self, payloads: Sequence[bytes]) -> None:
        """Hear messages that came together."""
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable(Code.INTERNAL, "away")
        if b"poison" in payloads:
            raise RuntimeError("a bug")
        self.heard += payloads

    async def one(self, payload: bytes) -> None:
        """Hear one message."""
        await self.all([payload])


@dataclass(slots=True)
class Scene:
    """A listener at work, and everything around it."""

    listener: Listener
    handler: Handler
    urgent: Handler
    notes: Notes
    redis: Redis
    task: asyncio.Task[None]

    async def until(self, truth: Callable[[], bool]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(PATIENCE):
            while not truth():
                assert not self.task.done()
                await asyncio.sleep(0.01)

    async def until_heard(self, payload: bytes) -> None:
        """Publish until it is heard: what is published into a gap is lost."""
        async with asyncio.timeout(PATIENCE):
            while payload not in self.handler.heard:
                with suppress(OSError):
                    await self.redis.publish(CHANNEL, payload)
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Cancel the listener and wait for its end."""
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


@asynccontextmanager
async def listening(
    url: str, *, publish_on: str = "", backlog_bytes: int = MAX_BYTES
) -> AsyncIterator[Scene]:
    """Run a listener on *url* that hears already."""
    clock, notes, handler, urgent = LoopClock(speed=4.0), Notes(), Handler(), Handler()
    publisher, redis = (
        connect(address, name=name) for address, name in ((url, "mouth"), (publish_on or url, "b"))
    )
    around = Surroundings(
        connect=connector(url, name="ear", namespace="mobart"),
        publisher=publisher,
        heartbeat_channel="echo-1",
        observer=notes,
        clock=clock,
        retrier=Retrier(clock, notes, Backoff(base=0.05, cap=0.5)),
    )
    listener = Listener(
        around,
        handlers={CHANNEL: handler.all},
        urgent={URGENT_CHANNEL: urgent.one},
        backlog_bytes=backlog_bytes,
    )
    task = asyncio.create_task(listener.run())
    scene = Scene(listener, handler, urgent, notes, redis, task)
    try:
        await scene.until(lambda: listener.hearing)
        yield scene
    finally:
        handler.away = False
        await scene.stop()
        for client in (publisher, redis):
            await client.aclose()


@pytest.fixture
async def scene(redis_servers: Callable[[str], RedisServer]) -> AsyncIterator[Scene]:
    """Listen on the server that all tests share."""
    async with listening(redis_servers("bundled").url) as scene:
        yield scene


async def test_what_is_published_is_heard(scene: Scene) -> None:
    """And the opening is noted, without a gap."""
    await scene.redis.publish(CHANNEL, b"one")
    await scene.redis.publish("another-channel", b"not for us")
    await scene.redis.publish(CHANNEL, b"\xff\x00")
    await scene.until(lambda: len(scene.handler.heard) == 2)
    assert sorted(scene.handler.heard) == [b"one", b"\xff\x00"]
    assert scene.notes.of(LogEvent.INTAKE_OPENED) == [{"gap_seconds": None}]
    assert scene.notes.of(LogEvent.INTAKE_INTERRUPTED) == []


async def test_a_subscription_can_be_opened_anew(scene: Scene) -> None:
    """It tells at which server it is, and hears as before; the gap is told."""
    server = (await scene.redis.info("server"))["run_id"]
    assert scene.listener.server == server
    scene.listener.reopen()
    await scene.until(lambda: len(scene.notes.of(LogEvent.INTAKE_INTERRUPTED)) == 1)
    await scene.until_heard(b"again")
    assert scene.notes.of(LogEvent.INTAKE_DEAFENED) == []


def was_interrupted(notes: Notes, times: int) -> bool:
    """Whether the listener has told so many gaps, each of which is over."""
    return len(notes.of(LogEvent.INTAKE_INTERRUPTED)) >= times


async def test_a_subscription_that_is_opened_anew_leaves_no_megabytes_behind(
    scene: Scene,
) -> None:
    """Its buffer is freed at once, not when garbage is looked for."""
    gc.disable()
    tracemalloc.start()
    try:
        for times in range(3):
            scene.listener.reopen()
            await scene.until(partial(was_interrupted, scene.notes, times + 1))
        await scene.until_heard(b"again")
        assert tracemalloc.get_traced_memory()[0] < 2.5 * READ_SIZE  # two are open
    finally:
        tracemalloc.stop()
        gc.enable()


async def test_other_channels_are_not_listened_to(scene: Scene) -> None:
    """Not even those that begin alike, sharded ones of the same name, or patterns of it."""
    for channel in ("requests2", "request", "requests:eu", "REQUESTS", "r*", "requests ", ""):
        await scene.redis.publish(channel, b"not for us")
    await scene.redis.spublish(CHANNEL, b"sharded")
    await scene.redis.publish(CHANNEL, b"for us")
    await scene.until(lambda: bool(scene.handler.heard))
    assert scene.handler.heard == [b"for us"]
    assert await scene.redis.pubsub_numpat() == 0


async def test_nothing_of_a_burst_is_lost(scene: Scene) -> None:
    """The reader only takes in, so Redis never cuts it off as slow."""
    async with scene.redis.pipeline(transaction=False) as pipe:
        for number in range(5000):
            pipe.publish(CHANNEL, b"%d" % number)
        await pipe.execute()
    await scene.until(lambda: len(scene.handler.heard) == 5000)
    assert sorted(map(int, scene.handler.heard)) == list(range(5000))
    assert scene.notes.of(LogEvent.INTAKE_INTERRUPTED) == []


async def publish(redis: Redis, count: int, size: int) -> None:
    """Publish *count* messages of *size* bytes at once."""
    async with redis.pipeline(transaction=False) as pipe:
        for number in range(count):
            pipe.publish(CHANNEL, b"%0*d" % (size, number))
        await pipe.execute()


async def test_a_full_backlog_is_not_taken_for_a_dead_subscription(
    redis_servers: Callable[[str], RedisServer],
) -> None:
    """The heartbeat waits behind it; nothing of the backlog may be thrown away for that."""
    async with listening(redis_servers("bundled").url, backlog_bytes=100_000) as scene:
        scene.handler.away = True
        await publish(scene.redis, 500, 1000)
        clock = LoopClock(speed=4.0)
        full_at = clock.monotonic()
        await scene.until(lambda: clock.monotonic() - full_at > 2 * DEAF_AFTER)
        assert scene.listener.hearing
        scene.handler.away = False
        await scene.until(lambda: len(scene.handler.heard) == 500)
        assert scene.notes.of(LogEvent.INTAKE_DEAFENED) == []
        assert len(scene.notes.of(LogEvent.INTAKE_OPENED)) == 1


async def test_a_backlog_is_bounded_in_bytes(redis_servers: Callable[[str], RedisServer]) -> None:
    """Reading pauses after the message that exceeds the bound, and goes on when there is room."""
    async with listening(redis_servers("bundled").url, backlog_bytes=1_000_000) as scene:
        scene.handler.away = True
        await publish(scene.redis, 40, 60_000)
        await scene.until(lambda: scene.listener.backlog == 1_000_000 // 60_000 + 1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await scene.until(lambda: scene.listener.backlog > 1_000_000 // 60_000 + 1)
        scene.handler.away = False
        await scene.until(lambda: len(scene.handler.heard) == 40)


async def test_a_cancellation_overtakes_a_backlog_of_requests(scene: Scene) -> None:
    """It has a connection, room and readers of its own."""
    scene.handler.away = True
    await publish(scene.redis, 1000, 100)
    await scene.redis.publish(URGENT_CHANNEL, b"cancel")
    await scene.until(lambda: scene.urgent.heard == [b"cancel"])
    assert scene.handler.heard == []
    scene.handler.away = False
    await scene.until(lambda: len(scene.handler.heard) == 1000)


async def test_a_cancellation_is_heard_while_nobody_reads_requests(
    redis_servers: Callable[[str], RedisServer],
) -> None:
    """With no room left for requests, their connection waits; the other one does not."""
    async with listening(redis_servers("bundled").url, backlog_bytes=1000) as scene:
        scene.handler.away = True
        await publish(scene.redis, 2000, 1000)
        await scene.until(lambda: scene.listener.backlog > 0)
        await scene.redis.publish(URGENT_CHANNEL, b"cancel")
        await scene.until(lambda: scene.urgent.heard == [b"cancel"])
        scene.handler.away = False
        await scene.until(lambda: len(scene.handler.heard) == 2000)


async def test_a_cut_of_the_urgent_subscription_is_told_and_mended(scene: Scene) -> None:
    """Cancellations may be lost meanwhile; requests go on being heard."""
    for client in await scene.redis.client_list(_type="pubsub"):
        if client["name"] == "ear:urgent":
            await scene.redis.client_kill_filter(_id=client["id"])
    await scene.until(lambda: bool(scene.notes.of(LogEvent.URGENT_INTERRUPTED)))
    await scene.redis.publish(URGENT_CHANNEL, b"cancel")
    await scene.until(lambda: scene.urgent.heard == [b"cancel"])
    assert scene.notes.of(LogEvent.INTAKE_INTERRUPTED) == []


async def test_a_message_that_meets_a_bug_does_not_deafen_the_worker(scene: Scene) -> None:
    """It is noted, and the next one is heard."""
    await scene.redis.publish(CHANNEL, b"poison")
    await scene.redis.publish(CHANNEL, b"next")
    await scene.until(lambda: scene.handler.heard == [b"next"])
    (crash,) = scene.notes.of(LogEvent.LOOP_CRASHED)
    assert crash["loop"] == "intake"


async def test_a_cut_connection_is_replaced_and_the_gap_is_counted(scene: Scene) -> None:
    """What was published in between is lost, so it must be known."""
    await scene.redis.client_kill_filter(_type="pubsub")
    await scene.until(lambda: bool(scene.notes.of(LogEvent.INTAKE_INTERRUPTED)))
    await scene.until_heard(b"again")
    assert len(scene.notes.of(LogEvent.INTAKE_INTERRUPTED)) == 1
    await scene.until(lambda: scene.listener.hearing)


async def test_what_was_published_into_a_gap_is_estimated(scene: Scene) -> None:
    """By the server's own count of what was published, less what was heard."""
    await publish(scene.redis, 300, 10)
    await scene.until(lambda: len(scene.handler.heard) == 300)
    async with scene.redis.pipeline(transaction=True) as cut:  # nobody subscribes in between
        cut.client_kill_filter(_type="pubsub")
        for number in range(200):
            cut.publish(CHANNEL, b"lost %d" % number)
        await cut.execute()
    await scene.until(lambda: bool(scene.notes.of(LogEvent.REQUESTS_MISSED)))
    (missed,) = scene.notes.of(LogEvent.REQUESTS_MISSED)
    assert 200 <= missed["count"] <= 300  # with heartbeats of that time
    assert len(scene.handler.heard) == 300


async def test_a_message_that_cannot_be_taken_in_now_is_taken_in_later(scene: Scene) -> None:
    """Redis may refuse writes and publish all the same."""
    scene.handler.away = True
    await scene.redis.publish(CHANNEL, b"patience")
    await scene.until(lambda: bool(scene.notes.of(LogEvent.JOB_DELAYED)))
    assert scene.handler.heard == []
    scene.handler.away = False
    await scene.until(lambda: scene.handler.heard == [b"patience"])


async def test_a_shutdown_takes_in_what_was_heard(scene: Scene) -> None:
    """It would be lost otherwise."""
    scene.handler.away = True
    for number in range(20):
        await scene.redis.publish(CHANNEL, b"%d" % number)
    await scene.until(lambda: scene.listener.backlog == 20)
    scene.task.cancel()
    scene.handler.away = False
    with pytest.raises(asyncio.CancelledError):
        await scene.task
    assert sorted(map(int, scene.handler.heard)) == list(range(20))


async def test_a_frozen_server_makes_the_listener_deaf_and_a_thawed_one_heals_it(
    tmp_path: Path,
) -> None:
    """No error comes from it, only no nonce."""
    with redis_server(tmp_path) as server:
        async with listening(server.url) as scene:
            server.freeze()
            try:
                await scene.until(lambda: not scene.listener.hearing)
            finally:
                server.thaw()
            await scene.until(lambda: scene.listener.hearing)
            await scene.until_heard(b"again")


async def test_a_black_hole_makes_the_listener_deaf_and_it_finds_its_way_out(
    redis_servers: Callable[[str], RedisServer],
) -> None:
    """Both ends believe in the connection, and nothing comes through."""
    server = redis_servers("bundled")
    async with Proxy(server.port) as proxy, listening(proxy.url, publish_on=server.url) as scene:
        proxy.troubles.black_hole = True
        await scene.until(lambda: bool(scene.notes.of(LogEvent.INTAKE_DEAFENED)))
        assert not scene.listener.hearing
        proxy.troubles.black_hole = False
        proxy.reset_all()
        await scene.until(lambda: scene.listener.hearing)
        await scene.until_heard(b"again")
        assert len(scene.notes.of(LogEvent.INTAKE_INTERRUPTED)) == 1


async def test_a_restarted_server_is_found_again(tmp_path: Path) -> None:
    """On the same port."""
    with redis_server(tmp_path) as server:
        async with listening(server.url) as scene:
            server.kill()
            await scene.until(lambda: bool(scene.notes.of(LogEvent.REDIS_LOST)))
            server.start()
            await scene.until_heard(b"again")


async def test_what_is_in_the_way_of_hearing_again_is_told(tmp_path: Path) -> None:
    """Once, and beside why nothing was heard any more."""
    with redis_server(tmp_path) as server:
        async with listening(server.url) as scene:
            server.kill()

            def details() -> list[str]:
                lost = scene.notes.of(LogEvent.REDIS_LOST)
                return [one["detail"] for one in lost if one["what"] == "subscription"]

            await scene.until(lambda: "refused" in " ".join(details()))
            told = len(details())
            server.start()
            await scene.until_heard(b"again")
            assert len(details()) <= told + 1  # it may still be loading


async def test_a_subscription_is_opened_as_often_as_is_needed(
    redis_servers: Callable[[str], RedisServer],
) -> None:
    """In an outage of some minutes it is tried hundreds of times."""
    make = connector(redis_servers("bundled").url, name="ear", namespace="mobart")
    for _ in range(300):
        discard(make("hear"))
    last = make("hear")
    await asyncio.to_thread(last.connect)
    discard(last)

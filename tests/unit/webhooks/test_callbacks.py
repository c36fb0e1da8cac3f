"""How completions reach the backend over HTTP, on a real Redis and real connections."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from redis.asyncio import Redis
from standardwebhooks import Webhook

from mobart.core.events import LogEvent
from mobart.journal.scripts import script
from mobart.webhooks import sender as callbacks_module
from mobart.webhooks.endpoint import Answer, Endpoint
from mobart.webhooks.inbox import SCAN, Inbox
from mobart.webhooks.schedule import RetrySchedule
from mobart.webhooks.sender import WebhookSender
from mobart_local.redis import RedisServer
from tests.support.clocks import LoopClock, SimulatedClock
from tests.support.observers import Notes
from tests.support.servers import redis_binaries, redis_server
from tests.unit.webhooks.callback_parts import (
    Backend,
    Post,
    backend_running,
    client,
    emptied,
    session,
)

STREAM = "{mobart}:completions"
GROUP = "callbacks"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AT_ONCE = RetrySchedule(waits=(0.0,) * 5, takeover=0.0)
"""No waits, and every other consumer counts as dead."""


@pytest.fixture(scope="module", params=redis_binaries())
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RedisServer]:
    """Run each of the Redis servers that this machine has."""
    folder = tmp_path_factory.mktemp("redis")
    with redis_server(folder, binary=redis_binaries()[request.param]) as running:
        yield running


@pytest.fixture
async def redis(server: RedisServer) -> AsyncIterator[Redis]:
    """Return a client of an empty server."""
    async with emptied(server) as connected:
        yield connected


@pytest.fixture
async def backend() -> AsyncIterator[Backend]:
    """Run a backend that takes everything; a test may set how it answers."""
    async with backend_running() as running:
        yield running


def make(
    redis: Redis,
    url: str,
    *,
    consumer: str = "worker-1",
    schedule: RetrySchedule = AT_ONCE,
    **options: Any,
) -> tuple[WebhookSender, Notes]:
    """Build callbacks that retry at once, and what they write down."""
    notes = Notes()
    settings: dict[str, Any] = {
        "inbox": inbox_of(redis, consumer=consumer, schedule=schedule),
        "url": url,
        "secret": SECRET,
        "http": session,
        "clock": LoopClock(speed=1000.0),
        "observer": notes,
    }
    return WebhookSender(**settings | options), notes


def inbox_of(
    redis: Redis, *, consumer: str = "worker-1", schedule: RetrySchedule = AT_ONCE
) -> Inbox:
    """Build a worker's inbox."""
    return Inbox(
        redis,
        stream=STREAM,
        consumer=consumer,
        retire=script(redis, "retire"),
        schedule=schedule,
        block=0.02,
    )


@asynccontextmanager
async def running(callbacks: WebhookSender) -> AsyncIterator[asyncio.Event]:
    """Run callbacks for as long as this is entered, then stop them gently."""
    stop = asyncio.Event()
    task = asyncio.create_task(callbacks.run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await task


async def open_group(redis: Redis) -> None:
    """Begin before anything is settled, as a deployment does."""
    await redis.xgroup_create(STREAM, GROUP, id="$", mkstream=True)


async def settle(redis: Redis, request_id: str = "r1") -> bytes:
    """Add a completion to the stream; return its id there."""
    body = json.dumps({"request_id": request_id, "status": "completed", "s3_key": "ü"})
    entry: Any = await redis.xadd(STREAM, {"completion": body})
    return bytes(entry)


async def unacknowledged(redis: Redis) -> int:
    """Count what is not delivered yet."""
    return int((await redis.xpending(STREAM, GROUP))["pending"])


def refusing_first(status: int, times: int = 1, headers: Mapping[str, str] | None = None) -> Any:
    """Answer with *status* the first *times*, then take everything."""
    left = [times]

    def answer(_post: Post) -> web.Response:
        left[0] -= 1
        return web.Response(status=status, headers=headers) if left[0] >= 0 else web.Response()

    return answer


async def test_a_completion_arrives_byte_for_byte_and_verifies(
    redis: Redis, backend: Backend
) -> None:
    """With the library that a backend would verify it with."""
    await open_group(redis)
    entry = await settle(redis)
    callbacks, _ = make(redis, backend.url)
    async with running(callbacks):
        [post] = await backend.received(1)
    entries: Any = await redis.xrange(STREAM)
    [(_, fields)] = entries
    assert post.body == fields[b"completion"]
    assert post.headers["content-type"] == "application/json"
    assert post.id == f"msg_{entry.decode()}"
    assert Webhook(SECRET).verify(post.body, post.headers)["request_id"] == "r1"
    assert await unacknowledged(redis) == 0


async def test_a_failed_post_is_repeated_under_the_same_id(redis: Redis, backend: Backend) -> None:
    """So that the backend can tell a repeat from news."""
    await open_group(redis)
    await settle(redis)
    backend.answering = refusing_first(500, times=2)
    callbacks, notes = make(redis, backend.url)
    async with running(callbacks):
        posts = await backend.received(3)
    assert len({post.id for post in posts}) == 1
    assert len({post.body for post in posts}) == 1
    assert [facts["attempt"] for facts in notes.of(LogEvent.WEBHOOK_DELAYED)] == [1, 2]
    assert [facts["request_id"] for facts in notes.of(LogEvent.WEBHOOK_DELIVERED)] == ["r1"]
    assert await unacknowledged(redis) == 0


async def test_one_that_keeps_failing_does_not_hold_up_the_others(
    redis: Redis, backend: Backend
) -> None:
    """Its next attempt is an hour away; theirs is now."""
    await open_group(redis)

    def answer(post: Post) -> web.Response:
        return web.Response(status=500 if b"bad" in post.body else 200)

    backend.answering = answer
    callbacks, notes = make(redis, backend.url, schedule=RetrySchedule(waits=(3600.0,)))
    async with running(callbacks):
        for name in ["bad", *map(str, range(20))]:
            await settle(redis, name)
        await backend.received(21)
    assert len(notes.of(LogEvent.WEBHOOK_DELIVERED)) == 20
    assert await unacknowledged(redis) == 1


async def test_what_a_dead_worker_left_is_delivered_by_another(
    redis: Redis, backend: Backend
) -> None:
    """It had taken it, and never said that it was done."""
    await open_group(redis)
    entry = await settle(redis)
    await redis.xreadgroup(GROUP, "dead", {STREAM: ">"})
    callbacks, _ = make(redis, backend.url)
    async with running(callbacks):
        [post] = await backend.received(1)
    assert post.id == f"msg_{entry.decode()}"
    assert await unacknowledged(redis) == 0


async def test_what_a_live_worker_is_posting_is_left_alone(redis: Redis, backend: Backend) -> None:
    """Another worker's attempt is not repeated before it must be dead."""
    await open_group(redis)
    await settle(redis, "in flight")
    await redis.xreadgroup(GROUP, "alive", {STREAM: ">"})
    await settle(redis, "new")
    callbacks, _ = make(redis, backend.url, schedule=RetrySchedule(waits=(0.0,), takeover=30.0))
    async with running(callbacks):
        posts = await backend.received(1)
    assert [json.loads(post.body)["request_id"] for post in posts] == ["new"]
    assert await unacknowledged(redis) == 1


async def test_what_is_being_posted_is_not_posted_a_second_time(
    redis: Redis, backend: Backend
) -> None:
    """However overdue it looks meanwhile."""
    await open_group(redis)
    await settle(redis, "slow")
    callbacks, _ = make(redis, backend.url)
    async with running(callbacks):
        for number in range(5):
            await settle(redis, str(number))
            await backend.received(number + 2)
        backend.gate.set()
    assert len({post.id for post in backend.posts}) == len(backend.posts) == 6


async def test_two_workers_deliver_each_completion_once(
    redis: Redis, backend: Backend, server: RedisServer
) -> None:
    """They share one group."""
    await open_group(redis)
    other_redis = client(server.url)
    one, _ = make(redis, backend.url, schedule=RetrySchedule())
    other, _ = make(other_redis, backend.url, consumer="worker-2", schedule=RetrySchedule())
    async with running(one), running(other):
        for number in range(40):
            await settle(redis, str(number))
        posts = await backend.received(40)
    await other_redis.aclose()
    assert len({post.id for post in posts}) == len(posts) == 40


async def test_a_backend_that_says_gone_is_not_called_again(redis: Redis, backend: Backend) -> None:
    """The callbacks end, loudly, and the completion stays for when the operator has looked."""
    await open_group(redis)
    await settle(redis)
    backend.answering = refusing_first(410, times=1)
    callbacks, notes = make(redis, backend.url)
    await callbacks.run()
    assert len(backend.posts) == 1
    assert len(notes.of(LogEvent.WEBHOOK_DISABLED)) == 1
    assert await unacknowledged(redis) == 1


async def test_after_the_last_attempt_a_completion_is_given_up_loudly(
    redis: Redis, backend: Backend
) -> None:
    """It can still be read from the stream and the job's record."""
    await open_group(redis)
    await settle(redis)
    backend.answering = refusing_first(400, times=100)
    callbacks, notes = make(redis, backend.url, schedule=RetrySchedule(waits=(0.0, 0.0)))
    async with running(callbacks):
        await backend.received(3)
    assert len(backend.posts) == 3
    [given_up] = notes.of(LogEvent.WEBHOOK_ABANDONED)
    assert given_up["request_id"] == "r1"
    assert given_up["status"] == 400
    assert await unacknowledged(redis) == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failure_and_is_not_followed(
    redis: Redis, backend: Backend, status: int
) -> None:
    """A completion goes to the configured address only."""
    await open_group(redis)
    await settle(redis)
    backend.answering = refusing_first(status, headers={"Location": "/elsewhere"})
    callbacks, notes = make(redis, backend.url)
    async with running(callbacks):
        await backend.received(2)
    assert [facts["status"] for facts in notes.of(LogEvent.WEBHOOK_DELAYED)] == [status]


async def test_a_backend_that_asks_to_be_left_alone_is_left_alone(
    redis: Redis, backend: Backend
) -> None:
    """With all completions, not only with the one that it answered so."""
    await open_group(redis)
    backend.answering = refusing_first(429, headers={"Retry-After": "100"})
    clock = SimulatedClock()
    callbacks, notes = make(redis, backend.url, clock=clock, concurrency=1)
    async with running(callbacks):
        await settle(redis, "refused")
        await notes.has(LogEvent.WEBHOOK_DELAYED)
        asked_at = clock.monotonic()
        await settle(redis, "another")
        await backend.received(2)
        assert clock.monotonic() - asked_at >= 99


async def test_a_backend_that_is_away_is_tried_again(redis: Redis, backend: Backend) -> None:
    """No answer at all is worth another try, and names what happened."""
    await open_group(redis)
    await settle(redis)
    port = backend.url.split(":")[2].split("/")[0]
    closed = f"http://127.0.0.1:{port}9/hook" if len(port) < 5 else "http://127.0.0.1:9/hook"
    callbacks, notes = make(redis, closed, schedule=RetrySchedule(waits=(0.0,)))
    async with running(callbacks):
        await notes.has(LogEvent.WEBHOOK_ABANDONED)
    assert notes.of(LogEvent.WEBHOOK_DELAYED)[0]["detail"] == "ClientConnectorError"


async def test_a_completion_trimmed_before_it_was_delivered_is_given_up(
    redis: Redis, backend: Backend
) -> None:
    """The stream keeps the last hundred thousand; nobody can post what is no more."""
    await open_group(redis)
    await settle(redis)
    await redis.xreadgroup(GROUP, "dead", {STREAM: ">"})
    await redis.xtrim(STREAM, maxlen=0, approximate=False)
    await settle(redis, "next")
    callbacks, notes = make(redis, backend.url)
    async with running(callbacks):
        await backend.received(1)
        await notes.has(LogEvent.WEBHOOK_ABANDONED)
    assert [json.loads(post.body)["request_id"] for post in backend.posts] == ["next"]
    assert len(notes.of(LogEvent.WEBHOOK_ABANDONED)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        *({"other": "x"}, {"completion": b"\xff"}, {"completion": "[]"}, {"completion": "{"}),
        pytest.param({"completion": "[" * 100_000}, id="deeper than any reader goes"),
    ],
)
async def test_an_entry_that_is_no_completion_is_given_up_at_once(
    redis: Redis, backend: Backend, fields: dict[Any, Any]
) -> None:
    """Somebody else wrote to the stream."""
    await open_group(redis)
    await redis.xadd(STREAM, fields)
    await settle(redis)
    callbacks, notes = make(redis, backend.url)
    async with running(callbacks):
        await backend.received(1)
    assert len(notes.of(LogEvent.WEBHOOK_ABANDONED)) == 1
    assert len(backend.posts) == 1
    assert await unacknowledged(redis) == 0


async def test_no_more_posts_are_under_way_than_allowed(redis: Redis, backend: Backend) -> None:
    """The rest waits in Redis."""
    await open_group(redis)
    for number in range(12):
        await settle(redis, str(number))
    under_way, most, full = 0, 0, asyncio.Event()

    async def receive(_request: web.Request) -> web.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == 3:
            full.set()
        await full.wait()
        await asyncio.sleep(0)
        under_way -= 1
        return await Backend.receive(backend, _request)

    app = web.Application()
    app.router.add_post("/hook", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    callbacks, _ = make(redis, f"http://127.0.0.1:{runner.addresses[0][1]}/hook", concurrency=3)
    async with running(callbacks):
        await backend.received(12)
    await runner.cleanup()
    assert most == 3


async def test_callbacks_go_on_after_redis_lost_everything(redis: Redis, backend: Backend) -> None:
    """Group and stream included; what is settled from then on is delivered."""
    callbacks, notes = make(redis, backend.url)
    await open_group(redis)
    async with running(callbacks):
        await settle(redis, "before")
        await backend.received(1)
        await redis.flushall()
        await settle(redis, "after")
        posts = await backend.received(2)
    assert json.loads(posts[1].body)["request_id"] == "after"
    assert notes.of(LogEvent.WEBHOOK_REDIS_LOST)


async def test_callbacks_outlive_a_redis_that_is_killed_and_comes_back(
    backend: Backend, tmp_path: Path
) -> None:
    """What it had promised to keep is delivered then."""
    with redis_server(tmp_path, options=("--appendfsync", "always")) as server:
        redis, its_own = client(server.url), client(server.url)
        await open_group(redis)
        callbacks, notes = make(its_own, backend.url)
        async with running(callbacks):
            await settle(redis, "before")
            await backend.received(1)
            server.kill()
            await notes.has(LogEvent.WEBHOOK_REDIS_LOST)
            server.start()
            await redis.connection_pool.disconnect()
            await settle(redis, "after")
            posts = await backend.received(2)
        await redis.aclose()
        await its_own.aclose()
    assert json.loads(posts[-1].body)["request_id"] == "after"


async def test_a_bug_in_one_delivery_leaves_the_others_and_the_worker_alone(
    redis: Redis, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is logged with its traceback, and tried again later."""
    await open_group(redis)
    settled = [await settle(redis, name) for name in ("one", "two")]
    whole, first = Endpoint.post, f"msg_{settled[0].decode()}"

    async def buggy(self: Endpoint, message_id: str, body: str, **options: str | None) -> Answer:
        if message_id == first:
            raise ZeroDivisionError
        return await whole(self, message_id, body, **options)

    monkeypatch.setattr(Endpoint, "post", buggy)
    callbacks, notes = make(redis, backend.url, schedule=RetrySchedule())
    async with running(callbacks):
        await backend.received(1)
        await notes.has(LogEvent.WEBHOOK_CRASHED)
    [crash] = notes.of(LogEvent.WEBHOOK_CRASHED)
    assert crash["request_id"] == "one"
    assert isinstance(crash["exc_info"], ZeroDivisionError)
    assert await unacknowledged(redis) == 1


async def test_a_backend_that_hangs_does_not_hold_up_a_stop(
    redis: Redis, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was under way is left to another worker."""
    monkeypatch.setattr(callbacks_module, "GRACE", 0.02)
    await open_group(redis)
    await settle(redis, "slow")
    callbacks, _ = make(redis, backend.url)
    async with running(callbacks):
        await backend.received(1)
    backend.gate.set()
    assert await unacknowledged(redis) == 1


async def test_a_worker_that_stops_leaves_no_consumer_behind(
    redis: Redis, backend: Backend
) -> None:
    """Unless something is to be retried under its name."""
    await open_group(redis)
    callbacks, _ = make(redis, backend.url)
    async with running(callbacks):
        await settle(redis)
        await backend.received(1)
    assert await redis.xinfo_consumers(STREAM, GROUP) == []
    backend.answering = refusing_first(500)
    failing, notes = make(redis, backend.url, schedule=RetrySchedule(waits=(3600.0,)))
    async with running(failing):
        await settle(redis)
        await backend.received(2)
    assert notes.of(LogEvent.WEBHOOK_DELAYED)
    assert [one["name"] for one in await redis.xinfo_consumers(STREAM, GROUP)] == [b"worker-1"]


async def test_a_new_group_does_not_post_the_past(redis: Redis) -> None:
    """Switching callbacks on is no reason to be told a hundred thousand old stories."""
    await settle(redis, "old")
    inbox = inbox_of(redis)
    await inbox.open()
    await settle(redis, "new")
    taken = await inbox.fresh(10, wait=False) + await inbox.due(10, held=())
    assert [one.request_id for one in taken] == ["new", "new"]


async def test_a_long_list_of_failures_is_looked_through_page_by_page(redis: Redis) -> None:
    """What is due at its end is found as well, and then it begins anew."""
    await open_group(redis)
    for number in range(SCAN + 10):
        await settle(redis, str(number))
    inbox = inbox_of(redis)
    fresh = await inbox.fresh(SCAN + 10, wait=False)
    pages = [await inbox.due(SCAN, held=()) for _ in range(3)]
    assert [len(page) for page in pages] == [SCAN, 10, SCAN]
    assert pages[1][-1].entry == fresh[-1].entry


async def test_a_look_goes_on_where_there_was_no_more_room(redis: Redis) -> None:
    """Else the oldest failures would be the only ones ever tried again."""
    await open_group(redis)
    for number in range(5):
        await settle(redis, str(number))
    inbox = inbox_of(redis)
    await inbox.fresh(5, wait=False)
    looks = [await inbox.due(2, held=()) for _ in range(4)]
    assert [[one.request_id for one in look] for look in looks] == [
        ["0", "1"],
        ["2", "3"],
        ["4"],
        ["0", "1"],
    ]


async def test_a_cancel_leaves_the_completion_for_the_next_worker(
    redis: Redis, backend: Backend
) -> None:
    """It is posted again, under the same id."""
    await open_group(redis)
    await settle(redis, "slow")
    cut_off, _ = make(redis, backend.url)
    task = asyncio.create_task(cut_off.run())
    await backend.received(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    backend.gate.set()
    assert await unacknowledged(redis) == 1
    callbacks, _ = make(redis, backend.url, consumer="worker-2")
    async with running(callbacks):
        first, second = await backend.received(2)
    assert first.id == second.id
    assert await unacknowledged(redis) == 0


@pytest.mark.parametrize("secret", ["", "  ", "plain", "whsec_", "whsec_a"])
def test_a_secret_that_is_none_is_refused_at_once(secret: str) -> None:
    """Not when the first completion is due."""
    with pytest.raises(ValueError, match=r"secret|whsec_"):
        make(client("redis://127.0.0.1:1"), "http://127.0.0.1:1/", secret=secret)

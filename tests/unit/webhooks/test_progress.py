"""What a backend hears while a job is under way."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from mobart.core.domain import GenerationRequest
from mobart.journal import progress as module
from mobart.journal.progress import CHANNEL, ProgressChannel, Silent
from mobart_local.redis import RedisServer
from tests.support.servers import redis_server
from tests.unit.webhooks.callback_parts import client, emptied

REQUEST = GenerationRequest("r1", "u1", "a dragon")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Run a Redis server."""
    with redis_server(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
async def redis(server: RedisServer) -> AsyncIterator[Redis]:
    """Return a client of an empty server."""
    async with emptied(server) as connected:
        yield connected


async def heard_after(redis: Redis, *news: tuple[GenerationRequest, str, int]) -> list[object]:
    """Tell *news* and return what a subscriber heard."""
    async with redis.pubsub() as handler:
        await handler.subscribe(CHANNEL)
        announcer = ProgressChannel(redis=redis)
        for request, stage, percent in news:
            await announcer.progress(request, stage, percent)
        await redis.publish(CHANNEL, '"end"')
        heard: list[object] = []
        async for message in handler.listen():
            if message["type"] != "message":
                continue
            if (said := json.loads(message["data"])) == "end":
                break
            heard.append(said)
        return heard


async def test_progress_is_published_as_the_contract_says(redis: Redis) -> None:
    """One flat object."""
    assert await heard_after(redis, (REQUEST, "generating", 40)) == [
        {
            "request_id": "r1",
            "user_id": "u1",
            "status": "processing",
            "stage": "generating",
            "progress": 40,
        }
    ]


async def test_the_same_news_are_published_once(redis: Redis) -> None:
    """For each job by itself."""
    other = GenerationRequest("r2", "u1", "a dragon")
    heard = await heard_after(
        redis,
        (REQUEST, "generating", 40),
        (REQUEST, "generating", 40),
        (other, "generating", 40),
        (REQUEST, "generating", 50),
        (REQUEST, "storing", 50),
    )
    assert len(heard) == 4


async def test_percent_stays_between_0_and_100(redis: Redis) -> None:
    """Providers have been seen to say otherwise."""
    heard = await heard_after(redis, (REQUEST, "a", -5), (REQUEST, "b", 250))
    assert [said["progress"] for said in heard if isinstance(said, dict)] == [0, 100]


async def test_what_was_published_is_forgotten_in_the_end(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that runs for months does not grow."""
    monkeypatch.setattr(module, "REMEMBERED", 2)
    announcer = ProgressChannel(redis=redis)
    for number in range(10):
        await announcer.progress(GenerationRequest(f"r{number}", "u", "p"), "generating", 1)
    assert len(announcer._published) == 2


async def test_telling_never_raises_when_redis_is_away() -> None:
    """A job is worth more than its progress."""
    away = client("redis://127.0.0.1:1/0")
    await ProgressChannel(redis=away).progress(REQUEST, "generating", 1)
    await away.aclose()


async def test_telling_never_takes_long_when_redis_is_stuck() -> None:
    """It accepts, and answers nothing."""
    quiet = asyncio.Event()

    async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await quiet.wait()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    stuck = client(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0")
    await ProgressChannel(redis=stuck, timeout=0.05).progress(REQUEST, "generating", 1)
    await stuck.aclose()
    quiet.set()
    server.close()
    await server.wait_closed()


async def test_silence_is_an_announcer_too() -> None:
    """Progress is told to those who asked for it."""
    await Silent().progress(REQUEST, "generating", 1)

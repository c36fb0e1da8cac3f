"""A Redis server, and a backend to call."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from mobart_local.redis import RedisServer


@dataclass
class Post:
    """What the backend was sent."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """Return the id of the message."""
        return self.headers["webhook-id"]


Answering = Callable[[Post], web.Response]


@dataclass
class Backend:
    """The game's backend, as far as callbacks go."""

    answering: Answering = lambda _post: web.Response()
    url: str = ""
    posts: list[Post] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """Until it is set, bodies with `slow` in them get no answer."""

    async def receive(self, request: web.Request) -> web.Response:
        """Write down what came, then answer."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        post = Post(headers, await request.read())
        async with self.news:
            self.posts.append(post)
            self.news.notify_all()
        if b"slow" in post.body:
            await self.gate.wait()
        return self.answering(post)

    async def received(self, number: int) -> list[Post]:
        """Wait until *number* posts came in all."""
        async with self.news:
            await self.news.wait_for(lambda: len(self.posts) >= number)
        return self.posts


@asynccontextmanager
async def backend_running(answering: Answering | None = None) -> AsyncIterator[Backend]:
    """Run a backend on a free port of loopback."""
    backend = Backend(answering) if answering else Backend()
    app = web.Application()
    app.router.add_post("/hook", backend.receive)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    backend.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield backend
    finally:
        await runner.cleanup()


def client(url: str) -> Redis:
    """Build a client that repeats nothing by itself."""
    return Redis.from_url(
        url, protocol=2, retry=Retry(NoBackoff(), 0), socket_timeout=5, socket_connect_timeout=5
    )


def session() -> aiohttp.ClientSession:
    """Build the session that callbacks go out by."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())


@asynccontextmanager
async def emptied(server: RedisServer) -> AsyncIterator[Redis]:
    """Give a client of *server* with nothing in it."""
    connected = client(server.url)
    await connected.flushall()
    yield connected
    await connected.aclose()

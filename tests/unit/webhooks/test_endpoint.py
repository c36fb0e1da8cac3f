"""One POST to the backend: its signature, and how its answer is read."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from aiohttp import web
from standardwebhooks import Webhook

from mobart.webhooks.endpoint import Answer, Endpoint
from tests.support.clocks import LoopClock
from tests.unit.webhooks.callback_parts import Backend, backend_running, session

OLD, NEW = "whsec_b2xkIHNlY3JldCBvZiBvdXJz", "whsec_bmV3IHNlY3JldCBvZiBvdXJz"


@pytest.fixture
async def backend() -> AsyncIterator[Backend]:
    """Run a backend that takes everything; a test may set how it answers."""
    async with backend_running() as running:
        yield running


class FarEastClock(LoopClock):
    """A clock whose aware time is not in UTC."""

    def now(self) -> datetime:
        """Return the same instant under another name."""
        return datetime.now(timezone(timedelta(hours=9)))


async def test_both_secrets_verify_while_one_replaces_the_other(backend: Backend) -> None:
    """The backend may change over whenever it likes."""
    async with session() as http:
        endpoint = Endpoint(session=http, url=backend.url, secret=f"{NEW} {OLD}", clock=LoopClock())
        answer = await endpoint.post("msg_1", '{"a":1}')
    [post] = backend.posts
    assert answer.delivered
    assert [Webhook(secret).verify(post.body, post.headers) for secret in (OLD, NEW)] == [
        {"a": 1},
        {"a": 1},
    ]


async def test_the_time_is_signed_as_utc_whatever_the_clock_is_set_to(backend: Backend) -> None:
    """Nine hours off would be refused as too new."""
    async with session() as http:
        endpoint = Endpoint(session=http, url=backend.url, secret=NEW, clock=FarEastClock())
        await endpoint.post("msg_1", "{}")
    [post] = backend.posts
    assert Webhook(NEW).verify(post.body, post.headers) == {}
    sent_at = datetime.fromtimestamp(int(post.headers["webhook-timestamp"]), UTC)
    assert abs(datetime.now(UTC) - sent_at) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("status", "delivered", "unwanted", "throttles"),
    [
        (200, True, False, False),
        (204, True, False, False),
        (302, False, False, False),
        (400, False, False, False),
        (404, False, False, False),
        (410, False, True, False),
        (429, False, False, True),
        (500, False, False, False),
        (502, False, False, True),
        (503, False, False, True),
        (504, False, False, True),
        (None, False, False, True),
    ],
)
def test_an_answer_says_what_to_do_next(
    status: int | None, delivered: bool, unwanted: bool, throttles: bool
) -> None:
    """Only a 2xx is a delivery."""
    answer = Answer(status)
    assert (answer.delivered, answer.unwanted, answer.throttles) == (delivered, unwanted, throttles)


async def test_the_wait_the_backend_asks_for_is_read(backend: Backend) -> None:
    """In seconds, as `Retry-After` says."""
    backend.answering = lambda _post: web.Response(status=503, headers={"Retry-After": "17"})
    async with session() as http:
        endpoint = Endpoint(session=http, url=backend.url, secret=NEW, clock=LoopClock())
        assert await endpoint.post("msg_1", "{}") == Answer(503, retry_after=17.0)


async def test_a_backend_that_never_answers_costs_the_time_limit_and_no_more() -> None:
    """It accepts the connection, and says nothing."""
    quiet = asyncio.Event()

    async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await quiet.wait()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with session() as http:
        endpoint = Endpoint(session=http, url=url, secret=NEW, clock=LoopClock(), timeout=0.05)
        answer = await endpoint.post("msg_1", "{}")
    quiet.set()
    server.close()
    await server.wait_closed()
    assert answer.status is None
    assert "Timeout" in answer.detail


async def test_a_trace_is_handed_on_as_a_header(backend: Backend) -> None:
    """The backend's tracing continues it by itself; without one there is no such header."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with session() as http:
        endpoint = Endpoint(session=http, url=backend.url, secret=NEW, clock=LoopClock())
        await endpoint.post("msg_1", "{}", traceparent=trace)
        await endpoint.post("msg_2", "{}")
    assert [post.headers.get("traceparent") for post in backend.posts] == [trace, None]

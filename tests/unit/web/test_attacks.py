"""The HTTP port under attack, with real sockets: it lets go of everybody who only holds on."""

import asyncio
import resource
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import aiohttp
import pytest
from aiohttp import web

from mobart.core.callbacks import CallbackVerifier
from mobart.core.domain import Ticket
from mobart.providers.callback import CallbackAddress
from mobart.providers.goapi.messages import read_callback
from mobart.web import bodies
from mobart.web.connections import Connections, most_connections
from mobart.web.hooks import Hooks
from mobart.web.scrapes import BURST, MAX_AGE, RATE, Scrapes
from mobart.web.server import HttpServer
from tests.unit.web.test_probe_server import make

WAIT = 0.3
"""Seconds that a connection may wait in these tests."""
HALVES = {
    "nothing": b"",
    "half a line": b"GET /heal",
    "half the headers": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ",
    "half a body": b"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf",
    "an upgrade": b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "an answer unread": b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n",
}


@contextmanager
def descriptors(number: int) -> Iterator[None]:
    """Allow this process more descriptors, for both ends of every connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < number:
        pytest.skip("this machine allows too few descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, number), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def opened(port: int, begin: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect, and send the begin of something."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begin)
    return reader, writer


async def closed(reader: asyncio.StreamReader) -> bool:
    """Wait until the other side has closed the connection."""
    try:
        async with asyncio.timeout(10):
            while await reader.read(65_536):
                pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


@pytest.mark.parametrize("begin", HALVES.values(), ids=HALVES)
async def test_a_connection_that_only_waits_is_closed(begin: bytes) -> None:
    """Whatever was sent, and however it goes on: the time is for the whole request."""
    async with make(connections=Connections(wait=WAIT)) as server:
        reader, writer = await opened(server.port, begin)
        assert await closed(reader)
        writer.close()


async def test_headers_that_come_drop_by_drop_are_cut_in_time() -> None:
    """A byte now and then does not make the time begin anew."""
    async with make(connections=Connections(wait=WAIT)) as server:
        reader, writer = await opened(server.port, b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        gone = asyncio.ensure_future(closed(reader))
        began = time.monotonic()
        while not gone.done():
            writer.write(b"x")
            await asyncio.sleep(WAIT / 10)
        assert time.monotonic() - began < 10 * WAIT
        writer.close()


async def test_two_thousand_half_requests_are_all_closed_and_keep_nobody_out() -> None:
    """A probe is answered while they are there, and after seconds none is left."""
    connections = Connections(most=100, wait=2.0)
    with descriptors(4500):
        async with make(connections=connections) as server:
            half = HALVES["half the headers"]
            held = await asyncio.gather(*(opened(server.port, half) for _ in range(2000)))
            url = f"http://127.0.0.1:{server.port}/healthz"
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                assert answer.status == 200
            assert len(connections) <= 100
            assert all(await asyncio.gather(*(closed(reader) for reader, _ in held)))
            assert len(connections) <= 1
            for _, writer in held:
                writer.close()


async def test_a_connection_may_be_used_again_in_time() -> None:
    """As scrapers do; the time begins anew with each answer."""
    alone = aiohttp.TCPConnector(limit=1)
    async with (
        make(connections=Connections(wait=WAIT)) as server,
        aiohttp.ClientSession(connector=alone) as session,
    ):
        for _ in range(5):
            async with session.get(f"http://127.0.0.1:{server.port}/healthz") as answer:
                assert answer.status == 200
            await asyncio.sleep(WAIT / 3)


async def test_an_answer_that_takes_longer_is_not_cut() -> None:
    """Only who waits for a request is."""

    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(3 * WAIT)
        return web.Response(text="done")

    routes = [web.get("/slow", slow)]
    bound = Connections(wait=WAIT)
    async with HttpServer(routes, host="127.0.0.1", port=0, connections=bound) as server:
        url = f"http://127.0.0.1:{server.port}/slow"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            assert await answer.text() == "done"


class SlowPeer(asyncio.Transport):
    """A connection over which an answer goes out slowly, until nothing more is read."""

    def __init__(self, *unsent: int) -> None:
        """Have so many bytes left, each time they are counted."""
        super().__init__()
        self._unsent = list(unsent)
        self.aborted = asyncio.Event()

    def get_write_buffer_size(self) -> int:
        """Count what is left."""
        return self._unsent.pop(0)

    def abort(self) -> None:
        """Note it."""
        self.aborted.set()


@pytest.mark.parametrize("unsent", [(0,), (300, 300), (300, 200, 100, 0), (300, 200, 200)])
async def test_a_long_answer_is_cut_when_nobody_reads_on(unsent: tuple[int, ...]) -> None:
    """A picture may take its time over a slow line; who takes nothing of it may not."""
    peer = SlowPeer(*unsent)
    Connections(wait=0.001).add(peer)
    async with asyncio.timeout(10):
        await peer.aborted.wait()
    with pytest.raises(IndexError):  # each count was asked for
        peer.get_write_buffer_size()


async def test_a_bound_that_is_reached_by_answers_lets_newer_ones_in() -> None:
    """The connection that has been there longest makes room, and the probe is answered."""
    never = asyncio.Event()

    async def hang(_: web.Request) -> web.Response:
        await never.wait()
        return web.Response()

    async def good(_: web.Request) -> web.Response:
        return web.Response()

    routes = [web.get("/hang", hang), web.get("/good", good)]
    bound = Connections(most=8)
    async with HttpServer(routes, host="127.0.0.1", port=0, connections=bound) as server:
        request = b"GET /hang HTTP/1.1\r\nHost: a\r\n\r\n"
        held = [await opened(server.port, request) for _ in range(20)]
        url = f"http://127.0.0.1:{server.port}/good"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            assert answer.status == 200
        assert len(bound) <= 8
        never.set()
        for _, writer in held:
            writer.close()


def test_three_of_four_descriptors_are_kept_for_work() -> None:
    """However few there are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        assert most_connections() == 64
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert 64 <= most_connections() <= 256


SHORT_OF_DESCRIPTORS = """
import asyncio, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
from tests.unit.web.test_probe_server import make

async def main():
    async with make() as server:
        print(server.port, flush=True)
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, sys.stdin.readline):
            files = [open("/dev/null") for _ in range(100)]
            print("open", flush=True)
            [file.close() for file in files]

asyncio.run(main())
"""


def test_three_hundred_idle_connections_leave_descriptors_for_work() -> None:
    """With 256 of them in all, a hundred files can be opened at any time."""
    command = [sys.executable, "-c", SHORT_OF_DESCRIPTORS]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        port = int(worker.stdout.readline())
        held = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(300)]
        worker.stdin.write("\n")
        worker.stdin.flush()
        assert worker.stdout.readline() == "open\n"
        for one in held:
            one.close()
        worker.stdin.close()
    assert worker.returncode == 0


def test_the_metrics_page_is_written_rarely_however_often_it_is_asked_for() -> None:
    """A flood is refused, and an ordinary scraper is not."""
    now, written = 100.0, 0

    def exposition() -> bytes:
        nonlocal written
        written += 1
        return b"page"

    scrapes = Scrapes(exposition, lambda: now)
    answers = [scrapes.page() for _ in range(10_000)]
    assert answers.count(b"page") == BURST
    assert answers.count(None) == 10_000 - BURST
    assert written == 1
    now += MAX_AGE
    assert scrapes.page() == b"page"
    assert written == 2
    now += 15
    assert [scrapes.page() for _ in range(3)] == [b"page"] * 3
    assert RATE * 15 > BURST


ADDRESS = CallbackAddress("https://game.example", "midjourney", "a provider's key")


@asynccontextmanager
async def callbacks(
    connections: Connections | None = None,
) -> AsyncIterator[tuple[str, list[Ticket]]]:
    """Open a port for callbacks alone; give its address, and the tickets that come in."""
    tickets: list[Ticket] = []

    async def adopt(_: str, ticket: Ticket) -> None:
        tickets.append(ticket)

    async def wake(_: str) -> None:
        pass

    verifier = CallbackVerifier(ADDRESS.proves, read_callback, ADDRESS.names_another)
    routes = Hooks({"midjourney": verifier}, adopt=adopt, wake=wake).routes()
    async with HttpServer(routes, host="127.0.0.1", port=0, connections=connections) as server:
        yield f"http://127.0.0.1:{server.port}", tickets


async def test_a_port_for_callbacks_has_neither_probes_nor_metrics() -> None:
    """And takes callbacks whose proof is in the path, none whose proof is in the query."""
    path, proof = "/hooks/midjourney/r-1", ADDRESS.secret("r-1")
    async with callbacks() as (url, tickets), aiohttp.ClientSession() as session:
        for probe in ("/healthz", "/readyz", "/metrics"):
            async with session.get(url + probe) as answer:
                assert answer.status == 404
        async with session.post(f"{url}{path}?proof={proof}", json={"task_id": "t-1"}) as answer:
            assert answer.status == 401
        async with session.post(f"{url}{path}/{proof}", json={"task_id": "t-1"}) as answer:
            assert answer.status == 200
    assert tickets == [Ticket("midjourney", "t-1")]


async def test_a_callback_is_taken_once() -> None:
    """A replay of what somebody read in an access log does nothing; news of the same task does."""
    url_of = ADDRESS.proving_url("r-1").removeprefix("https://game.example")
    news = {"task_id": "t-1", "status": "finished"}
    async with callbacks() as (url, tickets), aiohttp.ClientSession() as session:
        for body in ({"task_id": "t-1"}, {"task_id": "t-1"}, news, news):
            async with session.post(url + url_of, json=body) as answer:
                assert answer.status == 200
    assert len(tickets) == 2


async def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even with the right proof."""
    monkeypatch.setattr(bodies, "BODY_SECONDS", WAIT)
    head = f"POST /hooks/midjourney/r-1/{ADDRESS.secret('r-1')} HTTP/1.1\r\nHost: a\r\n"
    async with callbacks(connections=Connections(wait=WAIT)) as (url, tickets):
        begin = f"{head}Content-Length: 100\r\n\r\nhalf".encode()
        reader, writer = await opened(int(url.rpartition(":")[2]), begin)
        assert b" 408 " in await reader.readline()
        assert await closed(reader)
        writer.close()
    assert tickets == []


@pytest.mark.parametrize("header", [b"Authorization: Bearer canary\x00", b"Cookie: canary=\x01"])
async def test_what_is_no_request_is_refused_and_not_logged(
    header: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The refusal would quote the header, with a token in it; and anybody could fill the log."""
    async with HttpServer([], host="127.0.0.1", port=0) as server:
        reader, writer = await opened(server.port, b"GET / HTTP/1.1\r\n" + header + b"\r\n\r\n")
        assert (await reader.read(64)).startswith(b"HTTP/1.0 400")
        writer.close()
    assert caplog.records == []


async def test_a_fault_of_our_own_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """With its traceback."""

    async def broken(_: web.Request) -> web.Response:
        raise RuntimeError("ours")

    async with HttpServer([web.get("/", broken)], host="127.0.0.1", port=0) as server:
        reader, writer = await opened(server.port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await reader.read(64)).startswith(b"HTTP/1.1 500")
        writer.close()
    assert "RuntimeError: ours" in caplog.text

"""The HTTP port as an operator's tools see it."""

import asyncio
import errno
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from mobart.cli.health import health
from mobart.web.connections import Connections
from mobart.web.metrics import Metrics
from mobart.web.probe import probe
from mobart.web.readiness import Readiness
from mobart.web.scrapes import Scrapes
from mobart.web.server import HttpServer, Probes
from mobart_local.ports import free_port
from tests.support.clocks import LoopClock


def make(
    problems: Sequence[str] = (),
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    connections: Connections | None = None,
    **options: Any,
) -> HttpServer:
    """Build a server on a port of loopback, by default a free one."""

    async def ask() -> Sequence[str]:
        return problems

    metrics = Metrics(version="1", in_progress=lambda: 2, outstanding=lambda: 5)
    readiness = Readiness(ask=ask, clock=LoopClock())
    probes = Probes(readiness, Scrapes(metrics.exposition), **options)
    return HttpServer(probes.routes(), host=host, port=port, connections=connections)


@asynccontextmanager
async def asked(
    server: HttpServer,
    path: str,
    method: str = "GET",
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Answer one request of a client."""
    async with server, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{server.port}{path}"
        async with session.request(method, url) as response:
            yield response


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this host has no IPv6")
@pytest.mark.parametrize("asks", ["127.0.0.1", "[::1]"])
async def test_all_addresses_are_those_of_both_families(asks: str) -> None:
    """In a cluster of IPv6 alone, and in one of both, the same setting will do."""
    async with (
        make(host="::") as server,
        aiohttp.ClientSession() as session,
        session.get(f"http://{asks}:{server.port}/healthz") as response,
    ):
        assert response.status == 200


async def test_all_addresses_are_those_of_ipv4_where_a_host_has_no_ipv6(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It listened nowhere, in silence, and was restarted for it; the container's own health check agrees."""

    class OfIPv4(socket.socket):
        def __init__(self, family: int = -1, *args: Any, **options: Any) -> None:
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
            super().__init__(family, *args, **options)

    monkeypatch.setattr(socket, "socket", OfIPv4)
    monkeypatch.setenv("MOBART_HTTP_HOST", "::")
    server = make(host="::", port=free_port())
    monkeypatch.setenv("MOBART_HTTP_PORT", str(server.port))
    async with server:
        assert await asyncio.to_thread(health) == 0


async def test_a_port_of_both_families_that_is_taken_is_told() -> None:
    """As any other."""
    async with make(host="::") as server:
        with pytest.raises(OSError, match="in use"):
            await make(host="::", port=server.port).__aenter__()


async def test_a_worker_is_alive_whatever_its_dependencies_do() -> None:
    """Liveness looks at none of them, so an outage restarts nobody."""
    async with asked(make(problems=["redis is away"]), "/healthz") as response:
        assert response.status == 200
        assert await response.json() == {"status": "alive"}


async def test_a_worker_that_no_longer_moves_is_not_alive() -> None:
    """What "moves" means is for the worker to say."""
    async with asked(make(alive=lambda: False), "/healthz") as response:
        assert response.status == 503
        assert await response.json() == {"status": "stuck"}


async def test_a_worker_without_problems_is_ready() -> None:
    """The answer is JSON."""
    async with asked(make(), "/readyz") as response:
        assert response.status == 200
        assert await response.json() == {"status": "ready"}


async def test_a_worker_with_problems_is_not_ready_and_says_why() -> None:
    """One line each."""
    async with asked(make(problems=["redis is away", "draining"]), "/readyz") as response:
        assert response.status == 503
        problems = ["redis is away", "draining"]
        assert await response.json() == {"status": "not ready", "problems": problems}


async def test_metrics_are_in_the_text_format_of_prometheus() -> None:
    """With the content type that scrapers look for."""
    async with asked(make(), "/metrics") as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert "\nmobart_jobs_outstanding 5.0\n" in await response.text()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/nothing"])
async def test_no_answer_is_cached_sniffed_or_says_what_it_runs_on(path: str) -> None:
    """Errors included."""
    async with asked(make(), path) as response:
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Server"] == "mobart"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_nothing_can_be_written(path: str, method: str) -> None:
    """The port is for looking."""
    async with asked(make(), path, method) as response:
        assert response.status == 405
        assert set(response.headers["Allow"].split(",")) == {"GET", "HEAD"}


async def test_head_answers_like_get_without_a_body() -> None:
    """Some load balancers probe so."""
    async with asked(make(), "/readyz", "HEAD") as response:
        assert response.status == 200
        assert await response.read() == b""


async def test_a_port_already_taken_is_an_oserror_and_leaves_nothing_open() -> None:
    """The worker can go on without its HTTP port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="address already in use"):
            async with make(port=taken.getsockname()[1]):
                pass


async def test_the_port_is_free_again_after_the_server_stopped() -> None:
    """A restart gets it back."""
    async with make() as first:
        port = first.port
    async with make(port=port) as second:
        assert second.port == port


async def test_a_probe_tells_a_good_answer_from_a_bad_one() -> None:
    """As the health check of a container does, from another thread."""
    async with make(problems=["draining"]) as server:
        base = f"http://127.0.0.1:{server.port}"
        assert await asyncio.to_thread(probe, f"{base}/healthz", 5.0) is True
        assert await asyncio.to_thread(probe, f"{base}/readyz", 5.0) is False
        assert await asyncio.to_thread(probe, f"{base}/nothing", 5.0) is False
    assert await asyncio.to_thread(probe, f"{base}/healthz", 5.0) is False


@pytest.mark.parametrize(
    "url",
    [
        *("", "not a url", "file:///etc/passwd", "http://", "http://[::1", "https://127.0.0.1/"),
        *("http://127.0.0.1:99999/", "http://127.0.0.1:1/", "http://127.0.0.1:1/a b"),
    ],
)
def test_a_probe_of_nonsense_is_simply_bad(url: str) -> None:
    """It never raises."""
    assert probe(url, 1.0) is False


async def test_a_probe_of_something_else_than_http_is_bad() -> None:
    """Whatever took the port."""

    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 smtp ready\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/healthz"
    assert await asyncio.to_thread(probe, url, 5.0) is False
    server.close()
    await server.wait_closed()


async def test_a_probe_uses_no_proxy_and_follows_no_redirect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is asked is this machine and nothing else."""

    async def elsewhere(_request: web.Request) -> web.Response:
        raise web.HTTPFound("/healthz")

    async def healthy(_request: web.Request) -> web.Response:
        return web.Response()

    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    app = web.Application()
    app.add_routes([web.get("/elsewhere", elsewhere), web.get("/healthz", healthy)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    assert await asyncio.to_thread(probe, f"{base}/healthz", 5.0) is True
    assert await asyncio.to_thread(probe, f"{base}/elsewhere", 5.0) is False
    await runner.cleanup()


def test_a_probe_loads_nothing_but_the_standard_library() -> None:
    """It runs every few seconds as a process of its own."""
    code = "import sys, mobart.web.probe; print(*{name.split('.')[0] for name in sys.modules})"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"aiohttp", "redis", "pydantic", "structlog", "numpy"} & set(told.stdout.split())

"""An HTTP port, and what answers /healthz, /readyz and /metrics."""

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Middleware
from multidict import CIMultiDict

from mobart.web.connections import Connections
from mobart.web.hooks import MAX_BYTES
from mobart.web.readiness import Readiness
from mobart.web.scrapes import Scrapes

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Server": "mobart",
    "X-Content-Type-Options": "nosniff",
}
EVERYWHERE = "::"
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BATCH = 16
"""Connections accepted in one turn of the event loop; they hold descriptors for three turns or so
before they are counted."""
QUEUE = 4096
"""Connections that may wait in the kernel to be accepted; beyond it, it lets clients hang."""
LONGEST_STOP = 1.0
"""Seconds that answers under way may take when the port closes."""
THEIRS = (HttpProcessingError, web.RequestPayloadError)
LOG = logging.getLogger(__name__)
"""What aiohttp's server logs, but for requests that are none."""


@LOG.addFilter
def _is_our_fault(record: logging.LogRecord) -> bool:
    """Leave out what peers did wrong: it quotes their headers, and anybody could fill the log."""
    return not (record.exc_info and isinstance(record.exc_info[1], THEIRS))


def _both_families(port: int) -> socket.socket | None:
    """Listen on all addresses, of IPv4 too, as other programs do at `::`; None where a host has no such way.

    Raises OSError.
    """
    if not socket.has_dualstack_ipv6():
        return None
    return socket.create_server(
        (EVERYWHERE, port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=BATCH
    )


class HttpServer:
    """Listens on a port while it is entered."""

    def __init__(
        self,
        routes: Sequence[web.RouteDef],
        *,
        host: str,
        port: int,
        connections: Connections | None = None,
        middlewares: Sequence[Middleware] = (),
    ) -> None:
        """Take port 0 for "any free port"; ports that share *connections* share their bound."""
        self._routes = routes
        self._middlewares = middlewares
        self._host = host
        self._port = port
        self._connections = Connections() if connections is None else connections
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port listened on."""
        sockets = self._server.sockets if self._server else ()
        return int(sockets[0].getsockname()[1]) if sockets else self._port

    async def __aenter__(self) -> Self:
        """Listen.  Raises OSError if the address cannot be had, with nothing left open."""
        runner = web.AppRunner(
            self._app(),
            access_log=None,
            logger=LOG,
            shutdown_timeout=LONGEST_STOP,
            keepalive_timeout=self._connections.wait,
            lingering_time=self._connections.wait,
        )
        await runner.setup()
        if runner.server is None:
            raise AssertionError("a runner that is set up has a server")
        guarded = self._connections.guard(runner.server)
        loop = asyncio.get_running_loop()
        try:
            way = _both_families(self._port) if self._host == EVERYWHERE else None
            if way is None:
                host = (
                    None if self._host == EVERYWHERE else self._host
                )  # None: of the families that are there
                server = await loop.create_server(guarded, host, self._port, backlog=BATCH)
            else:
                server = await loop.create_server(guarded, sock=way, backlog=BATCH)
        except OSError:
            await runner.cleanup()
            raise
        for listening in server.sockets:
            with listening.dup() as same:
                same.listen(QUEUE)
        self._runner, self._server = runner, server
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        if self._server:
            self._server.close()
        if self._runner:
            await self._runner.cleanup()
        self._runner = self._server = None

    def _app(self) -> web.Application:
        middlewares = [self._connections.answering, *self._middlewares]
        app = web.Application(client_max_size=MAX_BYTES, middlewares=middlewares)
        app.on_response_prepare.append(_add_headers)
        app.add_routes(self._routes)
        return app


@dataclass(frozen=True, slots=True)
class Probes:
    """Answers probes and scrapes, GET and HEAD only."""

    readiness: Readiness
    scrapes: Scrapes
    """The metrics in the Prometheus text format 0.0.4."""
    alive: Callable[[], bool] = lambda: True
    """Must not look at any dependency."""
    paused: Callable[[], bool] = lambda: False
    """A worker that an operator paused is ready all the same, and says so."""

    def routes(self) -> list[web.RouteDef]:
        """Return what an HTTP port needs to answer them."""
        return [
            web.get("/healthz", self._healthz),
            web.get("/readyz", self._readyz),
            web.get("/metrics", self._metrics),
        ]

    async def _healthz(self, _request: web.Request) -> web.Response:
        if self.alive():
            return web.json_response({"status": "alive"})
        return web.json_response({"status": "stuck"}, status=503)

    async def _readyz(self, _request: web.Request) -> web.Response:
        problems = await self.readiness.problems()
        if not problems:
            intake = {"intake": "paused"} if self.paused() else {}
            return web.json_response({"status": "ready"} | intake)
        body = {"status": "not ready", "problems": list(problems)}
        return web.json_response(body, status=503)

    async def _metrics(self, _request: web.Request) -> web.Response:
        page = self.scrapes.page()
        if page is None:
            refused = web.Response(status=503, headers={hdrs.RETRY_AFTER: "1"})
            refused.force_close()
            return refused
        headers = CIMultiDict({hdrs.CONTENT_TYPE: METRICS_TYPE})
        return web.Response(body=page, headers=headers)


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    policy = response.headers.get(hdrs.CONTENT_SECURITY_POLICY)
    response.headers.update(HEADERS)
    if policy is not None:  # a page has its own
        response.headers[hdrs.CONTENT_SECURITY_POLICY] = policy

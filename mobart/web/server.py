"""The HTTP port: /healthz, /readyz and /metrics."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import hdrs, web
from multidict import CIMultiDict

from mobart.web.hooks import MAX_BYTES, ROUTE, Hooks
from mobart.web.readiness import Readiness

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Server": "mobart",
    "X-Content-Type-Options": "nosniff",
}
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class ProbeServer:
    """Answers probes and scrapes, GET and HEAD only, while it is entered."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        readiness: Readiness,
        exposition: Callable[[], bytes],
        alive: Callable[[], bool] = lambda: True,
        hooks: Hooks | None = None,
        paused: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take port 0 for "any free port"; *alive* must not look at any dependency.

        Who is *paused* by an operator is ready all the same, and says so.

        *exposition* returns the metrics in the Prometheus text format 0.0.4.
        """
        self._host = host
        self._port = port
        self._readiness = readiness
        self._exposition = exposition
        self._alive = alive
        self._hooks = hooks
        self._paused = paused
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The port listened on."""
        addresses = self._runner.addresses if self._runner else []
        return int(addresses[0][1]) if addresses else self._port

    async def start(self) -> None:
        """Listen.  Raises OSError if the address cannot be had, with nothing left open."""
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner

    async def stop(self) -> None:
        """Stop listening; no harm if it never started."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        """Listen; raises like `start`."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening."""
        await self.stop()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BYTES)
        app.on_response_prepare.append(_add_headers)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        if self._hooks is not None:
            app.router.add_post(ROUTE, self._hooks.take)
        return app

    async def _healthz(self, _request: web.Request) -> web.Response:
        if self._alive():
            return web.json_response({"status": "alive"})
        return web.json_response({"status": "stuck"}, status=503)

    async def _readyz(self, _request: web.Request) -> web.Response:
        problems = await self._readiness.problems()
        if not problems:
            intake = {"intake": "paused"} if self._paused() else {}
            return web.json_response({"status": "ready"} | intake)
        body = {"status": "not ready", "problems": list(problems)}
        return web.json_response(body, status=503)

    async def _metrics(self, _request: web.Request) -> web.Response:
        headers = CIMultiDict({hdrs.CONTENT_TYPE: METRICS_TYPE})
        return web.Response(body=self._exposition(), headers=headers)


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)

"""The stand-in as an HTTP server on loopback."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from aiohttp import web

from mobart_local.standin.control import CONTROL_PATH, add_control
from mobart_local.standin.dialects.goapi.routes import PATH
from mobart_local.standin.dialects.table import DIALECTS, webhook_of
from mobart_local.standin.ledger import Ledger
from mobart_local.standin.picture_routes import add_pictures
from mobart_local.standin.script import Playbook, Rule, Script
from mobart_local.standin.state import STATE, ServerState
from mobart_local.standin.webhooks import WebhookSender

LOOPBACK = "127.0.0.1"
BACKLOG = 1024


class StandIn:
    """All dialects on one loopback port: `async with StandIn(default=Script(seconds=0.1)) as standin`."""

    def __init__(
        self,
        *,
        default: Script | None = None,
        api_key: str | None = None,
        folder: Path | None = None,
        host: str = LOOPBACK,
        port: int = 0,
        fixed_port: bool = False,
        unknown_task: str = "404",
        paint_ahead: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Nothing listens yet.

        *api_key* None lets every key pass.  *folder* keeps tasks and ledger over a restart.
        *unknown_task* is the row of `POLLS` that answers a fetch of an unknown task.
        With *fixed_port* a port that is taken is an error.
        *paint_ahead* makes pictures during the generation, so that the download need not wait.
        """
        path = folder / "midjourney.jsonl" if folder is not None else None
        self.host = host
        self.port = port
        self._fixed_port = fixed_port
        self.state = ServerState(
            playbook=Playbook(default or Script()),
            ledger=Ledger(path),
            webhooks=WebhookSender(clock, webhook_of),
            clock=clock,
            api_key=api_key,
            unknown_task=unknown_task,
            paint_ahead=paint_ahead,
        )
        self._runner = web.AppRunner(
            self._app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The base URL of the API, fit for `MIDJOURNEY_API_URL`."""
        return self.origin + PATH

    @property
    def ledger_url(self) -> str:
        """Where the ledger is over HTTP."""
        return f"{self.origin}{CONTROL_PATH}/ledger"

    @property
    def ledger(self) -> Ledger:
        """What was paid."""
        return self.state.ledger

    def settings(self, provider: str) -> dict[str, str]:
        """Return the environment variables of a worker that is to use it in a dialect."""
        return DIALECTS[provider].settings(self.origin, self.state.api_key or "any")

    def play(
        self, script: Script, *, marker: str = "", times: int | None = None, provider: str = ""
    ) -> None:
        """Give *script* to the next *times* submits whose prompt contains *marker*.

        Where a *provider* is named, only to those in its dialect.  A later rule comes before an
        earlier one.
        """
        self.state.playbook.rules.insert(0, Rule(script, marker, times, provider))

    def fail(self, outage: str | None, *, provider: str = "") -> None:
        """Answer everything, or all in one dialect, with a row of `OUTAGES`; None ends it."""
        if not provider:
            self.state.playbook.rewrite({"outage": outage})
            return
        self.state.playbook.outages.pop(provider, None)
        if outage is not None:
            self.state.playbook.outages[provider] = outage

    async def start(self) -> None:
        """Listen; a port that is taken is given up for a free one, unless it is a fixed one."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.host, self.port, backlog=BACKLOG).start()
        except OSError:
            if self._fixed_port:
                raise
            await web.TCPSite(self._runner, LOOPBACK, 0, backlog=BACKLOG).start()
        self.port = self._runner.addresses[0][1]
        for task in self.ledger.tasks.values():
            if task.ended_at > self.state.clock():
                self.state.webhooks.follow(task, self.origin)

    async def stop(self) -> None:
        """Stop listening and close the ledger; what it holds stays readable."""
        await self._runner.cleanup()
        await self.state.webhooks.close()
        self.ledger.close()

    async def __aenter__(self) -> Self:
        """Listen."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    def _app(self) -> web.Application:
        app = web.Application()
        app[STATE] = self.state
        for dialect in DIALECTS.values():
            dialect.add(app)
        add_pictures(app)
        add_control(app)
        return app

"""The worker with traps: `main.py` that sends itself a signal at a point of `points`.

The parts are those of the real assembly; only their methods have a trap before and after them, so
that nothing of this is in the package.  `TRAP_SIGNAL` names the signal, `TRAP_FOLDER` is where a
sprung trap leaves its mark, so that among all workers each springs once.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
from structlog.contextvars import get_contextvars

from mobart import app
from mobart.assembly import Assembly
from mobart.cli import main
from mobart.domain import GenerationRequest, Ticket
from mobart.local.standin.control import CONTROL_PATH
from mobart.settings import Settings
from tests.chaos.points import SENT
from tests.daemon.deployment import until


class Traps:
    """Which traps are there, and what they do."""

    def __init__(self, folder: Path, number: signal.Signals) -> None:
        """Leave marks in *folder*, send *number*."""
        self._folder = folder
        self._number = number

    def step(self, point: str, request_id: str | None) -> None:
        """Spring the trap at *point* if it waits for this request."""
        if request_id != point:
            return
        try:
            (self._folder / point).touch(exist_ok=False)
        except FileExistsError:
            return
        os.kill(os.getpid(), self._number)


class RiggedAssembly(Assembly):
    """The worker's own parts, with traps."""

    def __init__(self, settings: Settings) -> None:
        """Build everything, then lay the traps."""
        super().__init__(settings)
        self.traps = Traps(
            Path(os.environ["TRAP_FOLDER"]), signal.Signals[os.environ["TRAP_SIGNAL"]]
        )
        self._rig(self.reception.intake, "accept")
        self._rig(self.worker.queue, "claim")
        self._rig(self.worker.journal, "record")
        self._rig(self.midjourney, "poll")
        self._rig(self.downloads, "fetch")
        self._rig(self.studio, "render")
        self._rig(self.store, "put")
        self._rig_sending()
        self._rig(self.midjourney, "submit")

    def _rig(self, part: object, method: str) -> None:
        act: Callable[..., Awaitable[Any]] = getattr(part, method)

        async def watched(*given: Any, **more: Any) -> Any:
            known = get_contextvars().get("request_id")
            request_id = known or getattr(given[0], "request_id", None)
            deed = str(given[1].event) if method == "record" else method
            self.traps.step(f"{deed}.before", request_id)
            answer = await act(*given, **more)
            self.traps.step(f"{deed}.after", request_id)
            return answer

        setattr(part, method, watched)

    def _rig_sending(self) -> None:
        """Lay the trap between a POST and its answer; the stand-in must hold that back."""
        submit = self.midjourney.submit

        async def watched(request: GenerationRequest) -> Ticket:
            if request.request_id != SENT:
                return await submit(request)
            answering = asyncio.ensure_future(submit(request))
            await until(lambda: self._is_ordered(request), "the order at the provider")
            self.traps.step(SENT, SENT)
            return await answering

        self.midjourney.submit = watched  # type: ignore[method-assign]

    async def _is_ordered(self, request: GenerationRequest) -> bool:
        ledger = f"{self.settings.midjourney_api_url.rsplit('/mj/', 1)[0]}{CONTROL_PATH}/ledger"
        async with aiohttp.ClientSession() as session, session.get(ledger) as answer:
            payments = (await answer.json())["payments"]
        return any(request.prompt in payment["prompt"] for payment in payments)


if __name__ == "__main__":
    vars(app)["Assembly"] = RiggedAssembly
    sys.exit(main(sys.argv[1:]))

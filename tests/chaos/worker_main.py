"""The worker with traps: `main.py` that sends itself a signal, or holds a job, at a point of `points`.

The parts are the real ones; only their methods have a trap before and after them, so
that nothing of this is in the package.  `TRAP_SIGNAL` names the signal, or is `HOLD`; `TRAP_FOLDER` is
where a sprung trap leaves its mark, so that among all workers each springs once.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

from mobart.app import run
from mobart.app.build import Components, build
from mobart.cli import main
from mobart.core.domain import Pending, Picture, Ticket
from mobart.core.orders import Order
from mobart.core.ports import CheckedProvider
from mobart.core.subject import known_ids
from mobart.settings import Settings
from tests.chaos.points import HOLD, SENT
from tests.daemon.deployment import until


class Traps:
    """Which traps are there, and what they do."""

    def __init__(self, folder: Path, act: str) -> None:
        """Leave marks in *folder*; *act* is the name of a signal, or `HOLD`."""
        self._folder = folder
        self._act = act

    async def step(self, point: str, request_id: str | None) -> None:
        """Spring the trap at *point* if it waits for this request."""
        if request_id != point:
            return
        try:
            (self._folder / point).touch(exist_ok=False)
        except FileExistsError:
            return
        if self._act == HOLD:
            await asyncio.Event().wait()
        os.kill(os.getpid(), signal.Signals[self._act])


class RiggedProvider:
    """A provider with traps; everything else is its own."""

    def __init__(self, provider: CheckedProvider, traps: Traps, ledger: str) -> None:
        """Lay traps around *provider*, whose stand-in has its *ledger* at that address."""
        self._provider = provider
        self._traps = traps
        self._ledger = ledger

    def __getattr__(self, name: str) -> Any:
        """Give what has no trap."""
        return getattr(self._provider, name)

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """See `ImageProvider`."""
        request_id = known_ids().get("request_id")
        await self._traps.step("poll.before", request_id)
        return await self._provider.poll(ticket)

    async def submit(self, order: Order) -> Ticket:
        """Buy, with a trap between the order and its answer; the stand-in must hold that back."""
        await self._traps.step("submit.before", order.request_id)
        if order.request_id == SENT:
            answering = asyncio.ensure_future(self._provider.submit(order))
            await until(lambda: self._is_ordered(order), "the order at the provider")
            await self._traps.step(SENT, SENT)
            return await answering
        ticket = await self._provider.submit(order)
        await self._traps.step("submit.after", order.request_id)
        return ticket

    async def _is_ordered(self, order: Order) -> bool:
        async with aiohttp.ClientSession() as session, session.get(self._ledger) as answer:
            payments = (await answer.json())["payments"]
        return any(order.prompt in payment["prompt"] for payment in payments)


def rigged(settings: Settings) -> Components:
    """Build the worker's own parts, and lay the traps."""
    traps = Traps(Path(os.environ["TRAP_FOLDER"]), os.environ["TRAP_SIGNAL"])
    ledger = os.environ["TRAP_LEDGER"]
    parts = build(settings)
    for guarded in parts.providers.guarded.values():
        guarded.provider = RiggedProvider(guarded.provider, traps, ledger)
    rig(traps, parts.intake.admission.intake, "accept_all", called="accept")
    rig(traps, parts.worker.queue, "claim")
    rig(traps, parts.journal, "record")
    rig(traps, parts.pictures.http, "fetch")
    rig(traps, parts.pictures.renderer, "render")
    rig(traps, parts.pictures.store, "put_raw", called="keep")
    rig(traps, parts.pictures.store, "put")
    return parts


def rig(traps: Traps, part: object, method: str, *, called: str = "") -> None:
    """Lay traps before and after a method, under its own name or as it is *called* in `points`."""
    act: Callable[..., Awaitable[Any]] = getattr(part, method)

    async def watched(*given: Any, **more: Any) -> Any:
        known = known_ids().get("request_id")
        subjects = given[0] if isinstance(given[0], list) else [given[0]]
        ids = [known or getattr(subject, "request_id", None) for subject in subjects]
        deed = str(given[1].event) if method == "record" else called or method
        for request_id in ids:
            await traps.step(f"{deed}.before", request_id)
        answer = await act(*given, **more)
        for request_id in ids:
            await traps.step(f"{deed}.after", request_id)
        return answer

    setattr(part, method, watched)


if __name__ == "__main__":
    vars(run)["build"] = rigged
    sys.exit(main(sys.argv[1:]))

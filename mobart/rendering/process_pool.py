"""The child processes of a renderer: started when needed, kept while they are sound."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from mobart.core.domain import Rendering
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.rendering.frames import ProcessLimits
from mobart.rendering.process import Broken, RenderProcess
from mobart.rendering.task import SPOILED

START_TIMEOUT = 60.0
"""Seconds; generous, since it is only machines under heavy load that need them."""


class ProcessPool:
    """Children that all run the same function.  The caller bounds how many are used at once."""

    def __init__(
        self, render_function: Callable[[bytes, Any], Rendering], limits: ProcessLimits
    ) -> None:
        """Start nothing yet."""
        self._render_function = render_function
        self._limits = limits
        self._idle: list[RenderProcess] = []
        self._all: set[RenderProcess] = set()
        self._reaping: set[asyncio.Task[None]] = set()
        self._closed = False
        self.trouble = ""
        """Why no child could be started, the last time that one was; empty if one could."""

    async def aclose(self) -> None:
        """End all children, busy ones too, and wait until they are gone."""
        self._closed = True
        self._idle.clear()
        for process in tuple(self._all):
            self._discard(process)
        while self._reaping:
            await asyncio.wait(self._reaping)

    async def end_idle(self) -> None:
        """End the children that have nothing to do, and wait until their memory is free."""
        while self._idle:
            self._discard(self._idle.pop())
        while self._reaping:
            await asyncio.wait(self._reaping)

    @asynccontextmanager
    async def lend(self, *, fresh: bool = False) -> AsyncIterator[RenderProcess]:
        """Lend a child, a new one if *fresh*; it is killed if its work did not end.

        Raises:
            Unavailable: none could be started.
        """
        process = await self._start() if fresh else self._pick() or await self._start()
        try:
            yield process
        except Rejected:
            self._idle.append(process)
            raise
        except BaseException:
            self._discard(process)
            raise
        self._idle.append(process)

    def _pick(self) -> RenderProcess | None:
        """Return the idle child used last, if one is left alive."""
        while self._idle:
            process = self._idle.pop()
            if process.alive:
                return process
            self._discard(process)
        return None

    async def _start(self) -> RenderProcess:
        try:
            process = await self._set_up()
        except (OSError, TimeoutError, Broken) as fault:
            self.trouble = f"no child could be started: {type(fault).__name__}: {fault}"
            raise Unavailable(Code.PROCESSING_FAILED, SPOILED, detail=self.trouble) from fault
        self.trouble = ""
        return process

    async def _set_up(self) -> RenderProcess:
        process = await RenderProcess.start()
        self._all.add(process)
        if self._closed:
            process.kill()
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await process.prepare(self._render_function, self._limits)
        except BaseException:
            self._discard(process)
            raise
        return process

    def _discard(self, process: RenderProcess) -> None:
        """Kill a child at once, and see to the rest in the background."""
        process.kill()
        reaping = asyncio.create_task(self._reap(process))
        self._reaping.add(reaping)
        reaping.add_done_callback(self._reaping.discard)

    async def _reap(self, process: RenderProcess) -> None:
        await process.gone()
        self._all.discard(process)

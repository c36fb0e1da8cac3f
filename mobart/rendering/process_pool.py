"""The child processes of a studio: started when needed, kept while they are sound."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from mobart.core.domain import Rendering
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.rendering.frames import Limits
from mobart.rendering.process import Broken, Easel
from mobart.rendering.task import SPOILED

START_TIMEOUT = 60.0
"""Seconds; generous, since it is only machines under heavy load that need them."""


class Crew:
    """Children that all do the same.  How many there are at once is up to who asks for them."""

    def __init__(self, paint: Callable[[bytes, Any], Rendering], limits: Limits) -> None:
        """Start nothing yet."""
        self._paint = paint
        self._limits = limits
        self._idle: list[Easel] = []
        self._all: set[Easel] = set()
        self._burials: set[asyncio.Task[None]] = set()
        self._closed = False

    async def aclose(self) -> None:
        """End all children, busy ones too, and wait until they are gone."""
        self._closed = True
        self._idle.clear()
        for easel in tuple(self._all):
            self._discard(easel)
        while self._burials:
            await asyncio.wait(self._burials)

    @asynccontextmanager
    async def lend(self, *, fresh: bool = False) -> AsyncIterator[Easel]:
        """Lend a child, a new one if *fresh*; unless it comes back with its work done it is killed.

        Raises:
            Unavailable: none could be started.

        """
        easel = await self._start() if fresh else self._pick() or await self._start()
        try:
            yield easel
        except Rejected:
            self._idle.append(easel)
            raise
        except BaseException:
            self._discard(easel)
            raise
        self._idle.append(easel)

    def _pick(self) -> Easel | None:
        """Return the idle child used last, if one is left alive."""
        while self._idle:
            easel = self._idle.pop()
            if easel.alive:
                return easel
            self._discard(easel)
        return None

    async def _start(self) -> Easel:
        try:
            return await self._set_up()
        except (OSError, TimeoutError, Broken) as fault:
            detail = f"no child could be started: {type(fault).__name__}: {fault}"
            raise Unavailable(Code.PROCESSING_FAILED, SPOILED, detail=detail) from fault

    async def _set_up(self) -> Easel:
        easel = await Easel.start()
        self._all.add(easel)
        if self._closed:
            easel.kill()
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await easel.prepare(self._paint, self._limits)
        except BaseException:
            self._discard(easel)
            raise
        return easel

    def _discard(self, easel: Easel) -> None:
        """Kill a child at once, and see to the rest in the background."""
        easel.kill()
        burial = asyncio.create_task(self._bury(easel))
        self._burials.add(burial)
        burial.add_done_callback(self._burials.discard)

    async def _bury(self, easel: Easel) -> None:
        await easel.gone()
        self._all.discard(easel)

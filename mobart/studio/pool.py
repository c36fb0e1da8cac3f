"""The studio that paints in child processes, so that a picture can only kill its own."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Generic, Self

from mobart.domain import GenerationRequest, Rendering
from mobart.errors import Code, Rejected, Unavailable
from mobart.studio.easel import Broken, Easel
from mobart.studio.frames import Limits
from mobart.studio.painting import SPOILED, Recipe, failure

START_TIMEOUT = 60.0
"""Seconds; generous, since it is only machines under heavy load that need them."""
TOO_SLOW = "Processing the picture took too long."


class ProcessStudio(Generic[Recipe]):
    """A `Studio` of up to *processes* children, each started when first needed.

    Each is a fresh interpreter with its own pipes: it inherits no connection, no key in its
    environment and no other module than what *paint* needs, and whatever happens to it cannot
    disturb another one.  None survives the parent.
    """

    def __init__(
        self,
        *,
        paint: Callable[[bytes, Recipe], Rendering],
        recipe_of: Callable[[GenerationRequest], Recipe],
        processes: int,
        memory: int = 2**30,
        timeout: float = 30.0,
    ) -> None:
        """*paint* is a function of a module and raises Rejected; recipes can be pickled.

        *memory* is the address space of one child in bytes, *timeout* the seconds (and CPU
        seconds) of one picture, not counting the wait for a free child.
        """
        self._paint = paint
        self._recipe_of = recipe_of
        self._limits = Limits(memory=memory, cpu=math.ceil(timeout) + 1)
        self._timeout = timeout
        self._slots = asyncio.Semaphore(processes)
        self._children: set[Easel] = set()
        self._idle: list[Easel] = []
        self._closed = False

    async def __aenter__(self) -> Self:
        """Do nothing yet: the first picture starts the first child."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the studio."""
        await self.aclose()

    async def aclose(self) -> None:
        """End all children and wait until they are gone."""
        self._closed = True
        for easel in self._children:
            easel.kill()
        await asyncio.gather(*(easel.gone() for easel in self._children))
        self._children.clear()
        self._idle.clear()

    async def render(self, raw: bytes, request: GenerationRequest) -> Rendering:
        """Post-process *raw*; a picture that kills its child gets one more, fresh one.

        Raises:
            Rejected: as *paint* said, `PROCESSING_TIMEOUT`, or `PROCESSING_FAILED` after the
                second death.
            Unavailable: no child could be started, which says nothing about the picture.

        """
        recipe = self._recipe_of(request)
        async with self._slots:
            try:
                return await self._try(raw, recipe)
            except Broken as first:
                try:
                    return await self._try(raw, recipe, fresh=True)
                except Broken as second:
                    raise failure(f"{len(raw)} bytes: {first}, then {second}") from second

    async def _try(self, raw: bytes, recipe: Recipe, *, fresh: bool = False) -> Rendering:
        try:
            async with self._lend(fresh=fresh) as easel, asyncio.timeout(self._timeout):
                return await easel.paint(raw, recipe)
        except TimeoutError as late:
            raise self._late(raw) from late
        except Broken as end:
            if end.overtime:
                raise self._late(raw) from end
            raise

    def _late(self, raw: bytes) -> Rejected:
        detail = f"{len(raw)} bytes were not processed within {self._timeout:g} s"
        return Rejected(Code.PROCESSING_TIMEOUT, TOO_SLOW, detail=detail)

    @asynccontextmanager
    async def _lend(self, *, fresh: bool) -> AsyncIterator[Easel]:
        """Lend a child; unless it comes back with its work done it is killed."""
        easel = await self._start() if fresh else self._pick() or await self._start()
        try:
            yield easel
        except Rejected:
            self._idle.append(easel)
            raise
        except BaseException:
            easel.kill()
            raise
        self._idle.append(easel)

    def _pick(self) -> Easel | None:
        """Return an idle child, if one is left."""
        while self._idle:
            easel = self._idle.pop()
            if easel.alive:
                return easel
        return None

    async def _start(self) -> Easel:
        """Start a child and have it ready.  Raises Unavailable."""
        try:
            return await self._set_up()
        except (OSError, TimeoutError, Broken) as fault:
            detail = f"no child could be started: {type(fault).__name__}: {fault}"
            raise Unavailable(Code.PROCESSING_FAILED, SPOILED, detail=detail) from fault

    async def _set_up(self) -> Easel:
        easel = await Easel.start()
        self._children = {easel, *(child for child in self._children if child.alive)}
        if self._closed:
            easel.kill()
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await easel.prepare(self._paint, self._limits)
        except BaseException:
            easel.kill()
            raise
        return easel

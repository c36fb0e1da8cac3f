"""The studio that paints in child processes, so that a picture can only kill its own."""

import asyncio
import math
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self

from mobart.core.domain import GenerationRequest, Rendering
from mobart.core.errors import Code, Rejected
from mobart.rendering.frames import ProcessLimits
from mobart.rendering.process import Broken
from mobart.rendering.process_pool import ProcessPool
from mobart.rendering.task import Recipe, failure

CPU_SHARE = 2
"""CPU seconds a second: the clock decides, this is for a child whose parent is frozen."""
TOO_SLOW = "Processing the picture took too long."


class ProcessRenderer(Generic[Recipe]):
    """A `Renderer` of up to *processes* children, each started when first needed.

    Each is a fresh interpreter with its own pipes: it inherits no connection, no key in its
    environment and no other module than what *paint* needs, and whatever happens to it cannot
    disturb another one.  None survives the parent.
    """

    def __init__(
        self,
        *,
        render_function: Callable[[bytes, Recipe], Rendering],
        recipe_of: Callable[[GenerationRequest], Recipe],
        processes: int,
        memory: int = 2**30,
        timeout: float = 30.0,
    ) -> None:
        """*paint* is a function of a module and raises Rejected; recipes can be pickled.

        *memory* is the address space of one child in bytes, *timeout* the seconds of one
        picture, not counting the wait for a free child.
        """
        self._recipe_of = recipe_of
        self._timeout = timeout
        self._slots = asyncio.Semaphore(processes)
        self._crew = ProcessPool(
            render_function, ProcessLimits(memory=memory, cpu=math.ceil(CPU_SHARE * timeout))
        )

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
        """End all children, busy ones too, and wait until they are gone."""
        await self._crew.aclose()

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
            async with self._crew.lend(fresh=fresh) as process, asyncio.timeout(self._timeout):
                return await process.render_function(raw, recipe)
        except TimeoutError as late:
            raise self._late(raw) from late
        except Broken as end:
            if end.overtime:
                raise self._late(raw) from end
            raise

    def _late(self, raw: bytes) -> Rejected:
        detail = f"{len(raw)} bytes were not processed within {self._timeout:g} s"
        return Rejected(Code.PROCESSING_TIMEOUT, TOO_SLOW, detail=detail)

"""The renderer that works in child processes, so that a picture can only kill its own."""

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Generic, Self, TypeVar

from mobart.core.domain import Rendering
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.rendering.frames import ProcessLimits
from mobart.rendering.process import Broken, RenderProcess
from mobart.rendering.process_pool import ProcessPool
from mobart.rendering.sandbox import hide_from_other_processes, landlock_abi
from mobart.rendering.task import SPOILED, failure

Recipe = TypeVar("Recipe")

CPU_SHARE = 2
"""CPU seconds a second: the clock decides, this is for a child whose parent is frozen."""
LITTLE = 0.5
"""Share of its time for which a child must have had the processor to be called too slow."""
PATIENCE = 4
"""How many times its time a picture gets where the machine is too busy, or the child is frozen."""
TOO_SLOW = "Processing the picture took too long."
NO_ROOM_PAUSE = 5.0
"""Seconds after which a picture is tried again for which the machine had no memory."""
TRIES_ALONE = 4
"""How often a picture is tried alone for which there was no memory, before the simpler recipe is."""
REMEMBERED = 256
"""How many of those tries are remembered."""


class ProcessRenderer(Generic[Recipe]):
    """A `Renderer` of up to *processes* children, each started when first needed.

    Each is a fresh interpreter with its own pipes: it inherits no connection, no key in its
    environment and no other module than what the render function needs, and whatever happens to it
    cannot disturb another one.  None survives the parent.

    A picture is paid for, so a child's death is not the end of it:

        killed by the system    there was no memory: tried again alone, then later (`Unavailable`); where
                                that does not pass, with a simpler recipe
        crashed, exited         tried again in a fresh child, then with a simpler recipe
        frozen, starved         the same, after several times its time; then later (`Unavailable`)
        too slow, too large     tried again with a simpler recipe
    """

    def __init__(
        self,
        *,
        render_function: Callable[[bytes, Recipe], Rendering],
        processes: int,
        memory: int = 2**30,
        timeout: float = 30.0,
        confined: bool = True,
        simplified: Callable[[Recipe], Recipe] = lambda recipe: recipe,
    ) -> None:
        """*render_function* is a function of a module and raises Rejected; recipes can be pickled.

        *memory* is the address space of one child in bytes, *timeout* the seconds of one
        picture, not counting the wait for a free child.  A *confined* child has given up the
        rights of `sandbox`.  *simplified* returns a recipe with fewer or cheaper steps, for a
        picture that is too hard for its own.
        """
        self._simplified = simplified
        self._timeout = timeout
        self._processes = processes
        self._slots = asyncio.Semaphore(processes)
        self._alone = asyncio.Lock()
        self._killed_alone: deque[int] = deque(maxlen=REMEMBERED)
        limits = ProcessLimits(memory=memory, cpu=math.ceil(CPU_SHARE * timeout), confined=confined)
        self._pool = ProcessPool(render_function, limits)

    async def __aenter__(self) -> Self:
        """Keep children from reading this process; none is started yet."""
        if landlock_abi() < 1:
            hide_from_other_processes()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the renderer."""
        await self.aclose()

    @property
    def trouble(self) -> str:
        """See `Renderer`."""
        return self._pool.trouble

    async def check(self) -> None:
        """Start the first child, which the first picture then finds there.  Raises Unavailable."""
        async with self._pool.lend():
            pass

    async def aclose(self) -> None:
        """End all children, busy ones too, and wait until they are gone."""
        await self._pool.aclose()

    async def render(self, raw: bytes, recipe: Recipe) -> Rendering:
        """Post-process *raw*, by simpler means if nothing else works.

        Raises:
            Rejected: as the render function said; `PROCESSING_TIMEOUT` or `PROCESSING_FAILED` if
                the simpler recipe killed its child as well.
            Unavailable: no child could be started, the system killed it for want of memory, or it
                got too little of the processor, none of which says anything about the picture.
        """
        try:
            return await self._try_twice(raw, recipe)
        except Broken as hard:
            simple = self._simplified(recipe)
            try:
                async with self._room_after(hard):
                    return await self._try(raw, simple, fresh=True)
            except Broken as end:
                raise self._verdict(raw, hard, end) from end

    async def _try_twice(self, raw: bytes, recipe: Recipe) -> Rendering:
        """Try a picture, and once more in a fresh child unless that would end in the same way."""
        try:
            async with self._slots:
                return await self._try(raw, recipe)
        except Broken as death:
            if death.overtime and not death.starved:
                raise
            room = self._room_after(death)
        async with room:
            try:
                return await self._try(raw, recipe, fresh=True)
            except Broken as death:
                if not death.no_room or self._is_too_large(raw):
                    raise
                raise _short_of_memory(raw, f"{death}; nothing else was being rendered") from death

    def _room_after(self, death: Broken) -> AbstractAsyncContextManager[None]:
        return self._whole_machine() if death.no_room else self._slots

    def _is_too_large(self, raw: bytes) -> bool:
        """Note that *raw* had no room though it was alone; return whether that does not seem to pass."""
        self._killed_alone.append(hash(raw))
        return self._killed_alone.count(hash(raw)) >= TRIES_ALONE

    @asynccontextmanager
    async def _whole_machine(self) -> AsyncIterator[None]:
        """Wait until no other picture is being rendered, and keep it so; idle children end."""
        async with self._alone, AsyncExitStack() as all_slots:
            for _ in range(self._processes):
                await all_slots.enter_async_context(self._slots)
            await self._pool.end_idle()
            yield

    async def _try(self, raw: bytes, recipe: Recipe, *, fresh: bool = False) -> Rendering:
        async with self._pool.lend(fresh=fresh) as process:
            rendering = asyncio.ensure_future(process.render(raw, recipe))
            try:
                await self._wait(rendering, process)
                return await rendering
            finally:
                rendering.cancel()
                await asyncio.wait([rendering])
                del (
                    rendering
                )  # or its error would refer to itself, by its traceback, and keep the picture

    async def _wait(self, rendering: asyncio.Future[Rendering], process: RenderProcess) -> None:
        """Wait for a picture as long as it may take.  Raises Broken."""
        before, starved = process.cpu_seconds(), True
        for _ in range(PATIENCE):
            done, _ = await asyncio.wait([rendering], timeout=self._timeout)
            if done:
                return
            starved = process.cpu_seconds() - before < LITTLE * self._timeout
            if not starved:
                break
        detail = f"it was not ready within {self._timeout:g} s"
        raise Broken(detail, overtime=True, starved=starved)

    def _verdict(self, raw: bytes, first: Broken, last: Broken) -> Rejected | Unavailable:
        detail = f"{len(raw)} bytes: {first}; by the simpler recipe: {last}"
        if last.no_room:
            return _short_of_memory(raw, f"{first}; by the simpler recipe: {last}")
        if last.starved:
            return Unavailable(
                Code.PROCESSING_TIMEOUT, TOO_SLOW, retry_after=NO_ROOM_PAUSE, detail=detail
            )
        if last.overtime:
            return Rejected(Code.PROCESSING_TIMEOUT, TOO_SLOW, detail=detail)
        return failure(detail)


def _short_of_memory(raw: bytes, detail: str) -> Unavailable:
    detail = f"{len(raw)} bytes: {detail}"
    return Unavailable(Code.PROCESSING_FAILED, SPOILED, retry_after=NO_ROOM_PAUSE, detail=detail)

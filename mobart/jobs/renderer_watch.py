"""Whether a worker can process pictures: where it cannot, nothing new begins, or it would be paid for in vain.

So it is tried before the first job, and the first picture then finds a process there.  What such a worker has
in hand goes to workers that can; where there are none, it takes that up again itself.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from mobart.core.errors import Unavailable
from mobart.core.events import LogEvent
from mobart.core.ports import Clock, Observer, Renderer
from mobart.jobs.running import RunningJobs

TRY_EVERY = 5.0
"""Seconds between two tries, where it failed."""
TRY_FOR = 10.0
"""Seconds that a try may take: the loop that fetches work waits for it."""


@dataclass(slots=True, eq=False)
class RendererWatch:
    """Remembers whether new work may begin, tries whether it may again, and gives up what is *running* meanwhile."""

    renderer: Renderer[Any]
    running: RunningJobs
    observer: Observer
    clock: Clock
    stopped: bool = False
    _tried_at: float = float("-inf")
    _hung: str = ""
    """What the last try came to that took too long; of that the renderer tells nothing."""

    async def look(self) -> None:
        """Take in what the last pictures met; at first, and rarely where no process could be started, try that."""
        now, never = self.clock.monotonic(), self._tried_at == float("-inf")
        if never or (self._trouble and now - self._tried_at >= TRY_EVERY):
            self._tried_at = now
            await self._try()
        trouble = self._trouble
        if trouble and not self.stopped:
            self.observer.note(LogEvent.RENDERING_STOPPED, detail=trouble)
            self.running.cancel()
        elif self.stopped and not trouble:
            self.observer.note(LogEvent.RENDERING_RESUMED)
        self.stopped = bool(trouble)

    @property
    def _trouble(self) -> str:
        return self.renderer.trouble or self._hung

    async def _try(self) -> None:
        self._hung = f"no child was ready within {TRY_FOR:g} s"
        with suppress(TimeoutError):
            async with asyncio.timeout(TRY_FOR):
                with suppress(Unavailable):  # which the renderer tells
                    await self.renderer.check()
                self._hung = ""

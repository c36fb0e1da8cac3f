"""Whether this worker should be sent traffic, asked rarely however often it is probed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mobart.core.errors import MobartError
from mobart.core.ports import Clock

TOO_SLOW = "the checks took longer than {limit:g} s"
Problems = Callable[[], Awaitable[Sequence[str]]]


@dataclass(slots=True, eq=False, kw_only=True)
class Readiness:
    """Remembers what *ask* said, for *max_age* seconds.

    Probes that come while a check runs wait for its answer instead of starting another one, and no
    check runs longer than *time_limit* seconds, so that probes cannot pile up on a slow dependency.
    """

    ask: Problems
    """Returns one short line per reason not to be ready, fit for the public."""
    clock: Clock
    max_age: float = 1.0
    time_limit: float = 3.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _known: tuple[str, ...] = ()
    _fresh_until: float = float("-inf")

    async def problems(self) -> tuple[str, ...]:
        """Return the problems as of at most *max_age* seconds ago; empty means ready."""
        async with self._lock:
            if self.clock.monotonic() >= self._fresh_until:
                self._known = await self._asked()
                self._fresh_until = self.clock.monotonic() + self.max_age
            return self._known

    async def _asked(self) -> tuple[str, ...]:
        try:
            async with asyncio.timeout(self.time_limit):
                return tuple(await self.ask())
        except TimeoutError:
            return (TOO_SLOW.format(limit=self.time_limit),)


Question = Callable[[], Awaitable[str | None]]
"""Returns what is wrong with a dependency, if anything; raises MobartError if it is away."""


async def reasons(
    *,
    draining: Callable[[], bool],
    hearing: Callable[[], bool],
    rendering: Callable[[], bool],
    dependencies: Mapping[str, Question],
) -> Sequence[str]:
    """Return why a worker should be sent no traffic, one short line each; none if it should."""
    found = ["draining"] if draining() else []
    found += [] if hearing() else ["Redis: the requests channel is not heard"]
    found += [] if rendering() else ["Pictures: no process can be started"]
    answers = await asyncio.gather(*(_reason(*one) for one in dependencies.items()))
    return found + [line for line in answers if line]


async def _reason(name: str, ask: Question) -> str:
    try:
        problem = await ask()
    except MobartError:
        problem = "no answer"
    except Exception:  # noqa: BLE001 - an answer that nobody understands is none that helps
        problem = "no answer that makes sense"
    return f"{name}: {problem}" if problem else ""

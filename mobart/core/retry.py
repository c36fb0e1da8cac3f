"""Repeats what is unavailable until it is back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from mobart.core.errors import Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.policy import Backoff
from mobart.core.ports import Clock, Observer

T = TypeVar("T")
SPREAD = 0.25
"""Largest share added to a wait that a server asked for, so that not all callers return at once."""


@dataclass(frozen=True, slots=True)
class Retrier:
    """Repeats an act while it is `Unavailable`, ever more slowly, with jitter."""

    clock: Clock
    observer: Observer
    backoff: Backoff
    event: LogEvent = LogEvent.JOB_DELAYED

    async def retry(self, act: Callable[[], Awaitable[T]], *, until: float | None = None) -> T:
        """Return what *act* returns in the end; *until* is a monotonic time in seconds, None for no end.

        *act* gets a last try at *until*.

        Raises:
            Rejected: it was still unavailable then, with its code and sentence.
        """
        for attempt in count(1):
            try:
                return await act()
            except Unavailable as away:
                if until is not None and self.clock.monotonic() >= until:
                    raise _given_up(away) from away
                pause = self._pause(away, attempt, until)
                self.observer.note(
                    self.event,
                    code=str(away.code),
                    detail=str(away),
                    attempt=attempt,
                    wait_seconds=round(pause, 2),
                )
            await self.clock.sleep(pause)
        raise AssertionError("unreachable")

    async def timed_retry(
        self, act: Callable[[], Awaitable[T]], *, until: float | None = None
    ) -> tuple[T, float]:
        """Return what `retry` returns, and the seconds it took with all waiting.  Raises like `retry`."""
        began = self.clock.monotonic()
        answer = await self.retry(act, until=until)
        return answer, self.clock.monotonic() - began

    def _pause(self, away: Unavailable, attempt: int, until: float | None) -> float:
        """Return the seconds to wait: by the back-off, but as long as was asked for, and not beyond *until*."""
        jitter = self.clock.jitter()
        asked_for = (away.retry_after or 0.0) * (1 + SPREAD * jitter)
        pause = max(asked_for, self.backoff.delay(attempt, jitter=jitter))
        return pause if until is None else max(0.0, min(pause, until - self.clock.monotonic()))


def _given_up(away: Unavailable) -> Rejected:
    return Rejected(away.code, away.sentence, retry_after=away.retry_after, detail=str(away))

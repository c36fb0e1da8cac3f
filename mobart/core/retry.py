"""Repeats what is unavailable until it is back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from mobart.core.errors import Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.policy import Backoff
from mobart.core.ports import Clock, Observer

T = TypeVar("T")
SPREAD = 0.25
"""Largest share added to a wait that a server asked for, so that not all callers return at once."""
IS_AWAY = retry_if_exception_type(Unavailable)
"""Refers to itself: one made for each call would be garbage that has to be looked for."""


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
        try:
            return await act()  # nearly always enough, and cheaper than tenacity below
        except Unavailable as away:
            failures = [away]
        retrying = AsyncRetrying(
            retry=IS_AWAY,
            wait=lambda state: self._delay(state, until),
            stop=lambda _: until is not None and self.clock.monotonic() >= until,
            sleep=self.clock.sleep,
            before_sleep=self._note,
            retry_error_callback=_give_up,
        )

        async def attempt() -> T:  # tenacity awaits only what is declared as a coroutine function
            if failures:
                raise failures.pop()
            return await act()

        try:
            return await retrying(attempt)
        finally:
            retrying.iter_state.reset()  # or it would refer to itself, and wait for a look for garbage

    def within(self, seconds: float) -> "Callable[[Callable[[], Awaitable[T]]], Awaitable[T]]":
        """Return `retry` with an end *seconds* after each call."""

        async def retry(act: Callable[[], Awaitable[T]]) -> T:
            return await self.retry(act, until=self.clock.monotonic() + seconds)

        return retry

    async def timed_retry(
        self, act: Callable[[], Awaitable[T]], *, until: float | None = None
    ) -> tuple[T, float]:
        """Return what `retry` returns, and the seconds it took with all waiting.  Raises like `retry`."""
        began = self.clock.monotonic()
        answer = await self.retry(act, until=until)
        return answer, self.clock.monotonic() - began

    def _delay(self, state: RetryCallState, until: float | None) -> float:
        jitter = self.clock.jitter()
        asked_for = (_failure(state).retry_after or 0.0) * (1 + SPREAD * jitter)
        delay = max(asked_for, self.backoff.delay(state.attempt_number, jitter=jitter))
        return delay if until is None else max(0.0, min(delay, until - self.clock.monotonic()))

    def _note(self, state: RetryCallState) -> None:
        away = _failure(state)
        self.observer.note(
            self.event,
            code=str(away.code),
            detail=str(away),
            attempt=state.attempt_number,
            wait_seconds=round(state.upcoming_sleep, 2),
        )


def _failure(state: RetryCallState) -> Unavailable:
    failure = state.outcome.exception() if state.outcome else None
    if not isinstance(failure, Unavailable):
        raise AssertionError("only Unavailable is waited out")  # noqa: TRY004 - unreachable
    return failure


def _give_up(state: RetryCallState) -> None:
    away, state.outcome = _failure(state), None  # it would be kept by its own traceback
    raise Rejected(
        away.code, away.sentence, retry_after=away.retry_after, detail=str(away)
    ) from away

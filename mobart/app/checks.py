"""The checks at start-up: everything that is wrong, at once, in readable lines."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from mobart.core.errors import MobartError, Rejected
from mobart.core.events import LogEvent
from mobart.core.ports import Observer
from mobart.core.retry import Retrier

REDIS_SETTINGS = "REDIS_HOST, REDIS_PORT, REDIS_PASSWORD or REDIS_URL"
S3_SETTINGS = "S3_BUCKET_NAME, AWS_REGION, AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID"
PICTURE_SETTINGS = "MOBART_RENDER_MEMORY_MB, and what `ulimit -a` says of processes and memory"
"""What to look at when a check fails."""


@dataclass(frozen=True, slots=True)
class Check:
    """A part that must be reachable, and the settings that name its address."""

    name: str
    settings: str
    ask: Callable[[], Awaitable[None]]
    """Raises Rejected for a permanent problem, Unavailable for one that may be temporary."""
    may_be_away: bool = False
    """Being unreachable is a warning only."""
    warnings: Sequence[str] = ()
    """What the operator should know in any case."""


class NotReady(Exception):
    """A check failed; `problems` has one readable line each."""

    def __init__(self, problems: Sequence[str], *, healing: bool) -> None:
        """*healing*: every problem found may be temporary."""
        super().__init__("; ".join(problems))
        self.problems = problems
        self.healing = healing


async def check_all(
    checks: Sequence[Check], *, wait: float, retrier: Retrier, observer: Observer
) -> None:
    """Run all *checks* side by side, waiting up to *wait* seconds for what is away.

    Raises:
        NotReady: with every problem at once.
    """
    until = retrier.clock.monotonic() + wait
    found = await asyncio.gather(*(_run(check, until, retrier, observer) for check in checks))
    problems = [failure for failure in found if failure is not None]
    if problems:
        lines = [line for line, _ in problems]
        raise NotReady(lines, healing=all(healing for _, healing in problems))


async def _run(
    check: Check, until: float, retrier: Retrier, observer: Observer
) -> tuple[str, bool] | None:
    for warning in check.warnings:
        observer.note(LogEvent.CHECK_WARNED, check=check.name, detail=warning)
    try:
        if check.may_be_away:
            await check.ask()
        else:
            await retrier.retry(check.ask, until=until)
    except MobartError as error:
        healing = not isinstance(error, Rejected) or isinstance(error.__cause__, MobartError)
        line = f"{check.name}: {error} (see {check.settings})"
        if healing and check.may_be_away:
            observer.note(LogEvent.CHECK_WARNED, check=check.name, detail=line)
            return None
        observer.note(LogEvent.CHECK_FAILED, check=check.name, detail=line)
        return line, healing
    observer.note(LogEvent.CHECK_PASSED, check=check.name)
    return None

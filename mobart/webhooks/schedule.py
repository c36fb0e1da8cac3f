"""When to post a completion again, and when to leave the backend alone.

Pure: times are seconds, and come in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from mobart.core.policy import Backoff

MINUTE, HOUR = 60.0, 3600.0
RETRY_WAITS = (
    *(5.0, 5 * MINUTE, 30 * MINUTE),
    *(2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR),
)
"""Waits after the failed attempts, the schedule that Standard Webhooks recommends."""
TAKEOVER = 30.0
"""Silence after which another worker's attempt counts as dead; beyond any attempt's time limit."""


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """When an entry that was attempted, and not acknowledged, is due again."""

    waits: Sequence[float] = RETRY_WAITS
    takeover: float = TAKEOVER

    def wait(self, entry: str, attempt: int, *, ours: bool) -> float:
        """Return the seconds from the start of *attempt*, counted from 1, to the next.

        Entries that failed together come back spread over a fifth of the wait.  The spread is
        worked out from the entry and the attempt alone, so that every worker gets the same answer.
        """
        base = self.waits[min(attempt, len(self.waits)) - 1]
        spread = crc32(f"{entry}/{attempt}".encode()) / 2**32
        wait = base * (1.0 + 0.2 * spread)
        return wait if ours else max(wait, self.takeover)

    def is_last(self, attempt: int) -> bool:
        """Return whether nothing is tried after *attempt*."""
        return attempt > len(self.waits)


class Throttle:
    """Leaves a backend alone that is away or asks for it, longer with every failure in a row."""

    def __init__(self, backoff: Backoff | None = None) -> None:
        """Take how long to wait where the backend does not say."""
        self._backoff = backoff or Backoff(base=0.5, cap=60.0)
        self._failures = 0
        self._until = float("-inf")

    def relax(self) -> None:
        """Take note that the backend answers."""
        self._failures = 0

    def hold(self, *, now: float, retry_after: float | None, jitter: float) -> None:
        """Take note of a failure at *now*; what fails together counts as one."""
        self._failures += now >= self._until
        wait = self._backoff.delay(self._failures, jitter=jitter)
        self._until = max(self._until, now + max(wait, retry_after or 0.0))

    def left(self, now: float) -> float:
        """Return how many seconds to wait from *now*."""
        return max(0.0, self._until - now)

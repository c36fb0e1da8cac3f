"""A circuit breaker: a provider that fails for everybody is not called for a while, then probed.

    closed ──failures in a row──> open ──a while──> half open ──the probe fails──> open, longer
       ^                                               │
       └─────────────── the probe succeeds ────────────┘

Pure: times are monotonic seconds and come in as arguments.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Circuit:
    """Whether calls make sense right now."""

    tolerated: int = 5
    """Failures in a row after which it opens."""
    first_pause: float = 5.0
    longest_pause: float = 60.0
    failures: int = 0
    closed: bool = True
    retry_at: float = float("-inf")
    pause: float = 0.0

    def wait(self, now: float) -> float:
        """Return how long calls should wait; 0 means that one may go ahead.

        Half open, the first caller gets the 0 and is the probe; the others wait for its result.
        """
        if self.closed:
            return 0.0
        if now < self.retry_at:
            return self.retry_at - now
        self.retry_at = now + self.pause
        return 0.0

    def succeed(self) -> bool:
        """Record a success; return whether this closed the circuit."""
        closes = not self.closed
        self.failures, self.closed, self.pause = 0, True, 0.0
        return closes

    def fail(self, now: float) -> bool:
        """Record a failure at *now*, in seconds; return whether this opened the circuit."""
        self.failures += 1
        if self.closed and self.failures < self.tolerated:
            return False
        opens = self.closed
        self.pause = min(self.longest_pause, self.pause * 2 or self.first_pause)
        self.closed, self.retry_at = False, now + self.pause
        return opens

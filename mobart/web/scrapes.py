"""The metrics page, cheap however often it is asked for."""

import time
from collections.abc import Callable

MAX_AGE = 0.2
"""Seconds for which a page is given again; writing one takes some milliseconds of the event loop."""
BURST = 20
RATE = 20.0
"""Pages a second, after a burst; a Prometheus asks for one in 15 seconds."""


class Scrapes:
    """Remembers the page, and counts who asks."""

    def __init__(
        self, exposition: Callable[[], bytes], now: Callable[[], float] = time.monotonic
    ) -> None:
        """*exposition* writes the page; *now* is in seconds."""
        self._exposition = exposition
        self._now = now
        self._page = b""
        self._written_at = float("-inf")
        self._allowance = float(BURST)
        self._counted_at = now()

    def page(self) -> bytes | None:
        """Return the page; None if it was asked for too often."""
        now = self._now()
        earned = (now - self._counted_at) * RATE
        self._allowance = min(float(BURST), self._allowance + earned)
        self._counted_at = now
        if self._allowance < 1:
            return None
        self._allowance -= 1
        if now - self._written_at >= MAX_AGE:
            self._page = self._exposition()
            self._written_at = now
        return self._page

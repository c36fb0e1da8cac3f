"""When to retry, when to poll, and how long a server may ask to be left alone.

Pure: randomness comes in as *jitter*, a number from 0 to 1, and so does the time.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_RETRY_AFTER = 120.0
"""Seconds; a longer Retry-After is cut to this."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential back-off with jitter, in seconds: a wait is 10 to 100 % of what it may be.

    So much jitter because many jobs fail together when a service is away, and must not return
    together (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015).
    """

    base: float
    """The longest wait after the first failure; it doubles with each one."""
    cap: float
    """No wait is longer."""

    def delay(self, attempt: int, *, jitter: float) -> float:
        """Return the wait after the failed *attempt*, counted from 1."""
        ceiling = min(self.cap, self.base * 2.0 ** min(attempt - 1, 30))
        return ceiling * (0.1 + 0.9 * jitter)


@dataclass(frozen=True, slots=True)
class PollSchedule:
    """When to look for a picture: first after *initial*, at last every *longest* seconds.

    In between the wait grows with the time already spent, so that looking late adds a bounded
    share (about 8 %) to what the generation itself took, and looking early costs few calls.
    """

    initial: float = 8.0
    longest: float = 15.0

    GROWTH = 0.15

    def delay(self, elapsed: float, *, jitter: float) -> float:
        """Return the wait before the next look, *elapsed* seconds after the submit."""
        if elapsed < self.initial:
            return self.initial - elapsed
        wait = min(self.longest, max(self.initial / 2, elapsed * self.GROWTH))
        return wait * (0.9 + 0.2 * jitter)


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Read how long a server asks to be left alone, in seconds, never above the longest.

    Knows `retry-after-ms`, and `Retry-After` as seconds or as an HTTP date (RFC 9110, 10.2.3).
    """
    values = {name.lower(): value.strip() for name, value in headers.items()}
    seconds = _number(values.get("retry-after-ms"), scale=0.001)
    if seconds is None:
        seconds = _number(values.get("retry-after"), scale=1.0)
    if seconds is None:
        seconds = _until(values.get("retry-after"), now=now)
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def _number(value: str | None, *, scale: float) -> float | None:
    if value is None or not re.fullmatch(r"\d{1,18}(\.\d{1,9})?", value):
        return None
    return float(value) * scale


def _until(value: str | None, *, now: datetime) -> float | None:
    if value is None:
        return None
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return (date - now).total_seconds()

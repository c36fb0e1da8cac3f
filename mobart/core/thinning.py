"""Which of many like events of one request are worth telling, so that its story stays short."""

from collections import Counter, OrderedDict
from collections.abc import Mapping
from typing import Any

from mobart.core.events import LogEvent

REMEMBERED = 10_000
"""Requests whose events are counted; the one heard of least lately is forgotten beyond that."""
STEP = 10
"""Percent of progress that are news."""
THINNED = frozenset({LogEvent.JOB_DELAYED, LogEvent.PICTURE_POLLED})
"""Events that repeat."""


class Thinning:
    """Counts what repeats.

    Of polls that tell the progress each tenth percent is news once; of other polls, and of waits
    for the same reason, the 1st, 2nd, 4th, 8th and so on.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        """Know of no request yet."""
        self._remembered = remembered
        self._counts: OrderedDict[str, Counter[str]] = OrderedDict()

    def times(self, event: LogEvent, facts: Mapping[str, Any], request_id: str) -> int:
        """Return how often this was heard by now if it is news, else 0."""
        if event not in THINNED:
            return 1
        if event is LogEvent.JOB_DELAYED:
            return self._doubled(request_id, f"{event}/{facts.get('code')}")
        progress = facts.get("progress")
        if progress is None:
            return self._doubled(request_id, event)
        return int(self._count(request_id, f"{event}/{progress // STEP}") == 1)

    def _doubled(self, request_id: str, what: str) -> int:
        count = self._count(request_id, what)
        return 0 if count & (count - 1) else count

    def _count(self, request_id: str, what: str) -> int:
        counts = self._counts.setdefault(request_id, Counter())
        self._counts.move_to_end(request_id)
        if len(self._counts) > self._remembered:
            self._counts.popitem(last=False)
        counts[what] += 1
        return counts[what]

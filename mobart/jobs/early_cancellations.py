"""Cancellations that are heard before the request that they are for.

A cancellation never waits behind a burst of requests, since it comes over a subscription of its own; then its own
request may be in that burst.  And nothing is known of a request in the stream until a worker claims it.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

SECONDS = 3600.0
"""How long one is remembered: longer than requests should wait."""
MOST = 50_000
"""As many as may be cancelled at once; some 10 MB."""


@dataclass(frozen=True, slots=True)
class EarlyCancellations:
    """Ids that were cancelled lately, whether there was such a request or not."""

    _heard: OrderedDict[str, float] = field(default_factory=OrderedDict)
    """When, in seconds of the worker's clock, the oldest first."""

    def note(self, request_id: str, now: float) -> None:
        """Remember a cancellation."""
        self._heard[request_id] = now
        self._heard.move_to_end(request_id)
        while len(self._heard) > MOST:
            self._heard.popitem(last=False)

    def holds(self, request_id: str, now: float) -> bool:
        """Return whether a request that comes in now was cancelled already."""
        return request_id in self._heard and now - self._heard[request_id] < SECONDS

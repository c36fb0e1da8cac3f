"""The orders that this worker has queued, so that one that a restart of ComfyUI lost is queued again."""

from dataclasses import dataclass, field

from mobart.core.errors import Code, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.providers.repeats import TRIES
from mobart.providers.sentences import AWAY, LOST

REMEMBERED = 10_000
"""Orders; more than any queue holds."""
PROOF = 2
"""Polls in a row that find nothing, and so prove that nothing is there."""


@dataclass(slots=True)
class Entry:
    """One order: its id at the server now, how often it was queued, how often it was missed."""

    order: Order | None
    current: str
    tries: int = 1
    misses: int = 0


@dataclass(slots=True)
class QueuedOrders:
    """By the reference of the ticket, which stays the same when an order is queued again."""

    entries: dict[str, Entry] = field(default_factory=dict)

    def add(self, reference: str, order: Order) -> None:
        """Remember an order that was queued as *reference*."""
        self.entries[reference] = Entry(order, reference)
        if len(self.entries) > REMEMBERED:
            del self.entries[next(iter(self.entries))]

    def current(self, reference: str) -> str:
        """Return the id under which the server has it now."""
        entry = self.entries.get(reference)
        return reference if entry is None else entry.current

    def seen(self, reference: str) -> None:
        """Note that the server has it."""
        if reference in self.entries:
            self.entries[reference].misses = 0

    def missed(self, reference: str) -> Order:
        """Note that the server has it not; return the order once that is proven.

        Raises:
            Unavailable: it was missed for the first time.
            Rejected: it was queued too often, or by a worker that has ended.
        """
        entry = self.entries.setdefault(reference, Entry(None, reference))
        entry.misses += 1
        if entry.misses < PROOF:
            detail = "poll: neither in the queue nor in the history: was ComfyUI restarted?"
            raise Unavailable(Code.PROVIDER_BAD_RESPONSE, AWAY, detail=detail)
        if entry.order is None or entry.tries >= TRIES:
            detail = f"lost by ComfyUI after {entry.tries} tries"
            raise Rejected(Code.GENERATION_FAILED, LOST, detail=detail)
        return entry.order

    def renew(self, reference: str, current: str) -> None:
        """Note that it was queued again, now as *current*."""
        entry = self.entries[reference]
        entry.current, entry.misses = current, 0
        entry.tries += 1

"""A provider in memory, for tests and models: scriptable, and with a ledger of what was paid."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.orders import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What becomes of one submit, and then of its generation.

    A submit is accepted; refused for good; turned away as the provider is busy; lost on the way
    in; or accepted, and its answer lost on the way out.
    """

    submit: Literal["accept", "refuse", "busy", "lose request", "lose answer"] = "accept"
    ending: Literal["finish", "fail", "refund", "never"] = "finish"
    pending: int = 1
    """Polls that find it still under way."""
    away: int = 0
    """Polls before those that find nobody."""
    gone_after: int = sys.maxsize
    """Polls after which nobody knows of it any more."""
    cost: float | None = None
    """What it says that its picture cost, in USD."""
    listed: bool = True
    """Where lookup is partial: whether it can be found."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One submit in the ledger; `ticket` is None if nothing was bought."""

    order: Order
    course: Course
    ticket: Ticket | None


MODEST = Capabilities(submit_timeout=5.0, cancels=True, progress=True)


class MemoryProvider:
    """An `ImageProvider` that keeps its word, and its books."""

    def __init__(
        self,
        courses: Mapping[str, Course | list[Course]] | None = None,
        *,
        name: str = "memory",
        default: Course | None = None,
        capabilities: Capabilities = MODEST,
    ) -> None:
        """*courses* are by `request_id`; of a list each submit takes one, and the last stays."""
        self.name = name
        self.capabilities = capabilities
        self.ledger: list[Entry] = []
        self.cancelled: list[Ticket] = []
        self._default = default or Course()
        self._courses = {
            request_id: list(course) if isinstance(course, list) else [course]
            for request_id, course in (courses or {}).items()
        }
        self._polls: dict[str, int] = {}

    def plan(self, request_id: str, *courses: Course) -> None:
        """Let the submits of *request_id* take these courses, the last one again and again."""
        self._courses[request_id] = list(courses)

    def payments(self, request_id: str) -> int:
        """Count how often *request_id* was bought."""
        return sum(
            entry.ticket is not None and entry.order.request_id == request_id
            for entry in self.ledger
        )

    async def submit(self, order: Order) -> Ticket:
        """Follow the course; every await is a chance for others to run."""
        await asyncio.sleep(0)
        known = self._bought(order) if self.capabilities.idempotent else None
        course = self._course(order)
        if known is not None:
            self.ledger.append(Entry(order, course, None))
            return known
        bought = course.submit in {"accept", "lose answer"}
        ticket = Ticket(self.name, f"task-{len(self.ledger)}") if bought else None
        self.ledger.append(Entry(order, course, ticket))
        await asyncio.sleep(0)
        if ticket is not None and course.submit == "accept":
            return ticket
        raise _no_ticket(course)

    async def find(self, order: Order) -> Ticket | None:
        """Look into the ledger, as far as `lookup` reaches."""
        await asyncio.sleep(0)
        lookup = self.capabilities.lookup
        if lookup is Lookup.NONE:
            return None
        tickets = [
            entry.ticket
            for entry in self.ledger
            if entry.order.request_id == order.request_id
            and (entry.course.listed or lookup is Lookup.COMPLETE)
        ]
        return next(filter(None, tickets), None)

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Count the polls of *ticket*, and answer by its course."""
        await asyncio.sleep(0)
        course = next((entry.course for entry in self.ledger if entry.ticket == ticket), None)
        if course is None:
            raise Unavailable(Code.PROVIDER_UNAVAILABLE, "There is no such task.")
        count = self._polls[ticket.reference] = self._polls.get(ticket.reference, 0) + 1
        if not course.away < count <= course.gone_after:
            raise Unavailable(Code.PROVIDER_UNAVAILABLE, "The provider is away.")
        if course.ending == "never" or count <= course.away + course.pending:
            return Pending(min(99, 10 * count))
        if course.ending in {"fail", "refund"}:
            sentence, refunded = "The picture could not be finished.", course.ending == "refund"
            raise Rejected(Code.GENERATION_FAILED, sentence, refunded=refunded)
        return Picture((f"memory:{ticket.reference}",), cost=course.cost)

    async def cancel(self, ticket: Ticket) -> None:
        """Remember what was called off."""
        self.cancelled.append(ticket)

    async def check(self) -> None:
        """Find all well."""

    def _bought(self, order: Order) -> Ticket | None:
        entries = (entry for entry in self.ledger if entry.order.request_id == order.request_id)
        return next((entry.ticket for entry in entries if entry.ticket), None)

    def _course(self, order: Order) -> Course:
        courses = self._courses.get(order.request_id, [self._default])
        return courses.pop(0) if len(courses) > 1 else courses[0]


def _no_ticket(course: Course) -> Rejected | Unavailable | InDoubt:
    if course.submit == "refuse":
        return Rejected(Code.PROVIDER_REJECTED, "The provider refused the request.")
    if course.submit == "busy":
        return Unavailable(Code.PROVIDER_RATE_LIMITED, "The provider is busy.")
    return InDoubt(course.submit)

"""PiAPI's unified API: tasks can be listed, and called off while they are pending.

What the list looks like is not documented, so it is searched for what is surely this request's, and
not finding it proves nothing (`Lookup.PARTIAL`).
"""

from collections.abc import Mapping
from datetime import datetime

from mobart.core.domain import Order, Ticket
from mobart.providers.http import Answer
from mobart.providers.outcomes import REFUSALS, json_object, trouble
from mobart.providers.piapi.answers import OK, as_meant
from mobart.providers.piapi.messages import Imagine, tasks_in
from mobart.providers.piapi.tasks import Api, TaskApi

HISTORIES = "/api/open/tasks/histories"
SPANS = (3600, 24 * 3600)
"""How far back the history is read, in seconds: the nearer past first."""
PAGE = 100
"""Most tasks that a page may hold."""
PAGES = 5
"""Most pages of one span."""
SKEW = 600
"""Seconds by which clocks may differ."""
UNLISTED = frozenset({*REFUSALS} - {401, 402, 403})
"""Statuses that say that there is no such list here, so that asking again is no use."""


class PiApi(TaskApi[Imagine]):
    """An `ImageProvider` at the address of PiAPI's host; open its `clients` first."""

    api = Api(
        provider="piapi",
        prefix="PIAPI",
        submit="/api/v1/task",
        task="/api/v1/task/",
        name="task_id",
        lists=True,
        cancels=True,
        progress=True,
    )

    async def find(self, order: Order) -> Ticket | None:
        """Look for the task of *order* in the history of the last hour, then of the last day."""
        for span in SPANS:
            for page in range(1, PAGES + 1):
                tasks = await self._history(page, span)
                for task in tasks:
                    if self._writer.recognises(order, task):
                        return Ticket(self.name, str(task["task_id"]))
                if len(tasks) < PAGE:
                    break
        return None

    async def cancel(self, ticket: Ticket) -> None:
        """Call a task off, which the API does only while it is pending; a no is no trouble."""
        answer = await self.clients.query_http.ask("DELETE", self.api.task + ticket.reference)
        if answer.status != OK and answer.status not in REFUSALS:
            raise trouble(answer, now=self._clock.now())

    async def _history(self, page: int, span: int) -> list[Mapping[str, object]]:
        answer = as_meant(await self._ask_history(page=page, size=PAGE, span=span))
        if answer.status in UNLISTED:
            return []
        body = json_object(answer)
        if answer.status != OK or body is None:
            raise trouble(answer, now=self._clock.now())
        return list(tasks_in(body))

    async def _probe(self) -> Answer:
        """Ask for the latest task."""
        return await self._ask_history(page=1, size=1, span=SPANS[0])

    async def _ask_history(self, *, page: int, size: int, span: int) -> Answer:
        params = period(self._clock.now(), page=page, size=size, span=span)
        return await self.clients.query_http.ask("GET", HISTORIES, params=params)


def period(now: datetime, *, page: int, size: int, span: int) -> dict[str, str]:
    """Write the question for one page of the history."""
    until = int(now.timestamp())
    return {
        "page": str(page),
        "page_size": str(size),
        "model": "mj",
        "start_time": str(until - span),
        "end_time": str(until + SKEW),
    }

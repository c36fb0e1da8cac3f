"""PiAPI's unified API: tasks can be listed, and cancelled while they are pending.

What the list looks like is not documented, so it is searched for what is surely this request's, and
not finding it proves nothing (`Lookup.PARTIAL`).
"""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from mobart.core.domain import Ticket
from mobart.core.orders import Order
from mobart.providers.checks import Check, is_working_json
from mobart.providers.outcomes import REFUSALS, UNLISTED, json_object, trouble
from mobart.providers.piapi.answers import as_meant
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


class PiApi(TaskApi[Imagine]):
    """An `ImageProvider` at the address of PiAPI's host; open its `clients` first."""

    api = Api(
        provider="piapi",
        submit="/api/v1/task",
        task="/api/v1/task/",
        name="task_id",
        check=Check(key="PIAPI_API_KEY", address="PIAPI_API_URL", fits=is_working_json),
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
        """Cancel a task, which works only while it is pending; a refusal is no error."""
        answer = await self.clients.query_http.ask("DELETE", self.api.task + ticket.reference)
        if answer.status != HTTPStatus.OK and answer.status not in REFUSALS:
            raise trouble(answer, now=self._clock.now())

    async def _history(self, page: int, span: int) -> list[Mapping[str, object]]:
        params = period(self._clock.now(), page=page, size=PAGE, span=span)
        answer = as_meant(await self.clients.query_http.ask("GET", HISTORIES, params=params))
        if answer.status in UNLISTED:
            return []
        body = json_object(answer)
        if answer.status != HTTPStatus.OK or body is None:
            raise trouble(answer, now=self._clock.now())
        return list(tasks_in(body))

    def _probe(self) -> tuple[str, Mapping[str, str]]:
        """Ask for the latest task."""
        return HISTORIES, period(self._clock.now(), page=1, size=1, span=SPANS[0])


def period(now: datetime, *, page: int, size: int, span: int) -> dict[str, str]:
    """Write the query for one page of the history; *span* is in seconds."""
    until = int(now.timestamp())
    return {
        "page": str(page),
        "page_size": str(size),
        "model": "mj",
        "start_time": str(until - span),
        "end_time": str(until + SKEW),
    }

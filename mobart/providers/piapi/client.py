"""PiAPI's unified API: tasks can be listed, and cancelled while they are pending.

What the list looks like is not documented, so it is searched for what is surely this request's, and
not finding it proves nothing (`Lookup.PARTIAL`).
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from mobart.core.domain import Ticket
from mobart.core.orders import Order
from mobart.core.setting_types import secret_text
from mobart.providers.checks import Check, is_working_json
from mobart.providers.goapi.settings import MidjourneySettings
from mobart.providers.piapi.answers import as_meant, reference_in
from mobart.providers.piapi.messages import Imagine, tasks_in
from mobart.providers.piapi.settings import PiApiSettings
from mobart.providers.piapi.tasks import TaskApi
from mobart.providers.spec import BuildContext, BuiltProvider, polled

HISTORIES = "/api/open/tasks/histories"
SPANS = (3600, 24 * 3600)
"""How far back the history is read, in seconds: the nearer past first."""
PAGE = 100
"""Most tasks that a page may hold."""
PAGES = 5
"""Most pages of one span."""
SKEW = 600
"""Seconds by which clocks may differ."""


class PiApi(TaskApi):
    """An `ImageProvider` at the address of PiAPI's host."""

    name = "piapi"
    submit_path = "/api/v1/task"
    task_path = "/api/v1/task/"
    id_name = "task_id"
    cancels = True
    progress = True
    check_at_start = Check(key="PIAPI_API_KEY", address="PIAPI_API_URL", fits=is_working_json)

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
        """Cancel a task, which works only while it is pending."""
        await self._call_off("DELETE", self.task_path + ticket.reference)

    async def _history(self, page: int, span: int) -> list[Mapping[str, object]]:
        params = period(self._clock.now(), page=page, size=PAGE, span=span)
        answer = as_meant(await self.clients.query_http.ask("GET", HISTORIES, params=params))
        return list(tasks_in(self._page_if_listed(answer)))

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


def build(context: BuildContext) -> BuiltProvider:
    """Build the client."""
    settings, midjourney = context.group(PiApiSettings), context.group(MidjourneySettings)
    url, key = settings.piapi_api_url, settings.piapi_api_key
    writer = Imagine(
        key=secret_text(key),
        process_mode=midjourney.midjourney_process_mode,
        service_mode=settings.piapi_service_mode,
        aspect_ratio=midjourney.midjourney_aspect_ratio,
        callback=context.callback(PiApi.name, key),
    )
    client = PiApi(settings, midjourney, url=url, key=key, writer=writer, clock=context.clock)
    return polled(client, partial(reference_in, name=PiApi.id_name))

"""LegNext's API: jobs that are under way can be listed.

The list names the jobs; each is then asked for, since the answer repeats the prompt and the callback
address that it was submitted with.  A job that has ended is not in it, so not finding one proves
nothing (`Lookup.PARTIAL`).
"""

from functools import partial
from http import HTTPStatus

from mobart.core.domain import Ticket
from mobart.core.orders import Order
from mobart.core.setting_types import secret_text
from mobart.providers.checks import Check
from mobart.providers.goapi.settings import MidjourneySettings
from mobart.providers.legnext.messages import Diffusion, active_jobs
from mobart.providers.legnext.settings import LegNextSettings
from mobart.providers.outcomes import json_object
from mobart.providers.piapi.answers import as_meant, reference_in
from mobart.providers.piapi.tasks import TaskApi
from mobart.providers.spec import BuildContext, BuiltProvider, polled

ACTIVE = "/account/active_tasks"
MOST_JOBS = 50
"""Jobs of the list that are asked for; more than an account runs at a time."""


class LegNext(TaskApi):
    """An `ImageProvider` at the address up to and with `/api`."""

    name = "legnext"
    submit_path = "/v1/diffusion"
    task_path = "/v1/job/"
    id_name = "job_id"
    check_at_start = Check(key="LEGNEXT_API_KEY", address="LEGNEXT_API_URL")

    async def find(self, order: Order) -> Ticket | None:
        """Look for the job of *order* among those under way."""
        answer = as_meant(await self.clients.query_http.ask("GET", ACTIVE))
        jobs = dict(list(active_jobs(self._page_if_listed(answer)))[:MOST_JOBS])
        for job_id, entry in jobs.items():
            if self._writer.recognises(order, entry) or await self._is_of(order, job_id):
                return Ticket(self.name, job_id)
        return None

    async def _is_of(self, order: Order, job_id: str) -> bool:
        answer = await self.clients.query_http.ask("GET", self.task_path + job_id)
        if answer.status == HTTPStatus.NOT_FOUND:
            return False
        if answer.status != HTTPStatus.OK:
            raise self._trouble(answer)
        return self._writer.recognises(order, json_object(answer))


def build(context: BuildContext) -> BuiltProvider:
    """Build the client."""
    settings, midjourney = context.group(LegNextSettings), context.group(MidjourneySettings)
    url, key = settings.legnext_api_url.removesuffix("/v1"), settings.legnext_api_key
    writer = Diffusion(
        key=secret_text(key),
        aspect_ratio=midjourney.midjourney_aspect_ratio,
        callback=context.callback(LegNext.name, key),
    )
    client = LegNext(settings, midjourney, url=url, key=key, writer=writer, clock=context.clock)
    return polled(client, partial(reference_in, name=LegNext.id_name))

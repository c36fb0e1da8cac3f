"""LegNext's API: jobs that are under way can be listed.

The list names the jobs; each is then asked for, since the answer repeats the prompt and the callback
address that it was submitted with.  A job that has ended is not in it, so not finding one proves
nothing (`Lookup.PARTIAL`).
"""

from http import HTTPStatus

from mobart.core.domain import Ticket
from mobart.core.orders import Order
from mobart.providers.checks import Check
from mobart.providers.legnext.messages import Diffusion, active_jobs
from mobart.providers.outcomes import UNLISTED, json_object, trouble
from mobart.providers.piapi.answers import as_meant
from mobart.providers.piapi.tasks import Api, TaskApi

ACTIVE = "/account/active_tasks"
MOST_JOBS = 50
"""Jobs of the list that are asked for; more than an account runs at a time."""


class LegNext(TaskApi[Diffusion]):
    """An `ImageProvider` at the address up to and with `/api`; open its `clients` first."""

    api = Api(
        provider="legnext",
        submit="/v1/diffusion",
        task="/v1/job/",
        name="job_id",
        check=Check(key="LEGNEXT_API_KEY", address="LEGNEXT_API_URL"),
    )

    async def find(self, order: Order) -> Ticket | None:
        """Look for the job of *order* among those under way."""
        answer = as_meant(await self.clients.query_http.ask("GET", ACTIVE))
        if answer.status in UNLISTED:
            return None
        body = json_object(answer)
        if answer.status != HTTPStatus.OK or body is None:
            raise trouble(answer, now=self._clock.now())
        for job_id, entry in dict(list(active_jobs(body))[:MOST_JOBS]).items():
            if self._writer.recognises(order, entry) or await self._is_of(order, job_id):
                return Ticket(self.name, job_id)
        return None

    async def _is_of(self, order: Order, job_id: str) -> bool:
        answer = await self.clients.query_http.ask("GET", self.api.task + job_id)
        if answer.status == HTTPStatus.NOT_FOUND:
            return False
        if answer.status != HTTPStatus.OK:
            raise trouble(answer, now=self._clock.now())
        return self._writer.recognises(order, json_object(answer))

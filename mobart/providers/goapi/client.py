"""Midjourney through GoAPI's `mj/v2` API.

`POST /imagine` buys a generation and answers with a task id; `POST /fetch` polls it.  The API has no
idempotency key and no list of tasks, so a submit whose answer is lost cannot be looked up
(`Lookup.NONE`).  The result is a 2x2 grid, at an address that expires after five days.
"""

from http import HTTPStatus

from mobart.core.capabilities import Capabilities, Grammar
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.orders import Order
from mobart.core.ports import Clock
from mobart.core.setting_types import secret_text
from mobart.providers.api_clients import ApiClients, ApiProvider
from mobart.providers.callback import CallbackAddress
from mobart.providers.checks import Check, require_header_value
from mobart.providers.goapi.messages import imagine, read_task, read_ticket
from mobart.providers.goapi.settings import MidjourneySettings
from mobart.providers.midjourney import with_reference
from mobart.providers.outcomes import accepted_body, json_object, trouble
from mobart.providers.repeatable import key_headers
from mobart.providers.seen_task_ids import SeenTaskIds
from mobart.providers.spec import schedule

NO_SUCH_TASK = "00000000-0000-0000-0000-000000000000"
CHECK = Check(key="MIDJOURNEY_API_KEY", address="MIDJOURNEY_API_URL")


class Midjourney(ApiProvider):
    """An `ImageProvider`; open its `clients` first."""

    name = "midjourney"

    def __init__(
        self, settings: MidjourneySettings, *, clock: Clock, callback: CallbackAddress | None = None
    ) -> None:
        """With *callback* a lost submit may still turn up: the API calls it when a task goes on."""
        self.capabilities = Capabilities(
            lookup=Lookup.NONE if callback is None else Lookup.PARTIAL,
            progress=True,
            references=True,
            calls_back=callback is not None,
            grammar=Grammar.MIDJOURNEY,
            submit_timeout=settings.midjourney_submit_timeout_seconds,
            generation_timeout=settings.midjourney_timeout_seconds,
            schedule=schedule(
                settings.midjourney_poll_initial_seconds,
                settings.midjourney_poll_max_seconds,
                callback,
            ),
        )
        self._settings = settings
        self._clock = clock
        self._callback = callback
        self._key = secret_text(settings.midjourney_api_key)
        self._seen = SeenTaskIds()
        self.clients = ApiClients(
            base_url=settings.midjourney_api_url,
            headers={"X-API-KEY": self._key},
            secrets=(self._key,),
            submit_timeout=settings.midjourney_submit_timeout_seconds,
        )

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation with one POST.  See `ImageProvider.submit`."""
        order = with_reference(order, self._settings.midjourney_reference)
        secrets = (self._key, order.prompt)
        message = imagine(
            order,
            process_mode=self._settings.midjourney_process_mode,
            aspect_ratio=self._settings.midjourney_aspect_ratio,
            callback=self._callback,
        )
        answer = await self.clients.submit_http.post(
            "/imagine", message, headers=key_headers(order)
        )
        body = accepted_body(answer, now=self._clock.now(), secrets=secrets)
        return Ticket(self.name, self._seen.new(read_ticket(body, secrets=secrets)))

    async def find(self, order: Order) -> Ticket | None:  # noqa: ARG002 - the port's
        """Return None: the API has no list; a task that calls back is adopted from its callback."""
        return None

    async def cancel(self, ticket: Ticket) -> None:
        """Do nothing: the API has no way to cancel a task."""

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask for the state of a generation.  See `ImageProvider.poll`."""
        answer = await self.clients.query_http.ask(
            "POST", "/fetch", json={"task_id": ticket.reference}
        )
        if answer.status != HTTPStatus.OK:
            raise trouble(answer, now=self._clock.now())
        tile = self._settings.single_tile
        return read_task(json_object(answer), reference=ticket.reference, tile=tile)

    async def check(self) -> None:
        """Ask about a task that does not exist, which is free.  See `CheckedProvider.check`."""
        require_header_value(self._key, setting=CHECK.key)
        query = {"task_id": NO_SUCH_TASK}
        await CHECK.ask(self.clients.query_http, "POST", "/fetch", json=query)

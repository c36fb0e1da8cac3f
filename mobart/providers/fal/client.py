"""fal's queue: one POST takes a place in it, a GET polls the request.

It has no idempotency key, but its platform API, at another host, lists the requests of a model that
have ended within the last day.  So a submit whose answer is lost can be looked up once it has ended,
and not finding it proves nothing (`Lookup.PARTIAL`).  The addresses in its answers are never asked, since they could be of any
host; they are made from the request's id, as fal's own SDK makes them.
"""

from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.orders import Order
from mobart.core.setting_types import secret_text
from mobart.providers.api_provider import WITH_PICTURE, TaskProvider
from mobart.providers.checks import Check, is_working_json
from mobart.providers.fal.messages import (
    failed_request,
    is_failure,
    judge,
    read_callback,
    read_result,
    read_status,
    reference_of,
)
from mobart.providers.fal.settings import FalSettings
from mobart.providers.fields import list_of, object_of, text_of
from mobart.providers.inputs import inputs_of
from mobart.providers.outcomes import is_success, json_object
from mobart.providers.published_keys import PublishedKeySignature
from mobart.providers.spec import BuildContext, BuiltProvider, polling

REQUESTS = "/models/requests/by-endpoint"
MEMORY = timedelta(hours=24)
"""How far back requests are looked for; fal keeps their inputs so long."""
PAGE = 100
"""Most requests that a page may hold."""
PAGES = 5
NO_SUCH_REQUEST = "00000000-0000-0000-0000-000000000000"


class Fal(TaskProvider):
    """An `ImageProvider`."""

    name = "fal"
    check_at_start = Check(key="FAL_KEY", address="FAL_API_URL", fits=is_working_json)

    def __init__(self, context: BuildContext) -> None:
        """Fal itself gives up what it has not begun after the generation's timeout."""
        settings = context.group(FalSettings)
        key = secret_text(settings.fal_key)
        callback = context.callback(self.name, settings.fal_key)
        super().__init__(
            Capabilities(
                lookup=Lookup.PARTIAL,
                cancels=True,
                references=bool(settings.fal_reference_field),
                **polling(settings, "fal", callback),
            ),
            clock=context.clock,
            base_url=settings.fal_api_url,
            key=key,
            headers={"Authorization": f"Key {key}"},
            submit_headers={"X-Fal-Request-Timeout": str(round(settings.fal_timeout_seconds))},
            max_bytes=WITH_PICTURE,
            callback=callback,
        )
        self._model = settings.fal_model.strip("/")
        self._inputs = inputs_of(settings, "fal", key)
        self._platform = self.clients.other(settings.fal_platform_url)

    async def submit(self, order: Order) -> Ticket | Picture:
        """Buy one generation with one POST.  See `TaskSource.submit`."""
        params = {}
        if self.callback is not None:
            params = {"fal_webhook": self.callback.proving_url(order.request_id)}
        message = self._inputs.message(order)
        answer = await self._buy(order, f"/{self._model}", json=message, params=params)
        body = self._accepted(answer, order, judge)
        return self._bought_in(body, read_callback(body, model=self._model), read_result)

    async def find(self, order: Order) -> Ticket | None:
        """Look for the request of *order* among those that have ended, the latest first."""
        cursor = ""
        for _ in range(PAGES):
            page = await self._requests(cursor)
            for request in list_of(page, "items"):
                reference = read_callback(request, model=self._model)
                given = object_of(request, "json_input")
                if reference is not None and self._inputs.are_of(order, given):
                    return Ticket(self.name, reference)
            cursor = text_of(page, "next_cursor")
            if not cursor or page.get("has_more") is False:
                return None
        return None

    async def _requests(self, cursor: str) -> dict[str, Any]:
        since = (self._clock.now() - MEMORY).isoformat(timespec="seconds")
        params = {"endpoint_id": self._model, "limit": str(PAGE), "expand": "payloads"}
        params |= {"start": since} | ({"cursor": cursor} if cursor else {})
        return self._page_if_listed(await self._platform.ask("GET", REQUESTS, params=params))

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask for the state of a generation, and for the result once it is over.

        See `ImageProvider.poll`.
        """
        answer = await self.clients.query_http.ask("GET", f"/{ticket.reference}/status")
        if answer.status not in {HTTPStatus.OK, HTTPStatus.ACCEPTED}:
            raise self._trouble(answer)
        if not read_status(json_object(answer), reference=ticket.reference):
            return Pending()
        answer = await self.clients.query_http.ask("GET", f"/{ticket.reference}")
        body = json_object(answer)
        if body is not None and is_failure(answer.status, answer.headers, body):
            raise failed_request(body, status=answer.status)
        if not is_success(answer):
            raise self._trouble(answer)
        return read_result(body)

    async def cancel(self, ticket: Ticket) -> None:
        """Cancel a request, which fal does only until it is begun."""
        await self._call_off("PUT", f"/{ticket.reference}/cancel")

    async def check(self) -> None:
        """Ask about a request that does not exist, which is free.  See `CheckedProvider.check`."""
        await self._check("GET", f"/{reference_of(self._model, NO_SUCH_REQUEST)}/status")


def build(context: BuildContext) -> BuiltProvider:
    """Build the client; its calls are signed with keys that are published."""
    client, settings = Fal(context), context.group(FalSettings)
    keys = client.clients.other(settings.fal_jwks_url, keyed=False)
    names = {"prefix": "x-fal-webhook", "id_name": "request-id"}
    signature = PublishedKeySignature(keys, **names, clock=context.clock)
    read = partial(read_callback, model=settings.fal_model)
    return context.polled(client, read, signature.verifies)

"""fal's queue: one POST takes a place in it, a GET polls the request.

It has no idempotency key, but its platform API, at another host, lists the requests of a model that
have ended within the last day.  So a submit whose answer is lost can be looked up once it has ended,
and not finding it proves nothing (`Lookup.PARTIAL`).  The addresses in its answers are never asked, since they could be of any
host; they are made from the request's id, as fal's own SDK makes them.
"""

import json
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.orders import Order
from mobart.core.ports import Clock
from mobart.core.setting_types import secret_text
from mobart.providers.api_clients import ApiClients, ApiProvider
from mobart.providers.callback import CallbackAddress
from mobart.providers.checks import Check, is_working_json, require_header_value
from mobart.providers.fal.messages import (
    failed_request,
    is_failure,
    judge,
    read_callback,
    read_result,
    read_status,
    read_ticket,
    reference_of,
)
from mobart.providers.fal.settings import FalSettings
from mobart.providers.fields import list_of, object_of, text_of
from mobart.providers.http import Answer
from mobart.providers.inputs import Inputs, reference_secrets
from mobart.providers.outcomes import (
    REFUSALS,
    UNLISTED,
    accepted_body,
    is_success,
    json_object,
    trouble,
)
from mobart.providers.published_keys import PublishedKeys, PublishedKeySignature
from mobart.providers.repeatable import SIGNED_MASK, key_headers, keyed_seed
from mobart.providers.seen_task_ids import SeenTaskIds
from mobart.providers.spec import schedule

REQUESTS = "/models/requests/by-endpoint"
MEMORY = timedelta(hours=24)
"""How far back requests are looked for; fal keeps their inputs so long."""
PAGE = 100
"""Most requests that a page may hold."""
PAGES = 5
NO_SUCH_REQUEST = "00000000-0000-0000-0000-000000000000"
MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""A result may hold the picture itself, as a data URI."""
CHECK = Check(key="FAL_KEY", address="FAL_API_URL", fits=is_working_json)


class Fal(ApiProvider):
    """An `ImageProvider`; open its `clients` first."""

    name = "fal"

    def __init__(
        self, settings: FalSettings, *, clock: Clock, callback: CallbackAddress | None = None
    ) -> None:
        """Fal itself gives up what it has not begun after the generation's timeout."""
        self.capabilities = Capabilities(
            lookup=Lookup.PARTIAL,
            cancels=True,
            references=bool(settings.fal_reference_field),
            calls_back=callback is not None,
            submit_timeout=settings.fal_submit_timeout_seconds,
            generation_timeout=settings.fal_timeout_seconds,
            schedule=schedule(
                settings.fal_poll_initial_seconds, settings.fal_poll_max_seconds, callback
            ),
        )
        self._clock = clock
        self._model = settings.fal_model.strip("/")
        self._inputs = inputs_of(settings)
        self._callback = callback
        self._key = secret_text(settings.fal_key)
        deadline = {"X-Fal-Request-Timeout": str(round(settings.fal_timeout_seconds))}
        self._seen = SeenTaskIds()
        self.clients = ApiClients(
            base_url=settings.fal_api_url,
            headers={"Authorization": f"Key {self._key}"},
            secrets=(self._key,),
            submit_timeout=settings.fal_submit_timeout_seconds,
            max_bytes=MAX_ANSWER_BYTES,
            submit_headers=deadline,
        )
        self._platform = self.clients.other(settings.fal_platform_url)

    def signature(self, jwks_url: str) -> PublishedKeySignature:
        """Return what verifies fal's calls, with the keys at *jwks_url*; before it is opened."""
        keys = PublishedKeys(self.clients.other(jwks_url, keyed=False), clock=self._clock)
        names = {"prefix": "x-fal-webhook", "id_name": "request-id"}
        return PublishedKeySignature(keys, **names, clock=self._clock)

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation with one POST.  See `ImageProvider.submit`."""
        callback, params, proof = self._callback, dict[str, str](), ""
        if callback is not None:
            params = {"fal_webhook": callback.proving_url(order.request_id)}
            proof = callback.secret(order.request_id)
        message = self._inputs.message(order, seed=self._seed(order))
        answer = await self.clients.submit_http.send(
            "POST", f"/{self._model}", key_headers(order), json=message, params=params
        )
        secrets = (self._key, order.prompt, order.negative, proof, *reference_secrets(order))
        body = accepted_body(answer, now=self._clock.now(), secrets=secrets, judge=judge)
        return Ticket(self.name, self._seen.new(read_ticket(body, model=self._model)))

    async def find(self, order: Order) -> Ticket | None:
        """Look for the request of *order* among those that have ended, the latest first."""
        cursor = ""
        for _ in range(PAGES):
            page = await self._page(cursor)
            for request in list_of(page, "items"):
                reference = read_callback(request, model=self._model)
                if reference is not None and self._is_of(order, request):
                    return Ticket(self.name, reference)
            cursor = text_of(page, "next_cursor")
            if not cursor or page.get("has_more") is False:
                return None
        return None

    async def _page(self, cursor: str) -> dict[str, Any]:
        """Return a page of the list; an address without one has an empty list."""
        since = (self._clock.now() - MEMORY).isoformat(timespec="seconds")
        params = {"endpoint_id": self._model, "limit": str(PAGE), "expand": "payloads"}
        params |= {"start": since} | ({"cursor": cursor} if cursor else {})
        answer = await self._platform.ask("GET", REQUESTS, params=params)
        if answer.status in UNLISTED:
            return {}
        body = json_object(answer)
        if answer.status != HTTPStatus.OK or body is None:
            raise trouble(answer, now=self._clock.now())
        return body

    def _is_of(self, order: Order, request: object) -> bool:
        """Return whether a listed request has the order's own seed, with the same prompt."""
        given, seed = object_of(request, "json_input"), self._inputs.seed
        known = given.get(seed), given.get(self._inputs.prompt)
        return bool(seed) and known == (self._seed(order), self._inputs.prompt_of(order))

    def _seed(self, order: Order) -> int:
        return keyed_seed(order, self._key) & SIGNED_MASK

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask for the state of a generation, and for the result once it is over.

        See `ImageProvider.poll`.
        """
        answer = await self.clients.query_http.ask("GET", f"/{ticket.reference}/status")
        if answer.status not in {HTTPStatus.OK, HTTPStatus.ACCEPTED}:
            raise trouble(answer, now=self._clock.now())
        if not read_status(json_object(answer), reference=ticket.reference):
            return Pending()
        return self._result(await self.clients.query_http.ask("GET", f"/{ticket.reference}"))

    def _result(self, answer: Answer) -> Picture:
        body = json_object(answer)
        if body is not None and is_failure(answer.status, answer.headers, body):
            raise failed_request(body, status=answer.status)
        if answer.status != HTTPStatus.OK:
            raise trouble(answer, now=self._clock.now())
        return read_result(body)

    async def cancel(self, ticket: Ticket) -> None:
        """Cancel a request, which fal does only until it is begun; a refusal is no error."""
        answer = await self.clients.query_http.ask("PUT", f"/{ticket.reference}/cancel")
        if not is_success(answer) and answer.status not in REFUSALS:
            raise trouble(answer, now=self._clock.now())

    async def check(self) -> None:
        """Ask about a request that does not exist, which is free.  See `CheckedProvider.check`."""
        require_header_value(self._key, setting=CHECK.key)
        path = f"/{reference_of(self._model, NO_SUCH_REQUEST)}/status"
        await CHECK.ask(self.clients.query_http, "GET", path)


def inputs_of(settings: FalSettings) -> Inputs:
    """Return the names of the model's inputs."""
    return Inputs(
        prompt=settings.fal_prompt_field,
        negative=settings.fal_negative_field,
        aspect_ratio=settings.fal_aspect_ratio_field,
        seed=settings.fal_seed_field,
        reference=settings.fal_reference_field,
        defaults=json.loads(settings.fal_input),
    )

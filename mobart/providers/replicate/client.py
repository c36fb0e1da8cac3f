"""Replicate's API: one POST buys a prediction, a GET polls it.

It has no idempotency key, but lists what was bought within its memory of about an hour, so a submit
whose answer is lost can be looked up (`Lookup.PARTIAL`: the list may lag behind).  The addresses in
its answers are never asked: the token goes to the configured host only.
"""

import json
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.errors import Code
from mobart.core.orders import Order
from mobart.core.ports import Clock
from mobart.core.setting_types import secret_text
from mobart.providers.api_clients import ApiClients, ApiProvider
from mobart.providers.callback import CallbackAddress
from mobart.providers.checks import Check, is_ok_json, require_header_value
from mobart.providers.inputs import Inputs, reference_secrets
from mobart.providers.outcomes import REFUSALS, accepted_body, is_success, json_object, trouble
from mobart.providers.repeatable import key_headers
from mobart.providers.replicate.messages import (
    Model,
    Writer,
    cursor_in,
    is_older,
    judge,
    predictions_in,
    read_callback,
    read_prediction,
    read_ticket,
)
from mobart.providers.replicate.settings import ReplicateSettings
from mobart.providers.seen_task_ids import SeenTaskIds
from mobart.providers.sentences import NO_MODEL
from mobart.providers.spec import schedule

MEMORY = timedelta(hours=2)
"""How far back the list is read: what is older has lost its input, and cannot be recognised."""
PAGES = 10
"""Most pages of the list, of a hundred predictions each."""
SHORTEST_DEADLINE = 5
"""Seconds, the least that the API takes."""
MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""An output may be the picture itself, as a data URI."""
CHECK = Check(
    key="REPLICATE_API_TOKEN",
    address="REPLICATE_API_URL",
    fits=is_ok_json,
    refusals={
        HTTPStatus.NOT_FOUND: (
            Code.PROVIDER_UNAVAILABLE,
            NO_MODEL,
            "there is no such model, or not for this account: see REPLICATE_MODEL",
        )
    },
)


class Replicate(ApiProvider):
    """An `ImageProvider`; open its `clients` first."""

    name = "replicate"

    def __init__(
        self, settings: ReplicateSettings, *, clock: Clock, callback: CallbackAddress | None = None
    ) -> None:
        """Connect to nothing yet.  The API itself ends what is not finished in the timeout."""
        self.capabilities = Capabilities(
            lookup=Lookup.PARTIAL,
            cancels=True,
            progress=True,
            references=bool(settings.replicate_reference_field),
            calls_back=callback is not None,
            submit_timeout=settings.replicate_submit_timeout_seconds,
            generation_timeout=settings.replicate_timeout_seconds,
            schedule=schedule(
                settings.replicate_poll_initial_seconds,
                settings.replicate_poll_max_seconds,
                callback,
            ),
        )
        self._clock = clock
        self._callback = callback
        self._key = secret_text(settings.replicate_api_token)
        self._writer = Writer(
            key=self._key,
            model=settings.replicate_model,
            inputs=inputs_of(settings),
            callback=callback,
        )
        deadline = f"{max(SHORTEST_DEADLINE, round(settings.replicate_timeout_seconds))}s"
        self._seen = SeenTaskIds()
        self.clients = ApiClients(
            base_url=settings.replicate_api_url,
            headers={"Authorization": f"Bearer {self._key}"},
            secrets=(self._key,),
            submit_timeout=settings.replicate_submit_timeout_seconds,
            max_bytes=MAX_ANSWER_BYTES,
            submit_headers={"Cancel-After": deadline},
        )

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation with one POST.  See `ImageProvider.submit`."""
        path, message = self._writer.prediction(order)
        answer = await self.clients.submit_http.post(path, message, headers=key_headers(order))
        proof = self._callback.secret(order.request_id) if self._callback else ""
        secrets = (self._key, order.prompt, order.negative, proof, *reference_secrets(order))
        body = accepted_body(answer, now=self._clock.now(), secrets=secrets, judge=judge)
        return Ticket(self.name, self._seen.new(read_ticket(body)))

    async def find(self, order: Order) -> Ticket | None:
        """Look for the prediction of *order* in the list, the latest first."""
        oldest, cursor = self._clock.now() - MEMORY, None
        for _ in range(PAGES):
            page = await self._page(cursor)
            predictions = predictions_in(page)
            for prediction in predictions:
                reference = read_callback(prediction)
                if reference is not None and self._writer.recognises(order, prediction):
                    return Ticket(self.name, reference)
            cursor = cursor_in(page)
            if cursor is None or any(is_older(one, oldest) for one in predictions):
                return None
        return None

    async def _page(self, cursor: str | None) -> dict[str, Any]:
        params = {} if cursor is None else {"cursor": cursor}
        answer = await self.clients.query_http.ask("GET", "/predictions", params=params)
        body = json_object(answer)
        if answer.status != HTTPStatus.OK or body is None:
            raise trouble(answer, now=self._clock.now())
        return body

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask for the state of a generation.  See `ImageProvider.poll`."""
        answer = await self.clients.query_http.ask("GET", f"/predictions/{ticket.reference}")
        if answer.status != HTTPStatus.OK:
            raise trouble(answer, now=self._clock.now())
        return read_prediction(json_object(answer), reference=ticket.reference)

    async def cancel(self, ticket: Ticket) -> None:
        """Cancel a generation; the time it ran until then is paid.  A refusal is no error."""
        answer = await self.clients.query_http.ask(
            "POST", f"/predictions/{ticket.reference}/cancel"
        )
        if not is_success(answer) and answer.status not in REFUSALS:
            raise trouble(answer, now=self._clock.now())

    async def check(self) -> None:
        """Ask for the model's description, which is free.  See `CheckedProvider.check`."""
        require_header_value(self._key, setting=CHECK.key)
        description = Model.parse(self._writer.model).description
        await CHECK.ask(self.clients.query_http, "GET", description)


def inputs_of(settings: ReplicateSettings) -> Inputs:
    """Return the names of the model's inputs."""
    return Inputs(
        prompt=settings.replicate_prompt_field,
        negative=settings.replicate_negative_field,
        aspect_ratio=settings.replicate_aspect_ratio_field,
        seed=settings.replicate_seed_field,
        reference=settings.replicate_reference_field,
        defaults=json.loads(settings.replicate_input),
    )

"""Replicate's API: one POST buys a prediction, a GET polls it.

It has no idempotency key, but lists what was bought within its memory of about an hour, so a submit
whose answer is lost can be looked up (`Lookup.PARTIAL`: the list may lag behind).  The addresses in
its answers are never asked: the token goes to the configured host only.
"""

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus

from pydantic import BaseModel

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.orders import Order
from mobart.core.setting_types import group_of, secret_text
from mobart.providers.api_provider import WITH_PICTURE, TaskProvider
from mobart.providers.checks import Check, is_ok_json, no_model
from mobart.providers.inputs import inputs_of
from mobart.providers.other_shapes import object_with
from mobart.providers.replicate.messages import (
    Model,
    Writer,
    cursor_in,
    is_older,
    judge,
    predictions_in,
    read_callback,
    read_prediction,
)
from mobart.providers.replicate.settings import ReplicateSettings
from mobart.providers.signatures import StandardSignature
from mobart.providers.spec import BuildContext, BuiltProvider, polled, polling

MEMORY = timedelta(hours=2)
"""How far back the list is read: what is older has lost its input, and cannot be recognised."""
PAGES = 10
"""Most pages of the list, of a hundred predictions each."""
SHORTEST_DEADLINE = 5
"""Seconds, the least that the API takes."""


class Replicate(TaskProvider):
    """An `ImageProvider`."""

    name = "replicate"
    check_at_start = Check(
        key="REPLICATE_API_TOKEN",
        address="REPLICATE_API_URL",
        fits=is_ok_json,
        refusals={
            HTTPStatus.NOT_FOUND: no_model(
                "there is no such model, or not for this account: see REPLICATE_MODEL"
            )
        },
    )

    def __init__(self, context: BuildContext) -> None:
        """See `ApiProvider`; the API itself ends what is not finished in the timeout."""
        settings = context.group(ReplicateSettings)
        key = secret_text(settings.replicate_api_token)
        callback = context.callback(self.name, settings.replicate_api_token)
        deadline = f"{max(SHORTEST_DEADLINE, round(settings.replicate_timeout_seconds))}s"
        super().__init__(
            Capabilities(
                lookup=Lookup.PARTIAL,
                cancels=True,
                progress=True,
                references=bool(settings.replicate_reference_field),
                **polling(settings, "replicate", callback),
            ),
            clock=context.clock,
            base_url=settings.replicate_api_url,
            key=key,
            headers={"Authorization": f"Bearer {key}"},
            submit_headers={"Cancel-After": deadline},
            max_bytes=WITH_PICTURE,
            callback=callback,
        )
        inputs = inputs_of(settings, "replicate", key)
        self._writer = Writer(settings.replicate_model, inputs, callback)

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation with one POST.  See `ImageProvider.submit`."""
        path, message = self._writer.prediction(order)
        answer = await self._buy(order, path, json=message)
        return self._ticket(read_callback(self._accepted(answer, order, judge)))

    async def find(self, order: Order) -> Ticket | None:
        """Look for the prediction of *order* in the list, the latest first."""
        oldest, params = self._clock.now() - MEMORY, dict[str, str]()
        for _ in range(PAGES):
            page = self._page(
                await self.clients.query_http.ask("GET", "/predictions", params=params)
            )
            predictions = predictions_in(page)
            for prediction in predictions:
                reference = read_callback(prediction)
                if reference is not None and self._writer.recognises(order, prediction):
                    return Ticket(self.name, reference)
            cursor = cursor_in(page)
            if cursor is None or any(is_older(one, oldest) for one in predictions):
                return None
            params = {"cursor": cursor}
        return None

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask for the state of a generation.  See `ImageProvider.poll`."""
        answer = await self._ask(f"/predictions/{ticket.reference}")
        task = object_with(answer, "id", of=ticket.reference)
        return read_prediction(task, reference=ticket.reference)

    async def cancel(self, ticket: Ticket) -> None:
        """Cancel a generation; the time it ran until then is paid."""
        await self._call_off("POST", f"/predictions/{ticket.reference}/cancel")

    async def check(self) -> None:
        """Ask for the model's description, which is free.  See `CheckedProvider.check`."""
        await self._check("GET", Model.parse(self._writer.model).description)


def build(context: BuildContext) -> BuiltProvider:
    """Build the client; its calls are signed if there is a secret to verify them by."""
    signature = _signature(context.group(ReplicateSettings))
    return polled(Replicate(context), read_callback, signature.verifies if signature else None)


def problems(settings: BaseModel) -> Sequence[str]:
    """Return what is wrong with the signing secret of its webhooks."""
    try:
        _signature(group_of(settings, ReplicateSettings))
    except ValueError as error:
        return [f"REPLICATE_WEBHOOK_SECRET: {error}"]
    return []


def _signature(settings: ReplicateSettings) -> StandardSignature | None:
    secret = secret_text(settings.replicate_webhook_secret)
    return StandardSignature(secret) if secret else None

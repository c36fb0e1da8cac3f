"""Ideogram's API v2: one POST buys a generation, a GET polls it.

It has no idempotency key and no list, so a submit whose answer was lost turns up only where Ideogram
can call back.  What is refused was not run and is not billed; a picture that is held back is.
"""

from http import HTTPStatus

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.errors import Code, Rejected
from mobart.core.orders import Order
from mobart.core.setting_types import secret_text
from mobart.providers.api_provider import TaskProvider
from mobart.providers.checks import Check, is_ok_json, no_credit, no_model
from mobart.providers.forms import form_with
from mobart.providers.ideogram.messages import (
    generation,
    judge,
    read_callback,
    read_generation,
    read_picture,
    unsafe_prompt,
)
from mobart.providers.ideogram.settings import IdeogramSettings
from mobart.providers.other_shapes import object_with
from mobart.providers.outcomes import json_object
from mobart.providers.published_keys import PublishedKeySignature
from mobart.providers.sentences import UNFIT
from mobart.providers.spec import BuildContext, BuiltProvider, polling

JWKS = "/v1/.well-known/jwks.json"
SAMPLE = "a cube"
"""The prompt of the free question for a price."""


class Ideogram(TaskProvider):
    """An `ImageProvider`."""

    name = "ideogram"
    check_at_start = Check(
        key="IDEOGRAM_API_KEY",
        address="IDEOGRAM_API_URL",
        fits=is_ok_json,
        refusals={
            HTTPStatus.PAYMENT_REQUIRED: no_credit(
                "no credit is left in the account of IDEOGRAM_API_KEY, or its limit of the day is reached"
            ),
            **dict.fromkeys(
                (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
                no_model(
                    "there is no such model, or it is not sold in this size or quality: see IDEOGRAM_MODEL"
                ),
            ),
        },
    )

    def __init__(self, context: BuildContext) -> None:
        """See `ApiProvider`."""
        settings = context.group(IdeogramSettings)
        key = secret_text(settings.ideogram_api_key)
        callback = context.callback(self.name, settings.ideogram_api_key)
        super().__init__(
            Capabilities(
                lookup=Lookup.NONE if callback is None else Lookup.PARTIAL,
                references=True,
                **polling(settings, "ideogram", callback),
            ),
            clock=context.clock,
            base_url=settings.ideogram_api_url,
            key=key,
            headers={"Api-Key": key},
            callback=callback,
        )
        self._defaults = {
            "model": settings.ideogram_model,
            "transparent_model": settings.ideogram_transparent_model,
            "size": settings.ideogram_size,
            "quality": settings.ideogram_quality,
            "magic_prompt": settings.ideogram_magic_prompt,
        }

    async def submit(self, order: Order) -> Ticket | Picture:
        """Buy one generation with one POST.  See `TaskSource.submit`."""
        model, message = generation(order, self._defaults)
        if self.callback is not None:
            message["webhook_url"] = self.callback.proving_url(order.request_id)
        content: dict[str, object] = {"json": message}
        if order.reference is not None:
            content = {"data": form_with(message, order.reference, "images")}
        answer = await self._buy(order, path_of(model), **content)
        if (blocked := unsafe_prompt(answer)) is not None:
            raise blocked
        body = self._accepted(answer, order, judge)
        return self._bought_in(body, read_callback(body), read_picture)

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask for the state of a generation.  See `ImageProvider.poll`."""
        answer = await self._ask(f"/v2/generations/{ticket.reference}")
        task = object_with(answer, "generation_id", of=ticket.reference)
        return read_generation(task, reference=ticket.reference)

    async def check(self) -> None:
        """Ask for the price of a picture, which is free.  See `CheckedProvider.check`.

        Raises Rejected also where the question was taken for an order: it may have cost money.
        """
        model, message = generation(Order("", "", SAMPLE), self._defaults)
        answer = await self._check("POST", path_of(model), params={"dry_run": "true"}, json=message)
        if read_callback(json_object(answer)) is not None:
            detail = "what answers at IDEOGRAM_API_URL sells pictures where only the price is asked"
            raise Rejected(Code.PROVIDER_UNAVAILABLE, UNFIT, detail=detail)


def path_of(model: str) -> str:
    """Return the path where generations of a model are bought."""
    return f"/v2/image/generate/{model}"


def build(context: BuildContext) -> BuiltProvider:
    """Build the client; its calls are signed with keys that are published."""
    client = Ideogram(context)
    keys = client.clients.other(client.clients.base_url + JWKS, keyed=False)
    names = {"prefix": "x-ideogram-webhook", "id_name": "generation-id"}
    signature = PublishedKeySignature(keys, **names, clock=context.clock)
    return context.polled(client, read_callback, signature.verifies)

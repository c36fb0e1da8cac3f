"""Ideogram's API v2: one POST buys a generation, a GET polls it.

It has no idempotency key and no list, so a submit whose answer was lost turns up only where Ideogram
can call back.  What is refused was not run and is not billed; a picture that is held back is.
"""

from http import HTTPStatus

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.errors import Code, Rejected
from mobart.core.orders import Order
from mobart.core.ports import Clock
from mobart.core.setting_types import secret_text
from mobart.providers.api_clients import ApiClients, ApiProvider
from mobart.providers.callback import CallbackAddress
from mobart.providers.checks import Check, is_ok_json, require_header_value
from mobart.providers.forms import form_with
from mobart.providers.ideogram.messages import (
    generation,
    judge,
    read_callback,
    read_generation,
    read_ticket,
    unsafe_prompt,
)
from mobart.providers.ideogram.settings import IdeogramSettings
from mobart.providers.outcomes import accepted_body, json_object, trouble
from mobart.providers.published_keys import PublishedKeys, PublishedKeySignature
from mobart.providers.repeatable import key_headers
from mobart.providers.seen_task_ids import SeenTaskIds
from mobart.providers.sentences import NO_CREDIT, NO_MODEL, UNFIT
from mobart.providers.spec import schedule

JWKS = "/v1/.well-known/jwks.json"
CHECK = Check(
    key="IDEOGRAM_API_KEY",
    address="IDEOGRAM_API_URL",
    fits=is_ok_json,
    refusals={
        HTTPStatus.PAYMENT_REQUIRED: (
            Code.PROVIDER_CREDIT,
            NO_CREDIT,
            "no credit is left in the account of IDEOGRAM_API_KEY, or its limit of the day is reached",
        ),
        **dict.fromkeys(
            (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
            (
                Code.PROVIDER_UNAVAILABLE,
                NO_MODEL,
                "there is no such model, or it is not sold in this size or quality: see IDEOGRAM_MODEL",
            ),
        ),
    },
)
SAMPLE = "a cube"
"""The prompt of the free question for a price."""


class Ideogram(ApiProvider):
    """An `ImageProvider`; open its `clients` first."""

    name = "ideogram"

    def __init__(
        self, settings: IdeogramSettings, *, clock: Clock, callback: CallbackAddress | None = None
    ) -> None:
        """Connect to nothing yet."""
        self.capabilities = Capabilities(
            lookup=Lookup.NONE if callback is None else Lookup.PARTIAL,
            references=True,
            calls_back=callback is not None,
            submit_timeout=settings.ideogram_submit_timeout_seconds,
            generation_timeout=settings.ideogram_timeout_seconds,
            schedule=schedule(
                settings.ideogram_poll_initial_seconds, settings.ideogram_poll_max_seconds, callback
            ),
        )
        self._clock = clock
        self._callback = callback
        self._key = secret_text(settings.ideogram_api_key)
        self._defaults = {
            "model": settings.ideogram_model,
            "transparent_model": settings.ideogram_transparent_model,
            "size": settings.ideogram_size,
            "quality": settings.ideogram_quality,
            "magic_prompt": settings.ideogram_magic_prompt,
        }
        self._seen = SeenTaskIds()
        self.clients = ApiClients(
            base_url=settings.ideogram_api_url,
            headers={"Api-Key": self._key},
            secrets=(self._key,),
            submit_timeout=settings.ideogram_submit_timeout_seconds,
        )

    def signature(self) -> PublishedKeySignature:
        """Return what verifies Ideogram's calls; before the clients are opened."""
        client = self.clients.other(self.clients.base_url + JWKS, keyed=False)
        keys = PublishedKeys(client, clock=self._clock)
        names = {"prefix": "x-ideogram-webhook", "id_name": "generation-id"}
        return PublishedKeySignature(keys, **names, clock=self._clock)

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation with one POST.  See `ImageProvider.submit`."""
        model, message = generation(order, self._defaults)
        proof = ""
        if self._callback is not None:
            message["webhook_url"] = self._callback.proving_url(order.request_id)
            proof = self._callback.secret(order.request_id)
        content: dict[str, object] = {"json": message}
        if order.reference is not None:
            content = {"data": form_with(message, order.reference, "images")}
        answer = await self.clients.submit_http.send(
            "POST", path_of(model), key_headers(order), **content
        )
        if (blocked := unsafe_prompt(answer)) is not None:
            raise blocked
        secrets = (self._key, order.prompt, order.negative, proof)
        body = accepted_body(answer, now=self._clock.now(), secrets=secrets, judge=judge)
        return Ticket(self.name, self._seen.new(read_ticket(body)))

    async def find(self, order: Order) -> Ticket | None:  # noqa: ARG002 - the port's
        """Return None: there is no list; a generation that calls back is adopted from its callback."""
        return None

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask for the state of a generation.  See `ImageProvider.poll`."""
        answer = await self.clients.query_http.ask("GET", f"/v2/generations/{ticket.reference}")
        if answer.status != HTTPStatus.OK:
            raise trouble(answer, now=self._clock.now())
        return read_generation(json_object(answer), reference=ticket.reference)

    async def cancel(self, ticket: Ticket) -> None:
        """Do nothing: no way to call a generation off is known."""

    async def check(self) -> None:
        """Ask for the price of a picture, which is free.  See `CheckedProvider.check`.

        Raises Rejected also where the question was taken for an order: it may have cost money.
        """
        require_header_value(self._key, setting=CHECK.key)
        model, message = generation(Order("", "", SAMPLE), self._defaults)
        answer = await CHECK.ask(
            *(self.clients.query_http, "POST", path_of(model)),
            params={"dry_run": "true"},
            json=message,
        )
        if read_callback(json_object(answer)) is not None:
            detail = "what answers at IDEOGRAM_API_URL sells pictures where only the price is asked"
            raise Rejected(Code.PROVIDER_UNAVAILABLE, UNFIT, detail=detail)


def path_of(model: str) -> str:
    """Return the path where generations of a model are bought."""
    return f"/v2/image/generate/{model}"

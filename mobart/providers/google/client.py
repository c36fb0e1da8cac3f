"""Google's image models: one long `generateContent`, answered with the picture itself.

It keeps nothing, has no idempotency key, and cannot be asked about a request whose answer was lost.
"""

from http import HTTPStatus

from mobart.core.capabilities import Capabilities
from mobart.core.errors import Code, Rejected
from mobart.core.orders import Order
from mobart.core.policy import PollSchedule
from mobart.core.ports import Clock
from mobart.core.setting_types import secret_text
from mobart.providers.api_clients import ApiClients, ApiProvider
from mobart.providers.checks import Check, is_ok_json, require_header_value
from mobart.providers.fields import list_of
from mobart.providers.google.messages import generation, judge, overload, read_picture
from mobart.providers.google.settings import GoogleSettings
from mobart.providers.outcomes import accepted_body, json_object
from mobart.providers.repeatable import key_headers
from mobart.providers.sentences import NO_ACCESS, NO_MODEL

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""The picture in base64, which takes a third more, with drafts before it."""
METHOD = "generateContent"


class Google(ApiProvider):
    """An `ImmediateProvider`; open its `clients` first."""

    name = "google"

    def __init__(self, settings: GoogleSettings, *, clock: Clock) -> None:
        """Connect to nothing yet."""
        timeout = settings.google_timeout_seconds
        self.capabilities = Capabilities(
            references=True,
            submit_timeout=timeout,
            generation_timeout=timeout,
            schedule=PollSchedule(initial=0.0),
        )
        self._clock = clock
        self._key = secret_text(settings.google_api_key)
        self._defaults = {
            "model": settings.google_image_model,
            "aspect_ratio": settings.google_aspect_ratio,
            "image_size": settings.google_image_size,
        }
        self.clients = ApiClients(
            base_url=settings.google_api_url,
            headers={"x-goog-api-key": self._key},
            secrets=(self._key,),
            submit_timeout=timeout,
            max_bytes=MAX_ANSWER_BYTES,
        )

    async def generate(self, order: Order) -> bytes:
        """Buy one picture with one POST.  See `ImmediateProvider.generate`."""
        model, message = generation(order, self._defaults)
        answer = await self.clients.submit_http.post(
            f"/v1beta/models/{model}:{METHOD}", message, headers=key_headers(order)
        )
        if (busy := overload(answer)) is not None:
            raise busy
        secrets, now = (self._key, order.prompt, order.negative), self._clock.now()
        return read_picture(accepted_body(answer, now=now, secrets=secrets, judge=judge))

    async def check(self) -> None:
        """Ask for the model's description, which is free.  See `CheckedProvider.check`."""
        require_header_value(self._key, setting=CHECK.key)
        model = self._defaults["model"]
        answer = await CHECK.ask(self.clients.query_http, "GET", f"/v1beta/models/{model}")
        methods = list_of(json_object(answer), "supportedGenerationMethods")
        if methods and METHOD not in methods:
            detail = f"GOOGLE_IMAGE_MODEL: {model} cannot be asked by {METHOD}"
            raise Rejected(Code.PROVIDER_UNAVAILABLE, NO_MODEL, detail=detail)


CHECK = Check(
    key="GOOGLE_API_KEY",
    address="GOOGLE_API_URL",
    fits=is_ok_json,
    refusals={
        HTTPStatus.BAD_REQUEST: (
            Code.PROVIDER_AUTH,
            NO_ACCESS,
            "GOOGLE_API_KEY is not valid, or its account may not use the API where this runs",
        ),
        HTTPStatus.NOT_FOUND: (
            Code.PROVIDER_UNAVAILABLE,
            NO_MODEL,
            "there is no such model (any more): see GOOGLE_IMAGE_MODEL",
        ),
    },
)

"""OpenAI's Images API: one long request, answered with the picture itself.

It keeps nothing, and cannot be asked about a request whose answer was lost.  OpenAI itself has no
idempotency key; gateways that speak its API may have one, so it is sent.
"""

from http import HTTPStatus

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Picture
from mobart.core.errors import Code
from mobart.core.orders import Order
from mobart.core.policy import PollSchedule
from mobart.core.ports import Clock
from mobart.core.setting_types import secret_text
from mobart.providers.api_clients import ApiClients, ApiProvider
from mobart.providers.checks import Check, Refusals, is_ok_json, require_header_value
from mobart.providers.forms import form_with
from mobart.providers.openai.messages import generation, judge, read_picture
from mobart.providers.openai.settings import OpenAISettings
from mobart.providers.outcomes import accepted_body
from mobart.providers.repeatable import key_headers
from mobart.providers.sentences import NO_MODEL

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""The picture in base64, which takes a third more."""
GENERATIONS, EDITS = "/images/generations", "/images/edits"
VENDOR = "https://api.openai.com/"
NO_RETRIES = {"x-litellm-num-retries": "0"}
"""Asks LiteLLM's proxy not to send a paid request again by itself; others ignore it."""
CHECK = Check(key="OPENAI_API_KEY", address="OPENAI_BASE_URL", fits=is_ok_json)


class OpenAI(ApiProvider):
    """An `ImmediateProvider`; open its `clients` first."""

    name = "openai"

    def __init__(self, settings: OpenAISettings, *, clock: Clock) -> None:
        """Connect to nothing yet."""
        timeout = settings.openai_timeout_seconds
        self.capabilities = Capabilities(
            references=True,
            submit_timeout=timeout,
            generation_timeout=timeout,
            schedule=PollSchedule(initial=0.0),
        )
        self._clock = clock
        self._key = secret_text(settings.openai_api_key)
        self._defaults = {
            "model": settings.openai_image_model,
            "size": settings.openai_image_size,
            "quality": settings.openai_image_quality,
            "background": settings.openai_image_background,
        }
        self.clients = ApiClients(
            base_url=settings.openai_base_url,
            headers={"Authorization": f"Bearer {self._key}"},
            secrets=(self._key,),
            submit_timeout=timeout,
            max_bytes=MAX_ANSWER_BYTES,
            submit_headers={} if is_vendors(settings.openai_base_url) else NO_RETRIES,
        )

    async def generate(self, order: Order) -> bytes | Picture:
        """Buy one picture with one POST.  See `ImmediateProvider.generate`."""
        secrets = (self._key, order.prompt)
        path, message = GENERATIONS, generation(order, self._defaults)
        content: dict[str, object] = {"json": message}
        if order.reference is not None:
            path, content = EDITS, {"data": form_with(message, order.reference, "image")}
        answer = await self.clients.submit_http.send("POST", path, key_headers(order), **content)
        now = self._clock.now()
        return read_picture(accepted_body(answer, now=now, secrets=secrets, judge=judge))

    async def check(self) -> None:
        """Ask for the model's description, which is free.  See `CheckedProvider.check`."""
        require_header_value(self._key, setting=CHECK.key)
        model = self._defaults["model"]
        check = check_of(self.clients.base_url, model)
        await check.ask(self.clients.query_http, "GET", f"/models/{model}")


def is_vendors(base_url: str) -> bool:
    """Return whether an address is OpenAI's own."""
    return f"{base_url}/".startswith(VENDOR)


def check_of(base_url: str, model: str) -> Check:
    """Return the check of an address.

    That the model does not exist is believed of OpenAI only: many servers that speak this API
    generate pictures without describing their models.
    """
    words = f"there is no model {model} (any more): see OPENAI_IMAGE_MODEL"
    missing: Refusals = {HTTPStatus.NOT_FOUND: (Code.PROVIDER_UNAVAILABLE, NO_MODEL, words)}
    return CHECK.refusing(missing) if is_vendors(base_url) else CHECK

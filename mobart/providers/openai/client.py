"""OpenAI's Images API: one long request, answered with the picture itself.

It keeps nothing, and cannot be asked about a request whose answer was lost.  OpenAI itself has no
idempotency key; gateways that speak its API may have one, so it is sent.
"""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus

from pydantic import BaseModel

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Picture
from mobart.core.orders import Order
from mobart.core.setting_types import group_of, secret_text
from mobart.providers.api_provider import WITH_PICTURE, ApiProvider
from mobart.providers.checks import Check, Refusals, is_ok_json, no_model
from mobart.providers.forms import form_with
from mobart.providers.openai.messages import generation, judge, read_picture
from mobart.providers.openai.settings import OpenAISettings
from mobart.providers.spec import BuildContext, BuiltProvider, immediately

GENERATIONS, EDITS = "/images/generations", "/images/edits"
VENDOR = "https://api.openai.com/"
NO_RETRIES = {"x-litellm-num-retries": "0"}
"""Asks LiteLLM's proxy not to send a paid request again by itself; others ignore it."""
GATEWAY = (
    "OPENAI_BASE_URL is not OpenAI's own: if what answers there repeats failed requests by itself,"
    " as LiteLLM's proxy does, one order can be paid several times; see docs/providers.md"
)
CHECK = Check(key="OPENAI_API_KEY", address="OPENAI_BASE_URL", fits=is_ok_json)


class OpenAI(ApiProvider):
    """An `ImmediateProvider`."""

    name = "openai"

    def __init__(self, context: BuildContext) -> None:
        """See `ApiProvider`."""
        settings = context.group(OpenAISettings)
        url, key = settings.openai_base_url, secret_text(settings.openai_api_key)
        super().__init__(
            Capabilities(references=True, **immediately(settings.openai_timeout_seconds)),
            clock=context.clock,
            base_url=url,
            key=key,
            headers={"Authorization": f"Bearer {key}"},
            submit_headers={} if is_vendors(url) else NO_RETRIES,
            max_bytes=WITH_PICTURE,
        )
        self._defaults = {
            "model": settings.openai_image_model,
            "size": settings.openai_image_size,
            "quality": settings.openai_image_quality,
            "background": settings.openai_image_background,
        }
        self.check_at_start = check_of(self.clients.base_url, settings.openai_image_model)

    async def generate(self, order: Order) -> bytes | Picture:
        """Buy one picture with one POST.  See `ImmediateProvider.generate`."""
        path, message = GENERATIONS, generation(order, self._defaults)
        content: dict[str, object] = {"json": message}
        if order.reference is not None:
            path, content = EDITS, {"data": form_with(message, order.reference, "image")}
        answer = await self._buy(order, path, **content)
        return self._picture_in(answer, order, read_picture, judge)

    async def check(self) -> None:
        """Ask for the model's description, which is free.  See `CheckedProvider.check`."""
        await self._check("GET", f"/models/{self._defaults['model']}")


def is_vendors(base_url: str) -> bool:
    """Return whether an address is OpenAI's own."""
    return f"{base_url}/".startswith(VENDOR)


def check_of(base_url: str, model: str) -> Check:
    """Return the check of an address.

    That the model does not exist is believed of OpenAI only: many servers that speak this API
    generate pictures without describing their models.
    """
    words = f"there is no model {model} (any more): see OPENAI_IMAGE_MODEL"
    missing: Refusals = {HTTPStatus.NOT_FOUND: no_model(words)}
    return replace(CHECK, refusals=missing) if is_vendors(base_url) else CHECK


def build(context: BuildContext) -> BuiltProvider:
    """Build the client."""
    return context.stored(OpenAI(context))


def warnings(settings: BaseModel) -> Sequence[str]:
    """Return what the operator should know of a gateway."""
    url = group_of(settings, OpenAISettings).openai_base_url
    return () if is_vendors(url) else (GATEWAY,)

"""Google's image models: one long `generateContent`, answered with the picture itself.

It keeps nothing, has no idempotency key, and cannot be asked about a request whose answer was lost.
"""

from http import HTTPStatus

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Picture
from mobart.core.errors import Code, Rejected
from mobart.core.orders import Order
from mobart.core.setting_types import secret_text
from mobart.providers.api_provider import WITH_PICTURE, ApiProvider
from mobart.providers.checks import Check, is_ok_json, no_model
from mobart.providers.fields import list_of
from mobart.providers.google.messages import generation, judge, overload, read_picture
from mobart.providers.google.settings import GoogleSettings
from mobart.providers.outcomes import json_object
from mobart.providers.sentences import NO_ACCESS, NO_MODEL
from mobart.providers.spec import BuildContext, BuiltProvider, immediately

METHOD = "generateContent"


class Google(ApiProvider):
    """An `ImmediateProvider`."""

    name = "google"
    check_at_start = Check(
        key="GOOGLE_API_KEY",
        address="GOOGLE_API_URL",
        fits=is_ok_json,
        refusals={
            HTTPStatus.BAD_REQUEST: (
                Code.PROVIDER_AUTH,
                NO_ACCESS,
                "GOOGLE_API_KEY is not valid, or its account may not use the API where this runs",
            ),
            HTTPStatus.NOT_FOUND: no_model(
                "there is no such model (any more): see GOOGLE_IMAGE_MODEL"
            ),
        },
    )

    def __init__(self, context: BuildContext) -> None:
        """See `ApiProvider`."""
        settings = context.group(GoogleSettings)
        key = secret_text(settings.google_api_key)
        super().__init__(
            Capabilities(references=True, **immediately(settings.google_timeout_seconds)),
            clock=context.clock,
            base_url=settings.google_api_url,
            key=key,
            headers={"x-goog-api-key": key},
            max_bytes=WITH_PICTURE,
        )
        self._defaults = {
            "model": settings.google_image_model,
            "aspect_ratio": settings.google_aspect_ratio,
            "image_size": settings.google_image_size,
        }

    async def generate(self, order: Order) -> bytes | Picture:
        """Buy one picture with one POST.  See `ImmediateProvider.generate`."""
        model, message = generation(order, self._defaults)
        answer = await self._buy(order, f"/v1beta/models/{model}:{METHOD}", json=message)
        if (busy := overload(answer)) is not None:
            raise busy
        return self._picture_in(answer, order, read_picture, judge)

    async def check(self) -> None:
        """Ask for the model's description, which is free.  See `CheckedProvider.check`."""
        model = self._defaults["model"]
        answer = await self._check("GET", f"/v1beta/models/{model}")
        methods = list_of(json_object(answer), "supportedGenerationMethods")
        if methods and METHOD not in methods:
            detail = f"GOOGLE_IMAGE_MODEL: {model} cannot be asked by {METHOD}"
            raise Rejected(Code.PROVIDER_UNAVAILABLE, NO_MODEL, detail=detail)


def build(context: BuildContext) -> BuiltProvider:
    """Build the client."""
    return context.stored(Google(context))

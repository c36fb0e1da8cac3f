"""Stability AI's stable image API: one form out, the picture itself back.

It honours no idempotency key, keeps nothing, and cannot be asked about a request whose answer was lost.
The key is sent all the same, as by every client, for gateways that honour it.
"""

import aiohttp

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Picture
from mobart.core.errors import Code, Unavailable
from mobart.core.orders import Order
from mobart.core.picture_kinds import kind_of
from mobart.core.setting_types import secret_text
from mobart.providers.api_provider import WITH_PICTURE, ApiProvider
from mobart.providers.checks import Check, is_ok_json
from mobart.providers.http import Answer
from mobart.providers.outcomes import ensure_accepted, json_object
from mobart.providers.sentences import NO_CREDIT
from mobart.providers.spec import BuildContext, BuiltProvider, immediately
from mobart.providers.stability.messages import (
    generation,
    judge,
    read_balance,
    read_body,
    read_picture,
)
from mobart.providers.stability.settings import StabilitySettings


def _tells_balance(answer: Answer) -> bool:
    return is_ok_json(answer) and read_balance(json_object(answer) or {}) is not None


class Stability(ApiProvider):
    """An `ImmediateProvider`."""

    name = "stability"
    check_at_start = Check(
        key="STABILITY_API_KEY", address="STABILITY_API_URL", fits=_tells_balance
    )

    def __init__(self, context: BuildContext) -> None:
        """See `ApiProvider`."""
        settings = context.group(StabilitySettings)
        key = secret_text(settings.stability_api_key)
        super().__init__(
            Capabilities(**immediately(settings.stability_timeout_seconds)),
            clock=context.clock,
            base_url=settings.stability_api_url,
            key=key,
            headers={"Authorization": f"Bearer {key}"},
            submit_headers={"Accept": "image/*"},
            max_bytes=WITH_PICTURE,
        )
        self._defaults = {
            "model": settings.stability_model,
            "aspect_ratio": settings.stability_aspect_ratio,
        }
        if settings.stability_style_preset:
            self._defaults["style_preset"] = settings.stability_style_preset

    async def generate(self, order: Order) -> bytes | Picture:
        """Buy one picture with one POST.  See `ImmediateProvider.generate`."""
        address, fields = generation(order, self._defaults)
        form = aiohttp.FormData(fields, default_to_multipart=True)  # also without a file
        answer = await self._buy(order, f"/v2beta/stable-image/generate/{address}", data=form)
        secrets = self._secrets_of(order)
        ensure_accepted(answer, now=self._clock.now(), secrets=secrets, judge=judge)
        if kind_of(answer.body) or (answer.whole and json_object(answer) is None):
            return read_picture(answer.body, finish_reason=_header(answer, "finish-reason"))
        return self._picture_in(answer, order, read_body, judge)

    async def check(self) -> None:
        """Ask for the balance, which is free.  See `CheckedProvider.check`.

        Raises Unavailable also where no credit is left.
        """
        answer = await self._check("GET", "/v1/user/balance")
        if (read_balance(json_object(answer) or {}) or 0) <= 0:
            detail = "no credit is left in the account of STABILITY_API_KEY"
            raise Unavailable(Code.PROVIDER_CREDIT, NO_CREDIT, detail=detail)


def _header(answer: Answer, name: str) -> str | None:
    return next((value for key, value in answer.headers.items() if key.lower() == name), None)


def build(context: BuildContext) -> BuiltProvider:
    """Build the client."""
    return context.stored(Stability(context))

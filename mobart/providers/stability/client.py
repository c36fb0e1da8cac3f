"""Stability AI's stable image API: one form out, the picture itself back.

It honours no idempotency key, keeps nothing, and cannot be asked about a request whose answer was lost.
The key is sent all the same, as by every client, for gateways that honour it.
"""

import aiohttp

from mobart.core.capabilities import Capabilities
from mobart.core.errors import Code, InDoubt, Unavailable
from mobart.core.orders import Order
from mobart.core.policy import PollSchedule
from mobart.core.ports import Clock
from mobart.core.setting_types import secret_text
from mobart.providers.api_clients import ApiClients, ApiProvider
from mobart.providers.checks import Check, is_ok_json, require_header_value
from mobart.providers.http import Answer
from mobart.providers.outcomes import ensure_accepted, json_object
from mobart.providers.repeatable import key_headers
from mobart.providers.sentences import NO_CREDIT
from mobart.providers.stability.messages import generation, judge, read_balance, read_picture
from mobart.providers.stability.settings import StabilitySettings

MAX_ANSWER_BYTES = 64 * 1024 * 1024


class Stability(ApiProvider):
    """An `ImmediateProvider`; open its `clients` first."""

    name = "stability"

    def __init__(self, settings: StabilitySettings, *, clock: Clock) -> None:
        """Connect to nothing yet."""
        timeout = settings.stability_timeout_seconds
        self.capabilities = Capabilities(
            submit_timeout=timeout, generation_timeout=timeout, schedule=PollSchedule(initial=0.0)
        )
        self._clock = clock
        self._key = secret_text(settings.stability_api_key)
        self._defaults = {
            "model": settings.stability_model,
            "aspect_ratio": settings.stability_aspect_ratio,
        }
        if settings.stability_style_preset:
            self._defaults["style_preset"] = settings.stability_style_preset
        self.clients = ApiClients(
            base_url=settings.stability_api_url,
            headers={"Authorization": f"Bearer {self._key}"},
            secrets=(self._key,),
            submit_timeout=timeout,
            max_bytes=MAX_ANSWER_BYTES,
            submit_headers={"Accept": "image/*"},
        )

    async def generate(self, order: Order) -> bytes:
        """Buy one picture with one POST.  See `ImmediateProvider.generate`."""
        secrets = (self._key, order.prompt)
        address, fields = generation(order, self._defaults)
        form = aiohttp.FormData(fields, default_to_multipart=True)  # also without a file
        path = f"/v2beta/stable-image/generate/{address}"
        answer = await self.clients.submit_http.send("POST", path, key_headers(order), data=form)
        ensure_accepted(answer, now=self._clock.now(), secrets=secrets, judge=judge)
        if not answer.whole:
            raise InDoubt(f"HTTP {answer.status}, and only a part of the picture")
        finish_reason = _header(answer, "finish-reason")
        return read_picture(answer.body, finish_reason=finish_reason, body=json_object(answer))

    async def check(self) -> None:
        """Ask for the balance, which is free.  See `CheckedProvider.check`.

        Raises Unavailable also where no credit is left.
        """
        require_header_value(self._key, setting=CHECK.key)
        answer = await CHECK.ask(self.clients.query_http, "GET", "/v1/user/balance")
        if (read_balance(json_object(answer) or {}) or 0) <= 0:
            detail = "no credit is left in the account of STABILITY_API_KEY"
            raise Unavailable(Code.PROVIDER_CREDIT, NO_CREDIT, detail=detail)


def _tells_balance(answer: Answer) -> bool:
    return is_ok_json(answer) and read_balance(json_object(answer) or {}) is not None


CHECK = Check(key="STABILITY_API_KEY", address="STABILITY_API_URL", fits=_tells_balance)


def _header(answer: Answer, name: str) -> str | None:
    return next((value for key, value in answer.headers.items() if key.lower() == name), None)

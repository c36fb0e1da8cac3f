"""Stability AI's stable image API: one form out, the picture itself back.

It knows no idempotency key, keeps nothing and cannot be asked about a request whose answer was lost.
"""

import aiohttp

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Order
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.policy import PollSchedule
from mobart.core.ports import Clock
from mobart.providers.api_clients import ApiClients, prove_key
from mobart.providers.http import AWAY, Answer
from mobart.providers.outcomes import NO_ACCESS, NO_CREDIT, ensure_accepted, json_object
from mobart.providers.stability.messages import generation, judge, read_balance, read_picture

MAX_ANSWER_BYTES = 64 * 1024 * 1024
OK, UNAUTHORIZED, FORBIDDEN = 200, 401, 403


class Stability:
    """A `ImmediateProvider`; open its `clients` first."""

    name: str = "stability"

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        clock: Clock,
        model: str = "core",
        aspect_ratio: str = "1:1",
        style_preset: str | None = None,
        timeout: float = 120.0,
    ) -> None:
        """*base_url* is the address without a version; times are in seconds."""
        self.capabilities = Capabilities(
            submit_timeout=timeout, generation_timeout=timeout, schedule=PollSchedule(initial=0.0)
        )
        self._clock = clock
        self._key = api_key.strip()
        self._defaults = {"model": model, "aspect_ratio": aspect_ratio}
        if style_preset:
            self._defaults["style_preset"] = style_preset
        self.clients = ApiClients(
            base_url=base_url,
            headers={"Authorization": f"Bearer {self._key}"},
            secrets=(self._key,),
            submit_timeout=timeout,
            max_bytes=MAX_ANSWER_BYTES,
            buying={"Accept": "image/*"},
        )

    async def generate(self, order: Order) -> bytes:
        """Buy one picture with one POST.  See `ImmediateProvider.generate`."""
        secrets = (self._key, order.prompt)
        address, fields = generation(order, self._defaults)
        form = aiohttp.FormData(fields, default_to_multipart=True)  # also without a file
        path = f"/v2beta/stable-image/generate/{address}"
        answer = await self.clients.submit_http.send("POST", path, data=form)
        ensure_accepted(answer, now=self._clock.now(), secrets=secrets, judge=judge)
        if not answer.whole:
            raise InDoubt(f"HTTP {answer.status}, and only a part of the picture")
        finish_reason = _header(answer, "finish-reason")
        return read_picture(answer.body, finish_reason=finish_reason, body=json_object(answer))

    async def check(self) -> None:
        """Ask for the balance, which costs nothing.

        Raises:
            Rejected: the key is refused.
            Unavailable: nobody answers, nobody who speaks this API, or no credit is left.

        """
        prove_key(self._key, setting="STABILITY_API_KEY")
        answer = await self.clients.query_http.ask("GET", "/v1/user/balance")
        status, body = f"HTTP {answer.status}", json_object(answer)
        if answer.status == UNAUTHORIZED or (answer.status == FORBIDDEN and body is not None):
            detail = f"{status}: the API refuses the key in STABILITY_API_KEY"
            raise Rejected(Code.PROVIDER_AUTH, NO_ACCESS, detail=detail)
        balance = read_balance(body or {})
        if answer.status != OK or balance is None:
            detail = f"{status}: what answers at STABILITY_API_URL does not look like the API"
            raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, detail=detail)
        if balance <= 0:
            detail = "no credit is left in the account of STABILITY_API_KEY"
            raise Unavailable(Code.PROVIDER_CREDIT, NO_CREDIT, detail=detail)


def _header(answer: Answer, name: str) -> str | None:
    return next((value for key, value in answer.headers.items() if key.lower() == name), None)

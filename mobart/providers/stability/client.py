"""Stability AI's stable image API: one form out, the picture itself back.

It knows no idempotency key, keeps nothing and cannot be asked about a request whose answer was lost.
"""

from contextlib import AsyncExitStack
from typing import Self

import aiohttp

from mobart.capabilities import Capabilities
from mobart.domain import Order
from mobart.errors import Code, InDoubt, Rejected, Unavailable
from mobart.policy import PollSchedule
from mobart.ports import Clock
from mobart.providers.http import AWAY, Answer, ApiLine
from mobart.providers.outcomes import NO_ACCESS, NO_CREDIT, ensure_accepted, json_object
from mobart.providers.stability.messages import generation, judge, read_balance, read_picture

MAX_PICTURE_BYTES = 64 * 1024 * 1024
OK, UNAUTHORIZED, FORBIDDEN = 200, 401, 403


class Stability:
    """A `Painter`; open it with `async with`."""

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
        request_timeout: float = 20.0,
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
        self._till = self._line(base_url, accept="image/*", timeout=timeout, reuse=False)
        self._desk = self._line(
            base_url, accept="application/json", timeout=request_timeout, reuse=True
        )
        self._open = AsyncExitStack()

    def _line(self, base_url: str, *, accept: str, timeout: float, reuse: bool) -> ApiLine:
        return ApiLine(
            base_url=base_url,
            headers={"Authorization": f"Bearer {self._key}", "Accept": accept},
            secrets=(self._key,),
            timeout=timeout,
            reuse=reuse,
            max_bytes=MAX_PICTURE_BYTES,
        )

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._open.enter_async_context(self._till)
        await self._open.enter_async_context(self._desk)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self._open.aclose()

    async def paint(self, order: Order) -> bytes:
        """Buy one picture with one POST.  See `Painter.paint`."""
        secrets = (self._key, order.prompt)
        address, fields = generation(order, self._defaults)
        form = aiohttp.FormData(fields, default_to_multipart=True)  # also without a file
        path = f"/v2beta/stable-image/generate/{address}"
        answer = await self._till.send("POST", path, data=form)
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
        if not (self._key and self._key.isascii() and self._key.isprintable()):
            detail = "STABILITY_API_KEY is empty, or holds what no HTTP header may hold"
            raise Rejected(Code.PROVIDER_AUTH, NO_ACCESS, detail=detail)
        answer = await self._desk.ask("GET", "/v1/user/balance")
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

"""OpenAI's Images API: one long request, answered with the picture itself.

It knows no idempotency key, keeps nothing and cannot be asked about a request whose answer was lost.
"""

from contextlib import AsyncExitStack
from typing import Self

from mobart.capabilities import Capabilities
from mobart.domain import Order
from mobart.errors import Code, Rejected, Unavailable
from mobart.policy import PollSchedule
from mobart.ports import Clock
from mobart.providers.http import AWAY, ApiLine
from mobart.providers.openai.messages import NO_MODEL, generation, judge, read_picture
from mobart.providers.outcomes import NO_ACCESS, accepted_body, json_object

MAX_PICTURE_BYTES = 64 * 1024 * 1024
"""Of an answer; base64 takes a third more than the picture."""
OK, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 200, 401, 403, 404


class OpenAI:
    """A `Painter`; open it with `async with`."""

    name: str = "openai"

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        clock: Clock,
        model: str,
        size: str = "1024x1024",
        quality: str = "auto",
        background: str = "auto",
        timeout: float = 300.0,
        request_timeout: float = 20.0,
    ) -> None:
        """*base_url* is the address up to and with `/v1`; times are in seconds."""
        self.capabilities = Capabilities(
            submit_timeout=timeout, generation_timeout=timeout, schedule=PollSchedule(initial=0.0)
        )
        self._clock = clock
        self._key = api_key.strip()
        self._defaults = {
            "model": model,
            "size": size,
            "quality": quality,
            "background": background,
        }
        self._till = self._line(base_url, timeout=timeout, reuse=False)
        self._desk = self._line(base_url, timeout=request_timeout, reuse=True)
        self._open = AsyncExitStack()

    def _line(self, base_url: str, *, timeout: float, reuse: bool) -> ApiLine:
        return ApiLine(
            base_url=base_url,
            headers={"Authorization": f"Bearer {self._key}"},
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
        answer = await self._till.post("/images/generations", generation(order, self._defaults))
        now = self._clock.now()
        return read_picture(accepted_body(answer, now=now, secrets=secrets, judge=judge))

    async def check(self) -> None:
        """Ask for the model's description, which costs nothing.

        Raises:
            Rejected: the key is refused, or the model does not exist (any more).
            Unavailable: nobody answers, or nobody who speaks this API.

        """
        if not (self._key and self._key.isascii() and self._key.isprintable()):
            detail = "OPENAI_API_KEY is empty, or holds what no HTTP header may hold"
            raise Rejected(Code.PROVIDER_AUTH, NO_ACCESS, detail=detail)
        model = self._defaults["model"]
        answer = await self._desk.ask("GET", f"/models/{model}")
        status = f"HTTP {answer.status}"
        if answer.status in {UNAUTHORIZED, FORBIDDEN}:
            detail = f"{status}: the API refuses the key in OPENAI_API_KEY"
            raise Rejected(Code.PROVIDER_AUTH, NO_ACCESS, detail=detail)
        body = json_object(answer)
        if answer.status == NOT_FOUND and body and "error" in body:
            detail = f"{status}: there is no model {model} (any more): see OPENAI_IMAGE_MODEL"
            raise Rejected(Code.PROVIDER_UNAVAILABLE, NO_MODEL, detail=detail)
        if answer.status != OK or body is None:
            detail = f"{status}: what answers at OPENAI_BASE_URL does not look like the API"
            raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, detail=detail)

"""Midjourney through GoAPI's `mj/v2` API.

`POST /imagine` buys a generation and answers with a task id; `POST /fetch` tells how far it is.
The API knows no idempotency key and cannot list tasks, so a submit whose answer is lost cannot be
looked up (`Lookup.NONE`).  The result is a 2x2 grid, at an address that expires.
"""

from contextlib import AsyncExitStack
from typing import Self

from mobart.domain import GenerationRequest, Lookup, Pending, Picture, Ticket
from mobart.errors import Code, InDoubt, Rejected, Unavailable
from mobart.policy import retry_after
from mobart.ports import Clock
from mobart.providers.goapi_messages import imagine, read_task, read_ticket
from mobart.providers.http import AWAY, Answer, ApiLine
from mobart.providers.outcomes import NO_ACCESS, accepted_body, json_object, spoken
from mobart.providers.words import reason_in

OK = 200
NO_SUCH_TASK = "00000000-0000-0000-0000-000000000000"
POLL_TROUBLES = {
    401: Code.PROVIDER_AUTH,
    402: Code.PROVIDER_CREDIT,
    403: Code.PROVIDER_AUTH,
    429: Code.PROVIDER_RATE_LIMITED,
}


class Midjourney:
    """An `ImageProvider`; open it with `async with`."""

    name: str = "midjourney"
    lookup: Lookup = Lookup.NONE

    def __init__(
        self,
        *,
        api_url: str,
        api_key: str,
        clock: Clock,
        process_mode: str | None = None,
        aspect_ratio: str | None = None,
        tile: int = 1,
        submit_timeout: float = 30.0,
        request_timeout: float = 20.0,
    ) -> None:
        """*api_url* is the address up to and with `/mj/v2`.  Times are in seconds.

        *tile*, 1 to 4, matters only where the API gives the four tiles but no grid.
        """
        self.submit_timeout = submit_timeout
        self._clock = clock
        self._process_mode = process_mode
        self._aspect_ratio = aspect_ratio
        self._tile = tile
        self._key = api_key.strip()
        self._till = self._line(api_url, timeout=submit_timeout, reuse=False)
        self._desk = self._line(api_url, timeout=request_timeout, reuse=True)
        self._open = AsyncExitStack()

    def _line(self, api_url: str, *, timeout: float, reuse: bool) -> ApiLine:
        return ApiLine(
            base_url=api_url,
            headers={"X-API-KEY": self._key},
            secrets=(self._key,),
            timeout=timeout,
            reuse=reuse,
        )

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._open.enter_async_context(self._till)
        await self._open.enter_async_context(self._desk)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self._open.aclose()

    async def submit(self, request: GenerationRequest) -> Ticket:
        """Buy one generation with one POST.  See `ImageProvider.submit`."""
        secrets = (self._key, request.prompt)
        message = imagine(request, process_mode=self._process_mode, aspect_ratio=self._aspect_ratio)
        answer = await self._till.post("/imagine", message)
        body = accepted_body(answer, now=self._clock.now(), secrets=secrets)
        return Ticket(self.name, read_ticket(body, secrets=secrets))

    async def find(self, request: GenerationRequest) -> Ticket | None:  # noqa: ARG002 - the port's
        """Return None: this API cannot be asked."""
        return None

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask how far a generation is.  See `ImageProvider.poll`."""
        answer = await self._ask("/fetch", {"task_id": ticket.reference})
        self._refuse_trouble(answer)
        return read_task(json_object(answer), reference=ticket.reference, tile=self._tile)

    async def _ask(self, path: str, message: dict[str, object]) -> Answer:
        """Send a question, which is free to repeat."""
        try:
            return await self._desk.post(path, message)
        except InDoubt as doubt:
            raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, detail=str(doubt)) from None

    def _refuse_trouble(self, answer: Answer) -> None:
        """Raise Unavailable for anything but a 200: no HTTP status fails a paid job."""
        if answer.status == OK:
            return
        code = POLL_TROUBLES.get(answer.status, Code.PROVIDER_UNAVAILABLE)
        wait = retry_after(answer.headers, now=self._clock.now())
        raise Unavailable(code, AWAY, retry_after=wait, detail=f"poll: HTTP {answer.status}")

    async def check(self) -> None:
        """Ask about a task that does not exist, which costs nothing.

        Raises:
            Rejected: the key is refused.
            Unavailable: nobody answers, or nobody who speaks this API.

        """
        answer = await self._ask("/fetch", {"task_id": NO_SUCH_TASK})
        body = json_object(answer)
        reason = reason_in(spoken(body or {}))
        named = reason is not None and reason.code is Code.PROVIDER_AUTH
        if named or answer.status == 401 or (answer.status == 403 and body is not None):  # noqa: PLR2004
            detail = f"HTTP {answer.status}: the API refuses MIDJOURNEY_API_KEY"
            raise Rejected(Code.PROVIDER_AUTH, NO_ACCESS, detail=detail)
        if body is None:
            detail = f"HTTP {answer.status}: does not look like the API, see MIDJOURNEY_API_URL"
            raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, detail=detail)

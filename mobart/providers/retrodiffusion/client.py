"""Retro Diffusion's API: one POST buys a picture, a GET polls it.

A submit that is sent again with the same `Idempotency-Key` is answered with the first one's task, and
all requests are listed, so every doubt is resolved.  What fails is paid back by the vendor itself.
"""

from http import HTTPStatus

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.errors import Code, Unavailable
from mobart.core.orders import Order
from mobart.core.policy import PollSchedule
from mobart.core.ports import Clock
from mobart.core.setting_types import secret_text
from mobart.providers.api_clients import ApiClients, ApiProvider
from mobart.providers.checks import Check, is_ok_json, require_header_value
from mobart.providers.native_size import read_size
from mobart.providers.outcomes import accepted_body, json_object, trouble
from mobart.providers.repeatable import key_headers
from mobart.providers.retrodiffusion.messages import (
    generation,
    is_affordable,
    judge,
    price_check,
    read_cursor,
    read_requests,
    read_task,
    read_ticket,
    seed_of,
    takes_references,
)
from mobart.providers.retrodiffusion.settings import RetroDiffusionSettings
from mobart.providers.seen_task_ids import SeenTaskIds
from mobart.providers.sentences import NO_CREDIT, NO_MODEL, REFUSED

PAGE, PAGES = 100, 5
"""Requests on a page of the list, the latest first, and the most pages that are read."""
MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""A result holds the picture in base64."""
USUAL_SIZE = (128, 128)
SETTINGS = "RETRODIFFUSION_STYLE and RETRODIFFUSION_SIZE"
CHECK = Check(
    key="RETRODIFFUSION_API_KEY",
    address="RETRODIFFUSION_API_URL",
    fits=is_ok_json,
    refusals={
        HTTPStatus.BAD_REQUEST: (Code.PROVIDER_REJECTED, REFUSED, f"refused: see {SETTINGS}"),
        HTTPStatus.PAYMENT_REQUIRED: (
            Code.PROVIDER_CREDIT,
            NO_CREDIT,
            "no credit is left in the account of RETRODIFFUSION_API_KEY",
        ),
        HTTPStatus.NOT_FOUND: (
            Code.PROVIDER_UNAVAILABLE,
            NO_MODEL,
            "there is no such style: see RETRODIFFUSION_STYLE",
        ),
        HTTPStatus.UNPROCESSABLE_ENTITY: (
            Code.PROVIDER_REJECTED,
            REFUSED,
            f"refused: see {SETTINGS}",
        ),
    },
)


class RetroDiffusion(ApiProvider):
    """An `ImageProvider`; open its `clients` first."""

    name = "retrodiffusion"

    def __init__(self, settings: RetroDiffusionSettings, *, clock: Clock) -> None:
        """Connect to nothing yet."""
        self.capabilities = Capabilities(
            lookup=Lookup.PARTIAL,
            idempotent=True,
            pixel_art=True,
            references=takes_references(settings.retrodiffusion_style),
            submit_timeout=settings.retrodiffusion_submit_timeout_seconds,
            generation_timeout=settings.retrodiffusion_timeout_seconds,
            schedule=PollSchedule(
                settings.retrodiffusion_poll_initial_seconds,
                settings.retrodiffusion_poll_max_seconds,
            ),
        )
        self._clock = clock
        self._key = secret_text(settings.retrodiffusion_api_key)
        self._style = settings.retrodiffusion_style
        self._size = read_size(settings.retrodiffusion_size) or USUAL_SIZE
        self._seen = SeenTaskIds()
        self.clients = ApiClients(
            base_url=settings.retrodiffusion_api_url,
            headers={"X-RD-Token": self._key},
            secrets=(self._key,),
            submit_timeout=settings.retrodiffusion_submit_timeout_seconds,
            max_bytes=MAX_ANSWER_BYTES,
        )

    async def submit(self, order: Order) -> Ticket:
        """Buy one picture with one POST.  See `ImageProvider.submit`."""
        message = generation(order, key=self._key, style=self._style, size=self._size)
        answer = await self.clients.submit_http.post(
            "/inferences", message, headers=key_headers(order)
        )
        secrets = (self._key, order.prompt)
        body = accepted_body(answer, now=self._clock.now(), secrets=secrets, judge=judge)
        return Ticket(self.name, self._seen.new(read_ticket(body), owner=order.request_id))

    async def find(self, order: Order) -> Ticket | None:
        """Look for the request with the seed and prompt of *order*, the latest first."""
        params: dict[str, str] = {"limit": str(PAGE)}
        wanted = (seed_of(order, self._key), order.prompt)
        for _ in range(PAGES):
            answer = await self.clients.query_http.ask("GET", "/inferences/requests", params=params)
            page = json_object(answer)
            if answer.status != HTTPStatus.OK or page is None:
                raise trouble(answer, now=self._clock.now())
            for reference, asked in read_requests(page):
                if (asked.get("seed"), asked.get("prompt")) == wanted:
                    return Ticket(self.name, reference)
            cursor = read_cursor(page)
            if cursor is None:
                break
            params["cursor"] = cursor
        return None

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask for the state of a task.  See `ImageProvider.poll`."""
        answer = await self.clients.query_http.ask("GET", f"/inferences/tasks/{ticket.reference}")
        if answer.status != HTTPStatus.OK:
            raise trouble(answer, now=self._clock.now())
        return read_task(json_object(answer), reference=ticket.reference)

    async def cancel(self, ticket: Ticket) -> None:
        """Do nothing: no way to call a task off is known."""

    async def check(self) -> None:
        """Ask for the price of a picture, which is free.  See `CheckedProvider.check`.

        Raises Unavailable also where the account has less than that.
        """
        require_header_value(self._key, setting=CHECK.key)
        message = price_check(self._style, self._size)
        answer = await CHECK.ask(self.clients.query_http, "POST", "/inferences", json=message)
        if not is_affordable(json_object(answer) or {}):
            detail = "less than a picture costs is left in the account of RETRODIFFUSION_API_KEY"
            raise Unavailable(Code.PROVIDER_CREDIT, NO_CREDIT, detail=detail)

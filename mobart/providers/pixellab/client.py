"""PixelLab's API: one long request, answered with the picture; or, for `pro`, a job to poll.

It has no idempotency key and no list, and keeps no picture that it answered with.
"""

import asyncio
from abc import abstractmethod
from http import HTTPStatus

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Pending, Picture, Purchase, Ticket
from mobart.core.errors import Code, Unavailable
from mobart.core.orders import Order
from mobart.core.policy import PollSchedule, retry_after
from mobart.core.ports import Clock
from mobart.core.setting_types import secret_text
from mobart.providers.api_clients import ApiClients, ApiProvider
from mobart.providers.checks import Check, is_ok_json, require_header_value
from mobart.providers.http import Answer
from mobart.providers.native_size import read_size
from mobart.providers.outcomes import accepted_body, json_object, trouble
from mobart.providers.pixellab.messages import (
    LOOKS,
    MODELS,
    generation,
    is_empty,
    read_job,
    read_picture,
    read_ticket,
)
from mobart.providers.pixellab.settings import PixelLabSettings
from mobart.providers.repeatable import key_headers
from mobart.providers.seen_task_ids import SeenTaskIds
from mobart.providers.sentences import BUSY, NO_CREDIT

MAX_ANSWER_BYTES = 16 * 1024 * 1024
USUAL_SIZE = (64, 64)
OVERLOADED = 529
"""The status by which the API says that it took nothing because it has no room."""
CHECK = Check(key="PIXELLAB_API_KEY", address="PIXELLAB_API_URL", fits=is_ok_json)


class PixelLabApi(ApiProvider):
    """What both ways of buying have in common; open its `clients` first."""

    name = "pixellab"

    def __init__(self, settings: PixelLabSettings, *, clock: Clock) -> None:
        """Connect to nothing yet."""
        self.capabilities = self.capabilities_of(settings)
        self._clock = clock
        self._key = secret_text(settings.pixellab_api_key)
        self._size = read_size(settings.pixellab_size) or USUAL_SIZE
        looks = {name: getattr(settings, f"pixellab_{name}") for name in LOOKS}
        self._defaults = {"model": settings.pixellab_model, **looks}
        self._seen = SeenTaskIds()
        self.clients = ApiClients(
            base_url=settings.pixellab_api_url,
            headers={"Authorization": f"Bearer {self._key}"},
            secrets=(self._key,),
            submit_timeout=settings.pixellab_timeout_seconds,
            max_bytes=MAX_ANSWER_BYTES,
        )

    @staticmethod
    @abstractmethod
    def capabilities_of(settings: PixelLabSettings) -> Capabilities:
        """Return what this way of buying can do."""

    async def check(self) -> None:
        """Ask for the balance, which is free.  See `CheckedProvider.check`.

        Raises Unavailable also where nothing is left.
        """
        require_header_value(self._key, setting=CHECK.key)
        answer = await CHECK.ask(self.clients.query_http, "GET", "/balance")
        if is_empty(json_object(answer) or {}):
            detail = "nothing is left in the account of PIXELLAB_API_KEY"
            raise Unavailable(Code.PROVIDER_CREDIT, NO_CREDIT, detail=detail)

    async def bought(self, order: Order) -> dict[str, object]:
        """Buy one picture with one POST, and return the answer.  Raises as `submit`."""
        model, message = await asyncio.to_thread(generation, order, self._defaults, size=self._size)
        answer = await self.clients.submit_http.post(
            model.path, message, headers=key_headers(order)
        )
        self._refuse_overload(answer)
        secrets = (self._key, order.prompt, order.negative)
        return accepted_body(answer, now=self._clock.now(), secrets=secrets)

    def _refuse_overload(self, answer: Answer) -> None:
        if answer.status == OVERLOADED:
            wait = retry_after(answer.headers, now=self._clock.now())
            detail = f"HTTP {OVERLOADED}"
            raise Unavailable(Code.PROVIDER_RATE_LIMITED, BUSY, retry_after=wait, detail=detail)


class PixelLab(PixelLabApi):
    """An `ImmediateProvider`: the models that answer with the picture."""

    @staticmethod
    def capabilities_of(settings: PixelLabSettings) -> Capabilities:
        """See `PixelLabApi`."""
        timeout = settings.pixellab_timeout_seconds
        schedule = PollSchedule(initial=0.0)
        return Capabilities(
            pixel_art=True,
            references=takes_references(settings),
            submit_timeout=timeout,
            generation_timeout=timeout,
            schedule=schedule,
        )

    async def generate(self, order: Order) -> Purchase:
        """Buy one picture.  See `ImmediateProvider.generate`."""
        return read_picture(await self.bought(order))


class PixelLabJobs(PixelLabApi):
    """An `ImageProvider`: the model whose pictures are polled."""

    @staticmethod
    def capabilities_of(settings: PixelLabSettings) -> Capabilities:
        """See `PixelLabApi`."""
        return Capabilities(
            pixel_art=True,
            references=takes_references(settings),
            submit_timeout=settings.pixellab_timeout_seconds,
            generation_timeout=settings.pixellab_job_timeout_seconds,
            schedule=PollSchedule(
                settings.pixellab_poll_initial_seconds, settings.pixellab_poll_max_seconds
            ),
        )

    async def submit(self, order: Order) -> Ticket:
        """Buy one picture.  See `ImageProvider.submit`."""
        return Ticket(self.name, self._seen.new(read_ticket(await self.bought(order))))

    async def find(self, order: Order) -> Ticket | None:
        """Find nothing: there is no list of jobs."""

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask for the state of a job.  See `ImageProvider.poll`."""
        answer = await self.clients.query_http.ask("GET", f"/background-jobs/{ticket.reference}")
        if answer.status != HTTPStatus.OK:
            raise trouble(answer, now=self._clock.now())
        return read_job(json_object(answer), reference=ticket.reference)

    async def cancel(self, ticket: Ticket) -> None:
        """Do nothing: no way to call a job off is known."""


def takes_references(settings: PixelLabSettings) -> bool:
    """Whether the model takes a picture to go by."""
    return bool(MODELS[settings.pixellab_model].reference)

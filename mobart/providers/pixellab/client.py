"""PixelLab's API: one long request, answered with the picture; or, for `pro`, a job to poll.

It has no idempotency key and no list, and keeps no picture that it answered with.
"""

import asyncio
from collections.abc import Sequence

from pydantic import BaseModel

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Pending, Picture, Purchase, Ticket
from mobart.core.errors import Code, Unavailable
from mobart.core.orders import Order
from mobart.core.policy import PollSchedule, retry_after
from mobart.core.setting_types import group_of, secret_text
from mobart.providers.api_provider import TaskProvider
from mobart.providers.checks import Check, is_ok_json
from mobart.providers.http import Answer
from mobart.providers.native_size import read_size
from mobart.providers.other_shapes import object_with
from mobart.providers.outcomes import json_object
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
from mobart.providers.sentences import BUSY, NO_CREDIT
from mobart.providers.spec import BuildContext, BuiltProvider, immediately

MAX_ANSWER_BYTES = 16 * 1024 * 1024
USUAL_SIZE = (64, 64)
OVERLOADED = 529
"""The status by which the API says that it took nothing because it has no room."""


class PixelLab(TaskProvider):
    """An `ImmediateProvider` for the models that answer with the picture, else an `ImageProvider`."""

    name = "pixellab"
    check_at_start = Check(key="PIXELLAB_API_KEY", address="PIXELLAB_API_URL", fits=is_ok_json)

    def __init__(self, context: BuildContext) -> None:
        """See `ApiProvider`."""
        settings = context.group(PixelLabSettings)
        model, key = MODELS[settings.pixellab_model], secret_text(settings.pixellab_api_key)
        times = immediately(settings.pixellab_timeout_seconds)
        if model.job:
            times |= {
                "generation_timeout": settings.pixellab_job_timeout_seconds,
                "schedule": PollSchedule(
                    settings.pixellab_poll_initial_seconds, settings.pixellab_poll_max_seconds
                ),
            }
        super().__init__(
            Capabilities(pixel_art=True, references=bool(model.reference), **times),
            clock=context.clock,
            base_url=settings.pixellab_api_url,
            key=key,
            headers={"Authorization": f"Bearer {key}"},
            max_bytes=MAX_ANSWER_BYTES,
        )
        self._size = read_size(settings.pixellab_size) or USUAL_SIZE
        looks = {name: getattr(settings, f"pixellab_{name}") for name in LOOKS}
        self._defaults = {"model": settings.pixellab_model, **looks}

    async def check(self) -> None:
        """Ask for the balance, which is free.  See `CheckedProvider.check`.

        Raises Unavailable also where nothing is left.
        """
        answer = await self._check("GET", "/balance")
        if is_empty(json_object(answer) or {}):
            detail = "nothing is left in the account of PIXELLAB_API_KEY"
            raise Unavailable(Code.PROVIDER_CREDIT, NO_CREDIT, detail=detail)

    async def _bought(self, order: Order) -> Answer:
        """Buy one picture with one POST, and return the answer.  Raises as `submit`."""
        model, message = await asyncio.to_thread(generation, order, self._defaults, size=self._size)
        answer = await self._buy(order, model.path, json=message)
        if answer.status == OVERLOADED:
            wait = retry_after(answer.headers, now=self._clock.now())
            detail = f"HTTP {OVERLOADED}"
            raise Unavailable(Code.PROVIDER_RATE_LIMITED, BUSY, retry_after=wait, detail=detail)
        return answer

    async def generate(self, order: Order) -> bytes | Purchase | Picture:
        """Buy one picture.  See `ImmediateProvider.generate`."""
        return self._picture_in(await self._bought(order), order, read_picture)

    async def submit(self, order: Order) -> Ticket | Purchase | Picture:
        """Buy one job.  See `TaskSource.submit`."""
        answer = await self._bought(order)
        body = self._accepted(answer, order)
        return self._bought_in(body, read_ticket(body), read_picture)

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask for the state of a job.  See `ImageProvider.poll`."""
        answer = await self._ask(f"/background-jobs/{ticket.reference}")
        return read_job(object_with(answer, "last_response", "status"), reference=ticket.reference)


def build(context: BuildContext) -> BuiltProvider:
    """Build the client, with the raw store behind it where it answers with pictures."""
    client, model = PixelLab(context), context.group(PixelLabSettings).pixellab_model
    return context.polled(client) if MODELS[model].job else context.stored(client)


def problems(settings: BaseModel) -> Sequence[str]:
    """Return whether the model paints pictures of the usual size."""
    group = group_of(settings, PixelLabSettings)
    model, size = MODELS[group.pixellab_model], read_size(group.pixellab_size)
    if size is None or model.fits(*size):
        return []
    return [f"PIXELLAB_SIZE: {group.pixellab_model} does not paint {group.pixellab_size} pixels"]

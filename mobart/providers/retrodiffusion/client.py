"""Retro Diffusion's API: one POST buys a picture, a GET polls it.

A submit that is sent again with the same `Idempotency-Key` is answered with the first one's task, and
all requests are listed, so every doubt is resolved.  What fails is paid back by the vendor itself.
"""

from collections.abc import Sequence
from http import HTTPStatus

from pydantic import BaseModel

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.errors import Code, Unavailable
from mobart.core.orders import Order
from mobart.core.setting_types import group_of, secret_text
from mobart.providers.api_provider import TaskProvider
from mobart.providers.checks import Check, is_ok_json, no_credit, no_model
from mobart.providers.fields import task_id_of
from mobart.providers.native_size import read_size
from mobart.providers.other_shapes import object_with
from mobart.providers.outcomes import json_object
from mobart.providers.retrodiffusion.messages import (
    asked_for,
    generation,
    is_affordable,
    judge,
    price_check,
    read_cursor,
    read_picture,
    read_requests,
    read_task,
    seed_of,
    takes_references,
)
from mobart.providers.retrodiffusion.settings import RetroDiffusionSettings
from mobart.providers.retrodiffusion.styles import style_of
from mobart.providers.sentences import NO_CREDIT, REFUSED
from mobart.providers.spec import BuildContext, BuiltProvider, polling

PAGE, PAGES = 100, 5
"""Requests on a page of the list, the latest first, and the most pages that are read."""
MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""A result holds the picture in base64."""
USUAL_SIZE = (128, 128)
MISFIT = (
    Code.PROVIDER_REJECTED,
    REFUSED,
    "refused: see RETRODIFFUSION_STYLE and RETRODIFFUSION_SIZE",
)


class RetroDiffusion(TaskProvider):
    """An `ImageProvider`."""

    name = "retrodiffusion"
    check_at_start = Check(
        key="RETRODIFFUSION_API_KEY",
        address="RETRODIFFUSION_API_URL",
        fits=is_ok_json,
        refusals={
            HTTPStatus.BAD_REQUEST: MISFIT,
            HTTPStatus.PAYMENT_REQUIRED: no_credit(
                "no credit is left in the account of RETRODIFFUSION_API_KEY"
            ),
            HTTPStatus.NOT_FOUND: no_model("there is no such style: see RETRODIFFUSION_STYLE"),
            HTTPStatus.UNPROCESSABLE_ENTITY: MISFIT,
        },
    )

    def __init__(self, context: BuildContext) -> None:
        """See `ApiProvider`."""
        settings = context.group(RetroDiffusionSettings)
        key = secret_text(settings.retrodiffusion_api_key)
        super().__init__(
            Capabilities(
                lookup=Lookup.PARTIAL,
                idempotent=True,
                pixel_art=True,
                references=takes_references(settings.retrodiffusion_style),
                **polling(settings, "retrodiffusion"),
            ),
            clock=context.clock,
            base_url=settings.retrodiffusion_api_url,
            key=key,
            headers={"X-RD-Token": key},
            max_bytes=MAX_ANSWER_BYTES,
        )
        self._style = settings.retrodiffusion_style
        self._size = read_size(settings.retrodiffusion_size) or USUAL_SIZE

    async def submit(self, order: Order) -> Ticket | Picture:
        """Buy one picture with one POST.  See `TaskSource.submit`."""
        message = generation(order, key=self._key, style=self._style, size=self._size)
        answer = await self._buy(order, "/inferences", json=message)
        body = self._accepted(answer, order, judge)
        reference = task_id_of(body.get("task_id"))
        return self._bought_in(body, reference, read_picture, owner=order.request_id)

    async def find(self, order: Order) -> Ticket | None:
        """Look for the request with the seed and prompt of *order*, the latest first."""
        params: dict[str, str] = {"limit": str(PAGE)}
        wanted = (seed_of(order, self._key), order.prompt)
        for _ in range(PAGES):
            path = "/inferences/requests"
            page = self._page(await self.clients.query_http.ask("GET", path, params=params))
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
        answer = await self._ask(f"/inferences/tasks/{ticket.reference}")
        task = object_with(answer, "task_id", of=ticket.reference)
        return read_task(task, reference=ticket.reference)

    async def check(self) -> None:
        """Ask for the price of a picture, which is free.  See `CheckedProvider.check`.

        Raises Unavailable also where the account has less than that.
        """
        message = price_check(self._style, self._size)
        answer = await self._check("POST", "/inferences", json=message)
        if not is_affordable(json_object(answer) or {}):
            detail = "less than a picture costs is left in the account of RETRODIFFUSION_API_KEY"
            raise Unavailable(Code.PROVIDER_CREDIT, NO_CREDIT, detail=detail)


def build(context: BuildContext) -> BuiltProvider:
    """Build the client."""
    return context.polled(RetroDiffusion(context))


def problems(settings: BaseModel) -> Sequence[str]:
    """Return whether the style paints pictures of the usual size."""
    group = group_of(settings, RetroDiffusionSettings)
    style, size = style_of(group.retrodiffusion_style), read_size(group.retrodiffusion_size)
    if size is None or style.fits(*size):
        return []
    sides = f"{style.smallest} to {style.largest} pixels"
    return [f"RETRODIFFUSION_SIZE: {group.retrodiffusion_style} paints sides of {sides}"]


def price(settings: BaseModel, order: Order) -> float | None:
    """Return what a picture costs in USD: by its style and, for most, its pixels."""
    group = group_of(settings, RetroDiffusionSettings)
    size = read_size(group.retrodiffusion_size) or USUAL_SIZE
    style, size = asked_for(order, style=group.retrodiffusion_style, size=size)
    return style_of(style).price.of(*size)

"""AUTOMATIC1111's web UI and Forge: one long request, answered with the picture itself.

It generates one picture after the other: a request waits its turn without an answer.  It keeps
nothing that could be asked for, but it costs nothing either, and the same order gives the same
picture.
"""

import base64
from contextlib import suppress
from functools import partial
from http import HTTPStatus

from mobart.core.capabilities import Capabilities, Grammar
from mobart.core.domain import Picture
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.core.setting_types import secret_text
from mobart.providers.api_provider import WITH_PICTURE, ApiProvider
from mobart.providers.automatic1111.messages import (
    generation,
    has_checkpoint,
    judge,
    judge_failure,
    read_picture,
    was_interrupted,
)
from mobart.providers.automatic1111.settings import Automatic1111Settings
from mobart.providers.checks import Check
from mobart.providers.http import Answer
from mobart.providers.outcomes import json_object, json_value
from mobart.providers.repeats import repeat
from mobart.providers.sentences import NOT_THERE, UNFIT
from mobart.providers.spec import BuildContext, BuiltProvider, immediately

API = "/sdapi/v1"
PROGRESS = {"skip_current_image": "true"}


def _lists_models(answer: Answer) -> bool:
    return answer.status == HTTPStatus.OK and isinstance(json_value(answer), list)


class Automatic1111(ApiProvider):
    """An `ImmediateProvider`."""

    name = "automatic1111"
    check_at_start = Check(
        key="AUTOMATIC1111_AUTH (user:password)",
        address="AUTOMATIC1111_URL",
        fits=_lists_models,
        refusals={
            HTTPStatus.NOT_FOUND: (
                Code.PROVIDER_UNAVAILABLE,
                NOT_THERE,
                "the web UI at AUTOMATIC1111_URL has to be started with --api",
            )
        },
        keyless=True,
    )

    def __init__(self, context: BuildContext) -> None:
        """See `ApiProvider`."""
        settings = context.group(Automatic1111Settings)
        login = secret_text(settings.automatic1111_auth)
        code = base64.b64encode(login.encode()).decode()
        super().__init__(
            Capabilities(
                free=True,
                grammar=Grammar.STABLE_DIFFUSION,
                **immediately(settings.automatic1111_timeout_seconds),
            ),
            clock=context.clock,
            base_url=settings.automatic1111_url + API,
            secrets=(login, login.partition(":")[2], code),
            headers={"Authorization": f"Basic {code}"} if login else {},
            max_bytes=WITH_PICTURE,
        )
        self._settings = settings

    async def generate(self, order: Order) -> bytes | Picture:
        """Generate one picture; a try that failed is repeated.  See `ImmediateProvider.generate`."""
        timeout = self.capabilities.submit_timeout
        return await repeat(partial(self._try, order), clock=self._clock, seconds=timeout)

    async def _try(self, order: Order, seconds: float) -> bytes | Picture:
        message = generation(order, self._settings)
        answer = await self._buy(order, "/txt2img", json=message, seconds=seconds)
        if answer.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            error = judge_failure(json_object(answer) or {})
            if error is not None:
                raise error
        raw = read_picture(self._accepted(answer, order, judge))
        await self._refuse_half_made()
        return raw

    async def _refuse_half_made(self) -> None:
        """Ask whether it was interrupted at the web UI: half a picture looks like a whole one.

        The flag stays until the next picture is begun, which may be before this question.
        """
        with suppress(Unavailable):
            answer = await self.clients.query_http.ask("GET", "/progress", params=PROGRESS)
            if was_interrupted(json_object(answer) or {}):
                raise InDoubt("interrupted at the web UI", code=Code.GENERATION_FAILED)

    async def check(self) -> None:
        """Ask for the list of checkpoints.  See `CheckedProvider.check`.

        Raises Rejected also where the API is switched off, or the checkpoint is not there: the web
        UI would not complain, but use the checkpoint that is loaded.
        """
        answer = await self._check("GET", "/sd-models")
        wanted = self._settings.automatic1111_checkpoint
        if wanted and not has_checkpoint(json_value(answer), wanted):
            detail = "the web UI has no checkpoint of the name in AUTOMATIC1111_CHECKPOINT"
            raise Rejected(Code.PROVIDER_UNAVAILABLE, UNFIT, detail=detail)


def build(context: BuildContext) -> BuiltProvider:
    """Build the client."""
    return context.stored(Automatic1111(context))

"""AUTOMATIC1111's web UI and Forge: one long request, answered with the picture itself.

It paints one picture after the other: a request waits its turn without a word.  It keeps nothing
that could be asked for, but it costs nothing either, and the same order gives the same picture.
"""

import base64
from contextlib import suppress

from pydantic_core import from_json

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Order
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.policy import PollSchedule
from mobart.core.ports import Clock
from mobart.providers.api_clients import ApiClients
from mobart.providers.automatic1111.messages import (
    GenerationDefaults,
    generation,
    has_checkpoint,
    judge,
    judge_failure,
    read_picture,
    was_interrupted,
)
from mobart.providers.http import AWAY, Answer
from mobart.providers.outcomes import NO_ACCESS, NOT_THERE, UNFIT, accepted_body, json_object

API = "/sdapi/v1"
MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""The picture in base64, which takes a third more."""
OK, NOT_FOUND, INTERNAL_ERROR = 200, 404, 500
REFUSALS = frozenset({401, 403})
USUAL = GenerationDefaults()


class Automatic1111:
    """A `ImmediateProvider`; open its `clients` first."""

    name: str = "automatic1111"

    def __init__(
        self,
        *,
        base_url: str,
        clock: Clock,
        auth: str | None = None,
        defaults: GenerationDefaults = USUAL,
        timeout: float = 600.0,
    ) -> None:
        """*base_url* is where the web UI is; *auth*, if it asks for one, `user:password`.

        *timeout*, in seconds, is for one picture and for all that are painted before it.
        """
        self.capabilities = Capabilities(
            free=True,
            submit_timeout=timeout,
            generation_timeout=timeout,
            schedule=PollSchedule(initial=0.0),
        )
        self._clock = clock
        self._defaults = defaults
        code = base64.b64encode((auth or "").encode()).decode()
        self._secrets = (auth, auth.partition(":")[2], code) if auth else ()
        self.clients = ApiClients(
            base_url=base_url + API,
            headers={"Authorization": f"Basic {code}"} if auth else {},
            secrets=self._secrets,
            submit_timeout=timeout,
            max_bytes=MAX_ANSWER_BYTES,
        )

    async def generate(self, order: Order) -> bytes:
        """Have one picture painted with one POST.  See `ImmediateProvider.generate`."""
        answer = await self.clients.submit_http.post("/txt2img", generation(order, self._defaults))
        if answer.status == INTERNAL_ERROR and (no := judge_failure(json_object(answer) or {})):
            raise no
        secrets = (*self._secrets, order.prompt)
        body = accepted_body(answer, now=self._clock.now(), secrets=secrets, judge=judge)
        raw = read_picture(body)
        await self._refuse_half_made()
        return raw

    async def _refuse_half_made(self) -> None:
        """Ask whether somebody interrupted it at the web UI: half a picture looks like a whole one.

        The flag stays until the next picture is begun, which may be before this question.
        """
        with suppress(Unavailable):
            answer = await self.clients.query_http.ask("GET", "/progress", params=GLANCE)
            if was_interrupted(json_object(answer) or {}):
                raise InDoubt("interrupted at the web UI", code=Code.GENERATION_FAILED)

    async def check(self) -> None:
        """Ask for the list of checkpoints.

        Raises:
            Rejected: the password is refused, the API is switched off, the checkpoint is not there.
            Unavailable: nobody answers, or nobody who speaks this API.

        """
        answer = await self.clients.query_http.ask("GET", "/sd-models")
        status = f"HTTP {answer.status}"
        if answer.status in REFUSALS:
            detail = f"{status}: the web UI refuses what is in AUTOMATIC1111_AUTH (user:password)"
            raise Rejected(Code.PROVIDER_AUTH, NO_ACCESS, detail=detail)
        if answer.status == NOT_FOUND and "detail" in (json_object(answer) or {}):
            detail = f"{status}: the web UI at AUTOMATIC1111_URL has to be started with --api"
            raise Rejected(Code.PROVIDER_UNAVAILABLE, NOT_THERE, detail=detail)
        models = _list(answer)
        if answer.status != OK or models is None:
            detail = f"{status}: what answers at AUTOMATIC1111_URL does not look like the API"
            raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, detail=detail)
        wanted = self._defaults.checkpoint
        if wanted and not has_checkpoint(models, wanted):
            # it would not complain, but paint with whichever checkpoint is loaded
            detail = "the web UI has no checkpoint of the name in AUTOMATIC1111_CHECKPOINT"
            raise Rejected(Code.PROVIDER_UNAVAILABLE, UNFIT, detail=detail)


GLANCE = {"skip_current_image": "true"}


def _list(answer: Answer) -> list[object] | None:
    try:
        body = from_json(answer.body) if answer.whole else None
    except ValueError:
        return None
    return body if isinstance(body, list) else None

"""Midjourney through GoAPI's `mj/v2` API.

`POST /imagine` buys a generation and answers with a task id; `POST /fetch` polls it.  The API has no
idempotency key, no list of tasks and no way to cancel one, so a submit whose answer is lost cannot
be looked up (`Lookup.NONE`); with a callback it may still turn up.  The result is a 2x2 grid, at an
address that expires after five days.
"""

from mobart.core.capabilities import Capabilities, Grammar
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.orders import Order
from mobart.core.setting_types import secret_text
from mobart.providers.api_provider import TaskProvider
from mobart.providers.checks import Check
from mobart.providers.goapi.messages import imagine, read_callback, read_task, read_ticket
from mobart.providers.goapi.settings import MidjourneySettings
from mobart.providers.midjourney import with_reference
from mobart.providers.other_shapes import object_with
from mobart.providers.spec import BuildContext, BuiltProvider, polled, polling

NO_SUCH_TASK = "00000000-0000-0000-0000-000000000000"


class Midjourney(TaskProvider):
    """An `ImageProvider`."""

    name = "midjourney"
    check_at_start = Check(key="MIDJOURNEY_API_KEY", address="MIDJOURNEY_API_URL")

    def __init__(self, context: BuildContext) -> None:
        """See `ApiProvider`."""
        settings = context.group(MidjourneySettings)
        key = secret_text(settings.midjourney_api_key)
        callback = context.callback(self.name, settings.midjourney_api_key)
        super().__init__(
            Capabilities(
                lookup=Lookup.NONE if callback is None else Lookup.PARTIAL,
                progress=True,
                references=True,
                grammar=Grammar.MIDJOURNEY,
                **polling(settings, "midjourney", callback),
            ),
            clock=context.clock,
            base_url=settings.midjourney_api_url,
            key=key,
            headers={"X-API-KEY": key},
            callback=callback,
        )
        self._settings = settings

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation with one POST.  See `ImageProvider.submit`."""
        order = with_reference(order, self._settings.midjourney_reference)
        message = imagine(
            order,
            process_mode=self._settings.midjourney_process_mode,
            aspect_ratio=self._settings.midjourney_aspect_ratio,
            callback=self.callback,
        )
        body = self._accepted(await self._buy(order, "/imagine", json=message), order)
        return self._ticket(read_ticket(body, secrets=self._secrets_of(order)))

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask for the state of a generation.  See `ImageProvider.poll`."""
        answer = await self._ask("/fetch", method="POST", json={"task_id": ticket.reference})
        tile = self._settings.single_tile
        task = object_with(answer, "task_id", of=ticket.reference)
        return read_task(task, reference=ticket.reference, tile=tile)

    async def check(self) -> None:
        """Ask about a task that does not exist, which is free.  See `CheckedProvider.check`."""
        await self._check("POST", "/fetch", json={"task_id": NO_SUCH_TASK})


def build(context: BuildContext) -> BuiltProvider:
    """Build the client."""
    return polled(Midjourney(context), read_callback)

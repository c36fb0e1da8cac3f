"""The client of an API of PiAPI's family: one POST buys a task, a GET polls it.

None of them has an idempotency key.  The result is a 2x2 grid, at an address that expires.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol

from pydantic import BaseModel, SecretStr

from mobart.core.capabilities import Capabilities, Grammar
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.orders import Order
from mobart.core.ports import Clock
from mobart.core.setting_types import secret_text
from mobart.providers.api_provider import TaskProvider
from mobart.providers.callback import CallbackAddress
from mobart.providers.goapi.settings import MidjourneySettings
from mobart.providers.midjourney import with_reference
from mobart.providers.other_shapes import object_with
from mobart.providers.piapi.answers import as_meant, read_task, read_ticket, reference_in
from mobart.providers.spec import polling

NO_SUCH_TASK = "00000000-0000-0000-0000-000000000000"


class Writer(Protocol):
    """Writes submits, with the address that the API calls back, and recognises their tasks."""

    @property
    def callback(self) -> CallbackAddress | None:
        """The address; None: the API cannot reach us."""

    def message(self, order: Order) -> Mapping[str, object]:
        """Write the body of a submit."""

    def recognises(self, order: Order, task: object) -> bool:
        """Return whether a task is of this request, and surely of no other."""


class TaskApi(TaskProvider):
    """What the clients of the family share."""

    submit_path: str
    task_path: str
    """Path of a task, before its id."""
    id_name: str
    """The field with the id of a task."""
    cancels = False
    progress = False

    def __init__(
        self,
        settings: BaseModel,
        midjourney: MidjourneySettings,
        *,
        url: str,
        key: SecretStr | None,
        writer: Writer,
        clock: Clock,
    ) -> None:
        """*url* is the address before the paths; *settings* hold the API's own times."""
        super().__init__(
            Capabilities(
                lookup=Lookup.PARTIAL,
                cancels=self.cancels,
                progress=self.progress,
                references=True,
                grammar=Grammar.MIDJOURNEY,
                **polling(settings, self.name, writer.callback),
            ),
            clock=clock,
            base_url=url,
            key=secret_text(key),
            headers={"x-api-key": secret_text(key)},
            callback=writer.callback,
        )
        self._midjourney = midjourney
        self._writer = writer

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation with one POST.  See `ImageProvider.submit`."""
        order = with_reference(order, self._midjourney.midjourney_reference)
        answer = await self._buy(order, self.submit_path, json=self._writer.message(order))
        secrets, now = self._secrets_of(order), self._clock.now()
        return self._ticket(read_ticket(answer, name=self.id_name, now=now, secrets=secrets))

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask for the state of a generation.  See `ImageProvider.poll`.

        The envelope of an error counts if it holds this very task.
        """
        answer = await self.clients.query_http.ask("GET", self.task_path + ticket.reference)
        name = self.id_name
        body = object_with(answer, name, of=ticket.reference)
        known = reference_in(body, name=name) == ticket.reference
        if answer.status != HTTPStatus.OK and not known:
            raise self._trouble(answer)
        tile = self._midjourney.single_tile
        return read_task(body, name=name, reference=ticket.reference, tile=tile)

    async def check(self) -> None:
        """Ask a free question.  See `CheckedProvider.check`."""
        self._require_key()
        path, params = self._probe()
        check, client = self.check_at_start, self.clients.query_http
        check.judge(as_meant(await check.send(client, "GET", path, params=params)))

    def _probe(self) -> tuple[str, Mapping[str, str]]:
        """Return path and parameters of a free question: about a task that does not exist."""
        return self.task_path + NO_SUCH_TASK, {}

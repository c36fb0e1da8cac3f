"""The client of an API of PiAPI's family: one POST buys a task, a GET polls it.

None of them has an idempotency key.  The result is a 2x2 grid, at an address that expires.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Generic, Protocol, TypeVar

from mobart.core.capabilities import Capabilities, Grammar
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.orders import Order
from mobart.core.policy import PollSchedule
from mobart.core.ports import Clock
from mobart.providers.api_clients import ApiClients, ApiProvider
from mobart.providers.callback import CallbackAddress
from mobart.providers.checks import Check, require_header_value
from mobart.providers.midjourney import with_reference
from mobart.providers.outcomes import json_object, trouble
from mobart.providers.piapi.answers import as_meant, read_task, read_ticket, reference_in
from mobart.providers.repeatable import key_headers
from mobart.providers.seen_task_ids import SeenTaskIds

NO_SUCH_TASK = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One API of the family: its paths, its names, what it can do."""

    provider: str
    submit: str
    task: str
    """Path of a task, before its id."""
    name: str
    """The field with the id of a task."""
    check: Check
    lookup: Lookup = Lookup.PARTIAL
    cancels: bool = False
    progress: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What the settings of one API say; times are in seconds."""

    url: str
    """The address before the paths of `Api`."""
    key: str
    tile: int
    """Which of the four tiles is fetched, 1 to 4, where the API gives no grid."""
    submit_timeout: float
    generation_timeout: float
    schedule: PollSchedule
    reference: str
    """How a picture to go by is asked for; see `with_reference`."""


class Writer(Protocol):
    """Writes submits, with the address that the API calls back."""

    @property
    def callback(self) -> CallbackAddress | None:
        """The address; None: the API cannot reach us."""

    def message(self, order: Order) -> Mapping[str, object]:
        """Write the body of a submit."""


W = TypeVar("W", bound=Writer)


class TaskApi(ApiProvider, Generic[W]):
    """What the clients of the family share; open its `clients` first."""

    api: Api

    def __init__(self, connection: Connection, *, clock: Clock, writer: W) -> None:
        """Connect to nothing yet."""
        self.name = self.api.provider
        called_back = writer.callback is not None
        self.capabilities = Capabilities(
            lookup=Lookup.PARTIAL if called_back else self.api.lookup,
            cancels=self.api.cancels,
            progress=self.api.progress,
            references=True,
            calls_back=called_back,
            grammar=Grammar.MIDJOURNEY,
            submit_timeout=connection.submit_timeout,
            generation_timeout=connection.generation_timeout,
            schedule=connection.schedule,
        )
        self._clock = clock
        self._writer = writer
        self._tile = connection.tile
        self._reference = connection.reference
        self._key = connection.key.strip()
        self._seen = SeenTaskIds()
        self.clients = ApiClients(
            base_url=connection.url,
            headers={"x-api-key": self._key},
            secrets=(self._key,),
            submit_timeout=connection.submit_timeout,
        )

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation with one POST.  See `ImageProvider.submit`."""
        order = with_reference(order, self._reference)
        message = self._writer.message(order)
        answer = await self.clients.submit_http.post(
            self.api.submit, message, headers=key_headers(order)
        )
        secrets = (self._key, order.prompt, order.negative)
        now = self._clock.now()
        reference = read_ticket(answer, name=self.api.name, now=now, secrets=secrets)
        return Ticket(self.name, self._seen.new(reference))

    async def find(self, order: Order) -> Ticket | None:  # noqa: ARG002 - the port's
        """Return None: a task that calls back is adopted from its callback."""
        return None

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask for the state of a generation.  See `ImageProvider.poll`.

        The envelope of an error counts if it holds this very task.
        """
        answer = await self.clients.query_http.ask("GET", self.api.task + ticket.reference)
        body, name = json_object(answer), self.api.name
        known = reference_in(body, name=name) == ticket.reference
        if answer.status != HTTPStatus.OK and not known:
            raise trouble(answer, now=self._clock.now())
        return read_task(body, name=name, reference=ticket.reference, tile=self._tile)

    async def cancel(self, ticket: Ticket) -> None:
        """Do nothing: no way to cancel a task is known."""

    async def check(self) -> None:
        """Ask a free question.  See `CheckedProvider.check`."""
        require_header_value(self._key, setting=self.api.check.key)
        path, params = self._probe()
        self.api.check.judge(
            as_meant(await self.api.check.send(self.clients.query_http, "GET", path, params=params))
        )

    def _probe(self) -> tuple[str, Mapping[str, str]]:
        """Return path and parameters of a free question: about a task that does not exist."""
        return self.api.task + NO_SUCH_TASK, {}

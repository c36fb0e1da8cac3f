"""The client of an API of PiAPI's family: one POST buys a task, a GET tells how far it is.

None of them knows an idempotency key.  The result is a 2x2 grid, at an address that expires.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, TypeVar

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Order, Pending, Picture, Ticket
from mobart.core.errors import Unavailable
from mobart.core.policy import PollSchedule
from mobart.core.ports import Clock
from mobart.providers.api_clients import ApiClients, prove_key
from mobart.providers.callback import CallbackAddress
from mobart.providers.http import AWAY, Answer
from mobart.providers.outcomes import json_object, trouble
from mobart.providers.piapi.answers import OK, as_meant, read_task, read_ticket, reference_in
from mobart.providers.probes import judge_probe
from mobart.providers.seen_task_ids import SeenTaskIds

NO_SUCH_TASK = "00000000-0000-0000-0000-000000000000"
USUAL = PollSchedule()


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One API of the family: its paths, what it calls things, what it can."""

    provider: str
    prefix: str
    """What its settings begin with."""
    submit: str
    task: str
    """Path of a task, before its id."""
    name: str
    """What it calls the id of a task."""
    lists: bool = False
    """Tasks can be listed."""
    cancels: bool = False
    progress: bool = False


class Writer(Protocol):
    """What knows how an order is put, and where the API calls back."""

    @property
    def callback(self) -> CallbackAddress | None:
        """Where."""

    def message(self, order: Order) -> Mapping[str, object]:
        """Write the body of a submit."""


W = TypeVar("W", bound=Writer)


class TaskApi(Generic[W]):
    """What the clients of the family share; open its `clients` first."""

    api: ClassVar[Api]

    def __init__(
        self,
        *,
        api_url: str,
        api_key: str,
        clock: Clock,
        writer: W,
        tile: int = 1,
        submit_timeout: float = 15.0,
        request_timeout: float = 20.0,
        generation_timeout: float = 900.0,
        schedule: PollSchedule = USUAL,
    ) -> None:
        """*api_url* is the address before the paths of `api`.  Times are in seconds.

        *tile*, 1 to 4, matters only where the API gives the four tiles but no grid.
        """
        called = writer.callback is not None
        self.capabilities = Capabilities(
            lookup=Lookup.PARTIAL if self.api.lists or called else Lookup.NONE,
            cancels=self.api.cancels,
            progress=self.api.progress,
            calls_back=called,
            flags=True,
            submit_timeout=submit_timeout,
            generation_timeout=generation_timeout,
            schedule=schedule,
        )
        self._clock = clock
        self._writer = writer
        self._tile = tile
        self._key = api_key.strip()
        self._issued = SeenTaskIds()
        self.clients = ApiClients(
            base_url=api_url,
            headers={"x-api-key": self._key},
            secrets=(self._key,),
            submit_timeout=submit_timeout,
            request_timeout=request_timeout,
        )

    @property
    def name(self) -> str:
        """See `ImageProvider`."""
        return self.api.provider

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation with one POST.  See `ImageProvider.submit`."""
        answer = await self.clients.submit_http.post(self.api.submit, self._writer.message(order))
        secrets = (self._key, order.prompt, order.negative)
        now = self._clock.now()
        reference = read_ticket(answer, name=self.api.name, now=now, secrets=secrets)
        return Ticket(self.name, self._issued.new(reference))

    async def find(self, order: Order) -> Ticket | None:  # noqa: ARG002 - the port's
        """Return None: what the API calls back about is adopted elsewhere."""
        return None

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask how far a generation is.  See `ImageProvider.poll`.

        The envelope of an error counts if it holds this very task.
        """
        answer = await self.clients.query_http.ask("GET", self.api.task + ticket.reference)
        body, name = json_object(answer), self.api.name
        if answer.status != OK and reference_in(body, name=name) != ticket.reference:
            raise trouble(answer, now=self._clock.now())
        return read_task(body, name=name, reference=ticket.reference, tile=self._tile)

    async def cancel(self, ticket: Ticket) -> None:
        """Do nothing: no way to call a task off is known."""

    async def check(self) -> None:
        """Ask a free question.

        Raises:
            Rejected: the key is refused.
            Unavailable: nobody answers, or nobody who speaks this API.

        """
        prefix = self.api.prefix
        prove_key(self._key, setting=f"{prefix}_API_KEY")
        try:
            answer = as_meant(await self._probe())
        except Unavailable as away:
            what = f"no answer from the host in {prefix}_API_URL: {away}"
            raise Unavailable(away.code, AWAY, detail=what) from None
        judge_probe(answer, prefix=prefix, lenient=not self.api.lists)

    async def _probe(self) -> Answer:
        """Ask about a task that does not exist."""
        return await self.clients.query_http.ask("GET", self.api.task + NO_SUCH_TASK)

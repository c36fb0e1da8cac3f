"""Midjourney through GoAPI's `mj/v2` API.

`POST /imagine` buys a generation and answers with a task id; `POST /fetch` tells how far it is.
The API knows no idempotency key and cannot list tasks, so a submit whose answer is lost cannot be
looked up (`Lookup.NONE`).  The result is a 2x2 grid, at an address that expires.
"""

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Order, Pending, Picture, Ticket
from mobart.core.errors import Unavailable
from mobart.core.policy import PollSchedule
from mobart.core.ports import Clock
from mobart.providers.api_clients import ApiClients, prove_key
from mobart.providers.callback import CallbackAddress
from mobart.providers.goapi.messages import imagine, read_task, read_ticket
from mobart.providers.goapi.polls import Polls
from mobart.providers.http import AWAY
from mobart.providers.outcomes import accepted_body
from mobart.providers.probes import judge_probe
from mobart.providers.seen_task_ids import SeenTaskIds

NO_SUCH_TASK = "00000000-0000-0000-0000-000000000000"
USUAL = PollSchedule()


class Midjourney:
    """An `ImageProvider`; open its `clients` first."""

    name: str = "midjourney"

    def __init__(
        self,
        *,
        api_url: str,
        api_key: str,
        clock: Clock,
        process_mode: str | None = None,
        aspect_ratio: str | None = None,
        tile: int = 1,
        submit_timeout: float = 30.0,
        request_timeout: float = 20.0,
        generation_timeout: float = 900.0,
        schedule: PollSchedule = USUAL,
        callback: CallbackAddress | None = None,
    ) -> None:
        """*api_url* is the address up to and with `/mj/v2`.  Times are in seconds.

        With *callback* a submit whose answer is lost may still turn up, since the API calls that
        address when a task gets on.

        *tile*, 1 to 4, matters only where the API gives the four tiles but no grid.
        """
        self.capabilities = Capabilities(
            lookup=Lookup.NONE if callback is None else Lookup.PARTIAL,
            progress=True,
            calls_back=callback is not None,
            flags=True,
            keeps=5 * 24 * 3600.0,
            submit_timeout=submit_timeout,
            generation_timeout=generation_timeout,
            schedule=schedule,
        )
        self._clock = clock
        self._process_mode = process_mode
        self._aspect_ratio = aspect_ratio
        self._tile = tile
        self._callback = callback
        self._key = api_key.strip()
        self._issued = SeenTaskIds()
        self.clients = ApiClients(
            base_url=api_url,
            headers={"X-API-KEY": self._key},
            secrets=(self._key,),
            submit_timeout=submit_timeout,
            request_timeout=request_timeout,
        )
        self._polls = Polls(line=self.clients.query_http, clock=clock)

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation with one POST.  See `ImageProvider.submit`."""
        secrets = (self._key, order.prompt)
        message = imagine(
            order,
            process_mode=self._process_mode,
            aspect_ratio=self._aspect_ratio,
            callback=self._callback,
        )
        answer = await self.clients.submit_http.post("/imagine", message)
        body = accepted_body(answer, now=self._clock.now(), secrets=secrets)
        return Ticket(self.name, self._issued.new(read_ticket(body, secrets=secrets)))

    async def find(self, order: Order) -> Ticket | None:  # noqa: ARG002 - the port's
        """Return None: this API cannot be asked; what it calls back about is adopted elsewhere."""
        return None

    async def cancel(self, ticket: Ticket) -> None:
        """Do nothing: this API knows no way to call a task off."""

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask how far a generation is.  See `ImageProvider.poll`."""
        task = await self._polls.look(ticket.reference)
        return read_task(task, reference=ticket.reference, tile=self._tile)

    async def check(self) -> None:
        """Ask about a task that does not exist, which costs nothing.

        Raises:
            Rejected: the key is refused.
            Unavailable: nobody answers, or nobody who speaks this API.

        """
        prove_key(self._key, setting="MIDJOURNEY_API_KEY")
        try:
            answer = await self._polls.ask("/fetch", {"task_id": NO_SUCH_TASK})
        except Unavailable as away:
            what = f"no answer from the host in MIDJOURNEY_API_URL: {away}"
            raise Unavailable(away.code, AWAY, detail=what) from None
        judge_probe(answer, prefix="MIDJOURNEY")

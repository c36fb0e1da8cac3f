"""ComfyUI: `POST /prompt` queues a workflow, `/history/{id}` tells once it is finished.

It costs nothing.  The id is ours, and always the same for an order, so that a submit whose answer was
lost is found again; not finding proves little, since the history is in memory and ends with the
server.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Order, Pending, Picture, Ticket
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.core.policy import PollSchedule, retry_after
from mobart.core.ports import Clock
from mobart.providers.api_clients import ApiClients
from mobart.providers.comfyui.inventory import kinds, shortcomings
from mobart.providers.comfyui.messages import (
    GenerationDefaults,
    judge,
    queued,
    read_history,
    read_ticket,
    remembered,
    submission,
    values_of,
)
from mobart.providers.comfyui.workflow import Workflow
from mobart.providers.http import AWAY, Answer
from mobart.providers.outcomes import NO_ACCESS, UNFIT, accepted_body, json_object
from mobart.providers.repeatable import id_of

MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Queue and history repeat whole workflows."""
LATEST = {"max_items": "64"}
"""How far back the history is searched at servers that give out ids of their own."""
OK, TOO_MANY_REQUESTS = 200, 429
REFUSALS = frozenset({401, 403})
USUAL = PollSchedule(2.0, 5.0)
ANYTHING = Order("check", "check", "check")


class ComfyUI:
    """An `ImageProvider`; open its `clients` first."""

    name: str = "comfyui"

    def __init__(
        self,
        *,
        base_url: str,
        clock: Clock,
        workflow: Workflow,
        defaults: GenerationDefaults,
        submit_timeout: float = 15.0,
        request_timeout: float = 20.0,
        generation_timeout: float = 900.0,
        schedule: PollSchedule = USUAL,
    ) -> None:
        """*base_url* is where ComfyUI is; times are in seconds."""
        self.capabilities = Capabilities(
            lookup=Lookup.PARTIAL,
            free=True,
            cancels=True,
            submit_timeout=submit_timeout,
            generation_timeout=generation_timeout,
            schedule=schedule,
        )
        self._base_url = base_url.rstrip("/")
        self._clock = clock
        self._workflow = workflow
        self._defaults = defaults
        self.clients = ApiClients(
            base_url=self._base_url,
            headers={},
            secrets=(),
            submit_timeout=submit_timeout,
            request_timeout=request_timeout,
            max_bytes=MAX_ANSWER_BYTES,
        )

    async def submit(self, order: Order) -> Ticket:
        """Queue one workflow with one POST.  See `ImageProvider.submit`."""
        answer = await self.clients.submit_http.post(
            "/prompt", submission(order, self._workflow, self._defaults)
        )
        secrets = (order.prompt,)
        body = accepted_body(answer, now=self._clock.now(), secrets=secrets, judge=judge)
        return Ticket(self.name, read_ticket(body))

    async def find(self, order: Order) -> Ticket | None:
        """Look into the queue, and then into the history.  See `ImageProvider.find`.

        In this order: what is finished in between is found in the history.
        """
        ours = id_of(order)
        reference = _known(queued(await self._read("/queue")), ours)
        if reference is None and ours in await self._read(f"/history/{ours}"):
            reference = ours
        if reference is None:
            reference = _known(remembered(await self._read("/history", params=LATEST)), ours)
        return None if reference is None else Ticket(self.name, reference)

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask how far a generation is.  See `ImageProvider.poll`."""
        picture = await self._finished(ticket)
        if picture is not None:
            return picture
        if _is_in(queued(await self._read("/queue")), ticket):
            return Pending()
        picture = await self._finished(ticket)  # perhaps finished between the two questions
        if picture is not None:
            return picture
        detail = "poll: neither in the queue nor in the history: was ComfyUI started anew?"
        raise Unavailable(Code.PROVIDER_BAD_RESPONSE, AWAY, detail=detail)

    async def cancel(self, ticket: Ticket) -> None:
        """Take it out of the queue, or interrupt it if it is what is running.

        Older servers interrupt whatever runs, so they are asked first what that is.
        """
        await self.clients.query_http.ask("POST", "/queue", json={"delete": [ticket.reference]})
        if _is_in(queued(await self._read("/queue"), running=True), ticket):
            await self.clients.query_http.ask(
                "POST", "/interrupt", json={"prompt_id": ticket.reference}
            )

    async def check(self) -> None:
        """Ask what the server is, and whether it has all that the workflow needs.

        Raises:
            Rejected: something in front of it asks for a password, or a node or model is missing.
            Unavailable: nobody answers, or nobody who speaks this API.

        """
        answer = await self.clients.query_http.ask("GET", "/system_stats")
        status = f"HTTP {answer.status}"
        if answer.status in REFUSALS:
            detail = f"{status}: what answers at COMFYUI_URL refuses this worker"
            raise Rejected(Code.PROVIDER_AUTH, NO_ACCESS, detail=detail)
        if answer.status != OK or "system" not in (json_object(answer) or {}):
            detail = f"{status}: what answers at COMFYUI_URL does not look like the API"
            raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, detail=detail)
        await self._check_inventory()

    async def _check_inventory(self) -> None:
        graph: dict[str, Any] = self._workflow.filled(values_of(ANYTHING, self._defaults))
        for kind in kinds(self._workflow):
            about = await self._read(f"/object_info/{quote(kind, safe='')}")
            for lack in shortcomings(graph, kind, about):
                detail = f"{lack}: see COMFYUI_WORKFLOW and COMFYUI_CHECKPOINT"
                raise Rejected(Code.PROVIDER_UNAVAILABLE, UNFIT, detail=detail)

    async def _finished(self, ticket: Ticket) -> Picture | None:
        history = await self._read(f"/history/{ticket.reference}")
        return read_history(history, reference=ticket.reference, base_url=self._base_url)

    async def _read(self, path: str, **content: Any) -> dict[str, Any]:
        """Return what is at *path*.  Raises Unavailable."""
        answer = await self.clients.query_http.ask("GET", path, **content)
        body = json_object(answer) if answer.status == OK else None
        if body is None:
            raise self._trouble(answer)
        return body

    def _trouble(self, answer: Answer) -> Unavailable:
        busy = answer.status == TOO_MANY_REQUESTS
        code = Code.PROVIDER_RATE_LIMITED if busy else Code.PROVIDER_UNAVAILABLE
        wait = retry_after(answer.headers, now=self._clock.now())
        detail = f"HTTP {answer.status}, or not readable"
        return Unavailable(code, AWAY, retry_after=wait, detail=detail)


def _known(entries: Iterator[tuple[str, str]], ours: str) -> str | None:
    """Return the id of the entry that is ours, whoever gave it."""
    return next((name for name, client in entries if ours in {name, client}), None)


def _is_in(entries: Iterator[tuple[str, str]], ticket: Ticket) -> bool:
    return any(name == ticket.reference for name, _ in entries)

"""ComfyUI: `POST /prompt` queues a workflow, `/history/{id}` has the result once it is finished.

It costs nothing.  The id is ours, and always the same for an order, so that a submit whose answer was
lost is found again, and one that a restart lost is queued again: queue and history are in memory and
end with the server.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from mobart.core.capabilities import Capabilities, Grammar
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.core.setting_types import group_of
from mobart.providers.api_provider import TaskProvider
from mobart.providers.checks import Check, is_ok_json
from mobart.providers.comfyui.inventory import kinds, shortcomings
from mobart.providers.comfyui.messages import (
    judge,
    queued,
    read_history,
    read_ticket,
    reference_name,
    remembered,
    submission,
    values_of,
)
from mobart.providers.comfyui.queued import QueuedOrders
from mobart.providers.comfyui.settings import ComfyUISettings
from mobart.providers.comfyui.workflow import Workflow
from mobart.providers.forms import form_with
from mobart.providers.http import Answer
from mobart.providers.outcomes import CONCERN_ALL, is_success, json_object, silent, trouble, usable
from mobart.providers.repeatable import id_of
from mobart.providers.repeats import PAUSES, TRIES, repeat
from mobart.providers.sentences import REFUSED, UNFIT
from mobart.providers.spec import BuildContext, BuiltProvider, polled, polling

MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Queue and history repeat whole workflows."""
LATEST = {"max_items": "64"}
"""How far back the history is searched at servers that give out ids of their own."""
EXAMPLE = Order("check", "check", "check")


def _describes_system(answer: Answer) -> bool:
    return is_ok_json(answer) and "system" in (json_object(answer) or {})


class ComfyUI(TaskProvider):
    """An `ImageProvider`."""

    name = "comfyui"
    check_at_start = Check(
        key="COMFYUI_URL", address="COMFYUI_URL", fits=_describes_system, keyless=True
    )

    def __init__(self, context: BuildContext) -> None:
        """Several tries make a submit.  Raises OSError or ValueError as `Workflow.chosen`."""
        settings = context.group(ComfyUISettings)
        workflow = Workflow.chosen(settings)
        timeout = settings.comfyui_submit_timeout_seconds
        times = polling(settings, "comfyui") | {"submit_timeout": TRIES * timeout + sum(PAUSES)}
        super().__init__(
            Capabilities(
                lookup=Lookup.PARTIAL,
                free=True,
                grammar=Grammar.STABLE_DIFFUSION,
                cancels=True,
                references=workflow.references,
                **times,
            ),
            clock=context.clock,
            base_url=settings.comfyui_url,
            submit_timeout=timeout,
            max_bytes=MAX_ANSWER_BYTES,
        )
        self._workflow = workflow
        self._queued = QueuedOrders()
        self._settings = settings

    async def submit(self, order: Order) -> Ticket:
        """Queue one workflow; a try without an answer is repeated.  See `ImageProvider.submit`."""
        timeout = self.capabilities.submit_timeout
        ticket = await repeat(partial(self._try, order), clock=self._clock, seconds=timeout)
        self._queued.add(ticket.reference, order)
        return ticket

    async def _try(self, order: Order, seconds: float) -> Ticket:
        """Queue the workflow once, or find it where an earlier try did so unheard."""
        await self._upload(order)
        message = submission(order, self._workflow, self._settings)
        try:
            answer = await self._buy(order, "/prompt", json=message, seconds=seconds)
            if answer.status == HTTPStatus.CONFLICT:  # newer servers know the id, which is ours
                return Ticket(self.name, id_of(order))
            own = silent if answer.status in CONCERN_ALL else judge  # a cloud's, of the account
            return await self._taken(order, self._accepted(answer, order, own))
        except InDoubt:
            with suppress(Unavailable):
                if found := await self.find(order):
                    return found
            raise

    async def _upload(self, order: Order) -> None:
        """Put the picture to go by where `LoadImage` looks; the same one again replaces it.

        Raises:
            Rejected: the workflow needs one, and the request refers to none.
            Unavailable: it could not be put there, so nothing was queued.
        """
        if not self._workflow.references:
            return
        if order.reference is None:
            hint = "options.reference: this workflow needs a picture to go by."
            raise Rejected(Code.PROVIDER_REJECTED, REFUSED, hint=hint)
        where = {"type": "input", "overwrite": True}
        form = form_with(where, order.reference, "image", filename=reference_name(order))
        answer = await self.clients.query_http.ask("POST", "/upload/image", data=form)
        if not is_success(answer):
            raise self._trouble(answer)

    async def _taken(self, order: Order, body: dict[str, Any]) -> Ticket:
        """Read the ticket; a workflow that was taken in vain is cancelled."""
        try:
            return Ticket(self.name, usable(read_ticket(body, self._workflow)))
        except Rejected:
            with suppress(Unavailable):
                await self.cancel(Ticket(self.name, id_of(order)))
            raise

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
        """Ask for the state of a generation.  See `ImageProvider.poll`.

        What is neither in the queue nor in the history at two polls in a row was lost by a restart.
        """
        reference = self._queued.current(ticket.reference)
        picture = await self._finished(reference)
        if picture is None:
            if _is_in(queued(await self._read("/queue")), reference):
                self._queued.seen(ticket.reference)
                return Pending()
            picture = await self._finished(reference)  # perhaps finished between the two questions
        if picture is None:
            return await self._queue_again(ticket.reference)
        return picture

    async def _queue_again(self, reference: str) -> Pending:
        """Queue a lost workflow again.  Raises Unavailable at the first miss, Rejected at last."""
        order = self._queued.missed(reference)
        renewed = await self._try(order, self.capabilities.submit_timeout)
        self._queued.renew(reference, renewed.reference)
        return Pending()

    async def cancel(self, ticket: Ticket) -> None:
        """Take it out of the queue, or interrupt it if it is running.

        Older servers interrupt anything that runs, so they are asked first what that is.
        """
        reference = self._queued.current(ticket.reference)
        await self.clients.query_http.ask("POST", "/queue", json={"delete": [reference]})
        if _is_in(queued(await self._read("/queue"), running=True), reference):
            await self.clients.query_http.ask("POST", "/interrupt", json={"prompt_id": reference})

    async def check(self) -> None:
        """Ask for the server's description, and for all that the workflow needs.

        Raises:
            Rejected: something in front of it refuses the password, or a node or model is missing.
            Unavailable: nothing answers, or nothing that speaks this API.
        """
        await self._check("GET", "/system_stats")
        graph: dict[str, Any] = self._workflow.filled(
            values_of(EXAMPLE, self._settings) | {"reference": None}  # it is put there later
        )
        for kind in kinds(self._workflow):
            description = await self._read(f"/object_info/{quote(kind, safe='')}")
            for lack in shortcomings(graph, kind, description):
                detail = f"{lack}: see COMFYUI_WORKFLOW and COMFYUI_CHECKPOINT"
                raise Rejected(Code.PROVIDER_UNAVAILABLE, UNFIT, detail=detail)

    async def _finished(self, reference: str) -> Picture | None:
        history, outputs = await self._read(f"/history/{reference}"), self._workflow.outputs
        url = self.clients.base_url
        return read_history(history, reference=reference, base_url=url, outputs=outputs)

    async def _read(self, path: str, **content: Any) -> dict[str, Any]:
        """Return what is at *path*.  Raises Unavailable."""
        answer = await self.clients.query_http.ask("GET", path, **content)
        body = json_object(answer) if answer.status == HTTPStatus.OK else None
        if body is None:
            raise trouble(answer, now=self._clock.now(), codes=CONCERN_ALL)
        return body


def _known(entries: Iterator[tuple[str, str]], ours: str) -> str | None:
    """Return the id of the entry that is ours, given by us or by the server."""
    return next((name for name, client in entries if ours in {name, client}), None)


def _is_in(entries: Iterator[tuple[str, str]], reference: str) -> bool:
    return any(name == reference for name, _ in entries)


def build(context: BuildContext) -> BuiltProvider:
    """Build the client."""
    return polled(ComfyUI(context))


def problems(settings: BaseModel) -> Sequence[str]:
    """Return what is wrong with the workflow's file."""
    try:
        Workflow.chosen(group_of(settings, ComfyUISettings))
    except OSError as error:
        return [f"COMFYUI_WORKFLOW: cannot be read: {error.strerror}"]
    except ValueError as error:
        return [f"COMFYUI_WORKFLOW: {error}"]
    return []

"""Midjourney through a midjourney-proxy: self-hosted, or a reseller's who speaks its API.

`POST /submit/imagine` buys a generation and answers with a task id; `GET /task/{id}/fetch` polls it.
The API has no idempotency key, but a task keeps the `state` that it was given, and `GET /task/list`
shows it: all tasks at one implementation, the newest hundred at another, none at resellers, and at
most those since the proxy's last start.  So not finding proves nothing.
"""

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus

from mobart.core.capabilities import Capabilities, Grammar
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.errors import InDoubt
from mobart.core.orders import Order
from mobart.core.setting_types import secret_text
from mobart.providers.api_provider import TaskProvider
from mobart.providers.checks import Check, is_json
from mobart.providers.goapi.settings import MidjourneySettings
from mobart.providers.http import Answer
from mobart.providers.midjourney import with_reference
from mobart.providers.mjproxy.messages import (
    imagine,
    read_callback,
    read_list,
    read_task,
    read_ticket,
    verdict,
)
from mobart.providers.mjproxy.settings import MidjourneyProxySettings
from mobart.providers.other_shapes import list_in, object_with
from mobart.providers.outcomes import CONCERN_ALL, is_redirect, trouble
from mobart.providers.spec import BuildContext, BuiltProvider, polled, polling

NO_SUCH_TASK = "0"
MAX_LIST_BYTES = 16 * 1024 * 1024
"""Of a list of tasks: some ten thousand."""
FOUND = frozenset({HTTPStatus.OK, HTTPStatus.NO_CONTENT})
AUTH: Mapping[str, Callable[[str], dict[str, str]]] = {
    "mj-api-secret": lambda key: {"mj-api-secret": key},
    "bearer": lambda key: {"Authorization": f"Bearer {key}"},
}
"""The header with the key, by its name in settings."""


def _is_nothing(answer: Answer) -> bool:
    """Return whether it means "no such task": one implementation sends nothing, another null."""
    return answer.whole and answer.body.strip() in {b"", b"null"}


def _is_api(answer: Answer) -> bool:
    return is_json(answer) or (answer.status in FOUND and _is_nothing(answer))


class MidjourneyProxy(TaskProvider):
    """An `ImageProvider`."""

    name = "midjourney-proxy"
    check_at_start = Check(
        key="MJ_PROXY_API_KEY (or see MJ_PROXY_AUTH)",
        address="MJ_PROXY_API_URL",
        fits=_is_api,
        keyless=True,
    )

    def __init__(self, context: BuildContext) -> None:
        """See `ApiProvider`; polls are no rarer with a callback: resellers drop calls."""
        settings = context.group(MidjourneyProxySettings)
        key = secret_text(settings.mj_proxy_api_key)
        super().__init__(
            Capabilities(
                lookup=Lookup.PARTIAL,
                cancels=True,
                progress=True,
                references=True,
                grammar=Grammar.MIDJOURNEY,
                **polling(settings, "mj_proxy"),
            ),
            clock=context.clock,
            base_url=settings.mj_proxy_api_url,
            key=key,
            headers=AUTH[settings.mj_proxy_auth](key) if key else {},
            max_bytes=MAX_LIST_BYTES,
            callback=context.callback(self.name, settings.mj_proxy_api_key, echo="state"),
        )
        self._midjourney = context.group(MidjourneySettings)

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation with one POST.  See `ImageProvider.submit`."""
        order = with_reference(order, self._midjourney.midjourney_reference)
        ratio = self._midjourney.midjourney_aspect_ratio
        message = imagine(order, aspect_ratio=ratio, callback=self.callback)
        answer = await self._buy(order, "/submit/imagine", json=message)
        _doubt_a_retry(answer)
        secrets = self._secrets_of(order)
        body = self._accepted(answer, order, partial(verdict, secrets=secrets))
        return self._ticket(read_ticket(body, secrets=secrets))

    async def find(self, order: Order) -> Ticket | None:
        """Look for the task with the request's id as its state, where tasks are listed."""
        answer = await self.clients.query_http.ask("GET", "/task/list")
        if answer.status in CONCERN_ALL or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise self._trouble(answer)
        reference = read_list(list_in(answer), request_id=order.request_id)
        return None if reference is None else Ticket(self.name, reference)

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask for the state of a generation; no HTTP status but a good one is about this task.

        See `ImageProvider.poll`.
        """
        answer = await self.clients.query_http.ask("GET", f"/task/{ticket.reference}/fetch")
        if answer.status not in FOUND:
            raise trouble(answer, now=self._clock.now(), codes=CONCERN_ALL)
        known = object_with(answer, "id", of=ticket.reference)
        task = known if known is not None or _is_nothing(answer) else "unreadable"
        tile = self._midjourney.single_tile
        return read_task(task, reference=ticket.reference, tile=tile)

    async def cancel(self, ticket: Ticket) -> None:
        """Cancel a generation; one implementation can, the others do not have the address."""
        await self.clients.query_http.ask("POST", f"/task/{ticket.reference}/cancel")

    async def check(self) -> None:
        """Ask about a task that does not exist, which is free.  See `CheckedProvider.check`."""
        await self._check("GET", f"/task/{NO_SUCH_TASK}/fetch")


def _doubt_a_retry(answer: Answer) -> None:
    """Raise InDoubt for a reseller's redirect to itself: its first try may have bought something."""
    target = {name.lower(): value for name, value in answer.headers.items()}.get("location", "")
    if is_redirect(answer) and "retry=" in target:
        raise InDoubt(f"HTTP {answer.status} to another try")


def build(context: BuildContext) -> BuiltProvider:
    """Build the client."""
    return polled(MidjourneyProxy(context), read_callback)

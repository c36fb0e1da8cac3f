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
from mobart.core.errors import Code, InDoubt, Unavailable
from mobart.core.orders import Order
from mobart.core.policy import PollSchedule, retry_after
from mobart.core.ports import Clock
from mobart.core.setting_types import secret_text
from mobart.providers.api_clients import ApiClients, ApiProvider
from mobart.providers.callback import CallbackAddress
from mobart.providers.checks import Check, is_json, require_header_value
from mobart.providers.http import Answer
from mobart.providers.midjourney import IMAGE, with_reference
from mobart.providers.mjproxy.messages import imagine, read_list, read_task, read_ticket, verdict
from mobart.providers.mjproxy.settings import MidjourneyProxySettings
from mobart.providers.outcomes import accepted_body, is_redirect, json_value
from mobart.providers.repeatable import key_headers
from mobart.providers.seen_task_ids import SeenTaskIds
from mobart.providers.sentences import AWAY

NO_SUCH_TASK = "0"
MAX_LIST_BYTES = 16 * 1024 * 1024
"""Of a list of tasks: some ten thousand."""
FOUND = frozenset({HTTPStatus.OK, HTTPStatus.NO_CONTENT})
TROUBLES: Mapping[int, Code] = {
    HTTPStatus.UNAUTHORIZED: Code.PROVIDER_AUTH,
    HTTPStatus.FORBIDDEN: Code.PROVIDER_AUTH,
    HTTPStatus.PAYMENT_REQUIRED: Code.PROVIDER_CREDIT,
    HTTPStatus.TOO_MANY_REQUESTS: Code.PROVIDER_RATE_LIMITED,
}
"""Statuses that concern every request; all others may pass, or are about one task."""
AUTH: Mapping[str, Callable[[str], dict[str, str]]] = {
    "mj-api-secret": lambda key: {"mj-api-secret": key},
    "bearer": lambda key: {"Authorization": f"Bearer {key}"},
}
"""The header with the key, by its name in settings."""


class MidjourneyProxy(ApiProvider):
    """An `ImageProvider`; open its `clients` first."""

    name = "midjourney-proxy"

    def __init__(
        self,
        settings: MidjourneyProxySettings,
        *,
        clock: Clock,
        tile: int = 1,
        reference: str = IMAGE,
        aspect_ratio: str | None = None,
        callback: CallbackAddress | None = None,
    ) -> None:
        """*tile*, 1 to 4, matters only where there are four tiles but no grid.

        It is polled as often as one that does not call back: calls are not repeated, and resellers
        drop them.
        """
        self.capabilities = Capabilities(
            lookup=Lookup.PARTIAL,
            cancels=True,
            progress=True,
            references=True,
            calls_back=callback is not None,
            grammar=Grammar.MIDJOURNEY,
            submit_timeout=settings.mj_proxy_submit_timeout_seconds,
            generation_timeout=settings.mj_proxy_timeout_seconds,
            schedule=PollSchedule(
                settings.mj_proxy_poll_initial_seconds, settings.mj_proxy_poll_max_seconds
            ),
        )
        self._clock = clock
        self._aspect_ratio = aspect_ratio
        self._tile = tile
        self._reference = reference
        self._callback = callback
        self._key = secret_text(settings.mj_proxy_api_key)
        self._seen = SeenTaskIds()
        self.clients = ApiClients(
            base_url=settings.mj_proxy_api_url,
            headers=AUTH[settings.mj_proxy_auth](self._key) if self._key else {},
            secrets=(self._key,),
            submit_timeout=settings.mj_proxy_submit_timeout_seconds,
            max_bytes=MAX_LIST_BYTES,
        )

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation with one POST.  See `ImageProvider.submit`."""
        order = with_reference(order, self._reference)
        secrets = (self._key, order.prompt)
        message = imagine(order, aspect_ratio=self._aspect_ratio, callback=self._callback)
        answer = await self.clients.submit_http.post(
            "/submit/imagine", message, headers=key_headers(order)
        )
        _doubt_a_retry(answer)
        judge = partial(verdict, secrets=secrets)
        body = accepted_body(answer, now=self._clock.now(), secrets=secrets, judge=judge)
        return Ticket(self.name, self._seen.new(read_ticket(body, secrets=secrets)))

    async def find(self, order: Order) -> Ticket | None:
        """Look for the task with the request's id as its state, where tasks are listed."""
        answer = await self.clients.query_http.ask("GET", "/task/list")
        if answer.status in TROUBLES or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise self._trouble("list", answer)
        reference = read_list(json_value(answer), request_id=order.request_id)
        return None if reference is None else Ticket(self.name, reference)

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask for the state of a generation.  See `ImageProvider.poll`."""
        answer = await self.clients.query_http.ask("GET", f"/task/{ticket.reference}/fetch")
        if answer.status not in FOUND:
            raise self._trouble("poll", answer)
        known = json_value(answer)
        task = known if known is not None or _is_nothing(answer) else "unreadable"
        return read_task(task, reference=ticket.reference, tile=self._tile)

    async def cancel(self, ticket: Ticket) -> None:
        """Cancel a generation; one implementation can, the others do not have the address."""
        await self.clients.query_http.ask("POST", f"/task/{ticket.reference}/cancel")

    async def check(self) -> None:
        """Ask about a task that does not exist, which is free.  See `CheckedProvider.check`."""
        if self._key:
            require_header_value(self._key, setting="MJ_PROXY_API_KEY")
        await CHECK.ask(self.clients.query_http, "GET", f"/task/{NO_SUCH_TASK}/fetch")

    def _trouble(self, question: str, answer: Answer) -> Unavailable:
        """Make the error for an answer that is none: no HTTP status fails a paid job."""
        code = TROUBLES.get(answer.status, Code.PROVIDER_UNAVAILABLE)
        wait = retry_after(answer.headers, now=self._clock.now())
        detail = f"{question}: HTTP {answer.status}"
        return Unavailable(code, AWAY, retry_after=wait, detail=detail)


def _doubt_a_retry(answer: Answer) -> None:
    """Raise InDoubt for a reseller's redirect to itself: its first try may have bought something."""
    target = {name.lower(): value for name, value in answer.headers.items()}.get("location", "")
    if is_redirect(answer) and "retry=" in target:
        raise InDoubt(f"HTTP {answer.status} to another try")


def _is_nothing(answer: Answer) -> bool:
    """Return whether it means "no such task": one implementation sends nothing, another null."""
    return answer.whole and answer.body.strip() in {b"", b"null"}


def _is_api(answer: Answer) -> bool:
    return is_json(answer) or (answer.status in FOUND and _is_nothing(answer))


CHECK = Check(
    key="MJ_PROXY_API_KEY (or see MJ_PROXY_AUTH)", address="MJ_PROXY_API_URL", fits=_is_api
)

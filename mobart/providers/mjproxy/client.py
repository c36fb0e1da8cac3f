"""Midjourney through a midjourney-proxy: one's own, or a reseller's who speaks its API.

`POST /submit/imagine` buys a generation and answers with a task id; `GET /task/{id}/fetch` tells how
far it is.  The API knows no idempotency key, but a task keeps the `state` that it was given, and
`GET /task/list` shows it: all tasks at one implementation, the newest hundred at another, none at
resellers, and at most of them only those since its last start.  So not finding proves nothing.
"""

from collections.abc import Callable, Mapping
from functools import partial

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Order, Pending, Picture, Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.policy import PollSchedule, retry_after
from mobart.core.ports import Clock
from mobart.providers.api_clients import ApiClients, prove_key
from mobart.providers.callback import CallbackAddress
from mobart.providers.http import AWAY, Answer
from mobart.providers.mjproxy.messages import imagine, read_list, read_task, read_ticket, verdict
from mobart.providers.outcomes import NO_ACCESS, accepted_body, json_object, json_value
from mobart.providers.seen_task_ids import SeenTaskIds

NO_SUCH_TASK = "0"
MAX_LIST_BYTES = 16 * 1024 * 1024
"""Of a list of tasks: some ten thousand."""
OK, NO_CONTENT, UNAUTHORIZED, FORBIDDEN, TOO_MANY_REQUESTS = 200, 204, 401, 403, 429
TROUBLES = {
    UNAUTHORIZED: Code.PROVIDER_AUTH,
    FORBIDDEN: Code.PROVIDER_AUTH,
    402: Code.PROVIDER_CREDIT,
    TOO_MANY_REQUESTS: Code.PROVIDER_RATE_LIMITED,
}
"""What is wrong with everybody's questions; all the rest may pass, or is about one task."""
AUTH: Mapping[str, Callable[[str], dict[str, str]]] = {
    "mj-api-secret": lambda key: {"mj-api-secret": key},
    "bearer": lambda key: {"Authorization": f"Bearer {key}"},
}
"""How the key is brought, by the name that it has in settings."""
USUAL = PollSchedule()


class MidjourneyProxy:
    """An `ImageProvider`; open its `clients` first."""

    name: str = "midjourney-proxy"

    def __init__(
        self,
        *,
        api_url: str,
        api_key: str,
        clock: Clock,
        auth: str = "mj-api-secret",
        aspect_ratio: str | None = None,
        tile: int = 1,
        submit_timeout: float = 30.0,
        request_timeout: float = 20.0,
        generation_timeout: float = 900.0,
        schedule: PollSchedule = USUAL,
        callback: CallbackAddress | None = None,
    ) -> None:
        """*api_url* is the address up to and with `/mj`, a speed's prefix before it included.

        *api_key* is empty where the proxy asks for none; *auth* is a name in `AUTH`.  Times are in
        seconds.  *tile*, 1 to 4, matters only where there are four tiles but no grid.
        """
        self.capabilities = Capabilities(
            lookup=Lookup.PARTIAL,
            cancels=True,
            progress=True,
            calls_back=callback is not None,
            flags=True,
            submit_timeout=submit_timeout,
            generation_timeout=generation_timeout,
            schedule=schedule,
        )
        self._clock = clock
        self._aspect_ratio = aspect_ratio
        self._tile = tile
        self._callback = callback
        self._key = api_key.strip()
        self._issued = SeenTaskIds()
        self.clients = ApiClients(
            base_url=api_url,
            headers=AUTH[auth](self._key) if self._key else {},
            secrets=(self._key,),
            submit_timeout=submit_timeout,
            request_timeout=request_timeout,
            max_bytes=MAX_LIST_BYTES,
        )

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation with one POST.  See `ImageProvider.submit`."""
        secrets = (self._key, order.prompt)
        message = imagine(order, aspect_ratio=self._aspect_ratio, callback=self._callback)
        answer = await self.clients.submit_http.post("/submit/imagine", message)
        _doubt_a_retry(answer)
        judge = partial(verdict, secrets=secrets)
        body = accepted_body(answer, now=self._clock.now(), secrets=secrets, judge=judge)
        return Ticket(self.name, self._issued.new(read_ticket(body, secrets=secrets)))

    async def find(self, order: Order) -> Ticket | None:
        """Look for the task with the request's id as its state, where tasks are listed."""
        answer = await self.clients.query_http.ask("GET", "/task/list")
        if answer.status in TROUBLES or answer.status // 100 == 5:  # noqa: PLR2004 - server errors
            raise self._trouble("list", answer)
        reference = read_list(json_value(answer), request_id=order.request_id)
        return None if reference is None else Ticket(self.name, reference)

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask how far a generation is.  See `ImageProvider.poll`."""
        answer = await self.clients.query_http.ask("GET", f"/task/{ticket.reference}/fetch")
        if answer.status not in {OK, NO_CONTENT}:
            raise self._trouble("poll", answer)
        known = json_value(answer)
        task = known if known is not None or _is_nothing(answer) else "unreadable"
        return read_task(task, reference=ticket.reference, tile=self._tile)

    async def cancel(self, ticket: Ticket) -> None:
        """Call a generation off; one implementation can, the others do not know the address."""
        await self.clients.query_http.ask("POST", f"/task/{ticket.reference}/cancel")

    async def check(self) -> None:
        """Ask about a task that does not exist, which costs nothing.

        Raises:
            Rejected: the key is refused.
            Unavailable: nobody answers, or nobody who speaks this API.

        """
        if self._key:
            prove_key(self._key, setting="MJ_PROXY_API_KEY")
        try:
            answer = await self.clients.query_http.ask("GET", f"/task/{NO_SUCH_TASK}/fetch")
        except Unavailable as away:
            what = f"no answer from the host in MJ_PROXY_API_URL: {away}"
            raise Unavailable(away.code, AWAY, detail=what) from None
        _judge_check(answer)

    def _trouble(self, question: str, answer: Answer) -> Unavailable:
        """Judge an answer that is none: no HTTP status fails a paid job."""
        code = TROUBLES.get(answer.status, Code.PROVIDER_UNAVAILABLE)
        wait = retry_after(answer.headers, now=self._clock.now())
        detail = f"{question}: HTTP {answer.status}"
        return Unavailable(code, AWAY, retry_after=wait, detail=detail)


def _doubt_a_retry(answer: Answer) -> None:
    """Raise InDoubt for a reseller's redirect to itself: its first try may have bought something."""
    target = {name.lower(): value for name, value in answer.headers.items()}.get("location", "")
    if answer.status // 100 == 3 and "retry=" in target:  # noqa: PLR2004 - redirects
        raise InDoubt(f"HTTP {answer.status} to another try")


def _is_nothing(answer: Answer) -> bool:
    """Whether it says that there is no such task: one implementation sends nothing, one sends null."""
    return answer.whole and answer.body.strip() in {b"", b"null"}


def _judge_check(answer: Answer) -> None:
    """Tell an API from a refused key and from a web page where the API used to be."""
    status, page = f"HTTP {answer.status}", answer.body.lstrip().startswith(b"<")
    if answer.status in {UNAUTHORIZED, FORBIDDEN} and not page:
        detail = f"{status}: the API refuses the key in MJ_PROXY_API_KEY (or see MJ_PROXY_AUTH)"
        raise Rejected(Code.PROVIDER_AUTH, NO_ACCESS, detail=detail)
    nothing = answer.status in {OK, NO_CONTENT} and _is_nothing(answer)
    if not nothing and json_object(answer) is None:
        detail = f"{status}: what answers at MJ_PROXY_API_URL does not look like the API"
        raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, detail=detail)

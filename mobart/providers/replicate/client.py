"""Replicate's API: one POST buys a prediction, a GET tells how far it is.

It knows no idempotency key, but lists what was bought within its memory of about an hour, so a
submit whose answer is lost can be looked up (`Lookup.PARTIAL`: the list may lag behind).  The
addresses that answers bring are never asked: the token goes to the configured host only.
"""

from datetime import timedelta
from typing import Any

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Order, Pending, Picture, Ticket
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.core.policy import PollSchedule
from mobart.core.ports import Clock
from mobart.providers.api_clients import ApiClients, prove_api, prove_key
from mobart.providers.http import AWAY, Answer
from mobart.providers.outcomes import (
    NO_ACCESS,
    REFUSALS,
    accepted_body,
    json_object,
    trouble,
)
from mobart.providers.replicate.messages import (
    NO_MODEL,
    Model,
    Writer,
    cursor_in,
    is_older,
    judge,
    predictions_in,
    read_callback,
    read_prediction,
    read_ticket,
)
from mobart.providers.seen_task_ids import SeenTaskIds

KEPT = 3600.0
"""Seconds after which inputs and outputs of a finished prediction are removed."""
MEMORY = timedelta(hours=2)
"""How far back the list is read: what is older has lost its input, and cannot be recognised."""
PAGES = 10
"""Most pages of the list, of a hundred predictions each."""
SHORTEST_DEADLINE = 5
"""Seconds, the least that the API takes."""
OK, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 200, 401, 403, 404
USUAL = PollSchedule(initial=2.0, longest=10.0)


class Replicate:
    """An `ImageProvider`; open its `clients` first."""

    name: str = "replicate"

    def __init__(
        self,
        *,
        api_url: str,
        token: str,
        clock: Clock,
        writer: Writer,
        submit_timeout: float = 15.0,
        request_timeout: float = 20.0,
        generation_timeout: float = 900.0,
        schedule: PollSchedule = USUAL,
    ) -> None:
        """*api_url* is the address up to and with `/v1`.  Times are in seconds.

        The API itself ends what is not finished after *generation_timeout*: nobody waits for it.
        """
        self.capabilities = Capabilities(
            lookup=Lookup.PARTIAL,
            cancels=True,
            progress=True,
            calls_back=writer.callback is not None,
            keeps=KEPT,
            submit_timeout=submit_timeout,
            generation_timeout=generation_timeout,
            schedule=schedule,
        )
        self._clock = clock
        self._writer = writer
        self._key = token.strip()
        deadline = f"{max(SHORTEST_DEADLINE, round(generation_timeout))}s"
        self._issued = SeenTaskIds()
        self.clients = ApiClients(
            base_url=api_url,
            headers={"Authorization": f"Bearer {self._key}"},
            secrets=(self._key,),
            submit_timeout=submit_timeout,
            request_timeout=request_timeout,
            buying={"Cancel-After": deadline},
        )

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation with one POST.  See `ImageProvider.submit`."""
        path, message = self._writer.prediction(order)
        answer = await self.clients.submit_http.post(path, message)
        callback = self._writer.callback
        proof = callback.secret(order.request_id) if callback else ""
        secrets = (self._key, order.prompt, order.negative, proof)
        body = accepted_body(answer, now=self._clock.now(), secrets=secrets, judge=judge)
        return Ticket(self.name, self._issued.new(read_ticket(body)))

    async def find(self, order: Order) -> Ticket | None:
        """Look for the prediction of *order* in the list, the latest first."""
        oldest, cursor = self._clock.now() - MEMORY, None
        for _ in range(PAGES):
            page = await self._page(cursor)
            predictions = predictions_in(page)
            for one in predictions:
                reference = read_callback(one)
                if reference is not None and self._writer.recognises(order, one):
                    return Ticket(self.name, reference)
            cursor = cursor_in(page)
            if cursor is None or any(is_older(one, oldest) for one in predictions):
                return None
        return None

    async def _page(self, cursor: str | None) -> dict[str, Any]:
        params = {} if cursor is None else {"cursor": cursor}
        answer = await self.clients.query_http.ask("GET", "/predictions", params=params)
        body = json_object(answer)
        if answer.status != OK or body is None:
            raise trouble(answer, now=self._clock.now())
        return body

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask how far a generation is.  See `ImageProvider.poll`."""
        answer = await self.clients.query_http.ask("GET", f"/predictions/{ticket.reference}")
        if answer.status != OK:
            raise trouble(answer, now=self._clock.now())
        return read_prediction(json_object(answer), reference=ticket.reference)

    async def cancel(self, ticket: Ticket) -> None:
        """Call a generation off; what it ran for until then is paid.  A no is no trouble."""
        answer = await self.clients.query_http.ask(
            "POST", f"/predictions/{ticket.reference}/cancel"
        )
        if answer.status // 100 != 2 and answer.status not in REFUSALS:  # noqa: PLR2004 - 2xx
            raise trouble(answer, now=self._clock.now())

    async def check(self) -> None:
        """Ask for the model's description, which costs nothing.

        Raises:
            Rejected: the token is refused, or the model does not exist.
            Unavailable: nobody answers, or nobody who speaks this API.

        """
        prove_key(self._key, setting="REPLICATE_API_TOKEN")
        try:
            answer = await self.clients.query_http.ask(
                "GET", Model.parse(self._writer.model).description
            )
        except Unavailable as away:
            what = f"no answer from the host in REPLICATE_API_URL: {away}"
            raise Unavailable(away.code, AWAY, detail=what) from None
        _judge_check(answer)


def _judge_check(answer: Answer) -> None:
    status, body = f"HTTP {answer.status}", json_object(answer)
    if answer.status == UNAUTHORIZED or (answer.status == FORBIDDEN and body):
        detail = f"{status}: the API refuses the token in REPLICATE_API_TOKEN"
        raise Rejected(Code.PROVIDER_AUTH, NO_ACCESS, detail=detail)
    if answer.status == NOT_FOUND and body and "detail" in body:
        detail = f"{status}: there is no such model, or not for this account: see REPLICATE_MODEL"
        raise Rejected(Code.PROVIDER_UNAVAILABLE, NO_MODEL, detail=detail)
    prove_api(answer, setting="REPLICATE_API_URL")

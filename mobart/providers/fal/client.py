"""fal's queue: one POST takes a place in it, a GET tells how far the request is.

It knows no idempotency key and lists nothing, so a submit whose answer is lost turns up only where
fal can call back.  The addresses that answers bring are never asked, since they could be any
host's; they are made from the request's id, as fal's own SDK makes them.
"""

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Order, Pending, Picture, Ticket
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.core.policy import PollSchedule
from mobart.core.ports import Clock
from mobart.providers.api_clients import ApiClients, prove_key
from mobart.providers.callback import CallbackAddress
from mobart.providers.fal.messages import (
    VALIDATION,
    failure,
    is_failure,
    judge,
    read_result,
    read_status,
    read_ticket,
    reference_of,
)
from mobart.providers.http import AWAY, Answer
from mobart.providers.inputs import Inputs
from mobart.providers.outcomes import (
    NO_ACCESS,
    REFUSALS,
    accepted_body,
    json_object,
    trouble,
)
from mobart.providers.seen_task_ids import SeenTaskIds

KEPT = 7 * 24 * 3600.0
NO_SUCH_REQUEST = "00000000-0000-0000-0000-000000000000"
OK, ACCEPTED, UNAUTHORIZED, FORBIDDEN, INTERNAL = 200, 202, 401, 403, 500
USUAL = PollSchedule(initial=2.0, longest=10.0)


class Fal:
    """An `ImageProvider`; open its `clients` first."""

    name: str = "fal"

    def __init__(
        self,
        *,
        api_url: str,
        api_key: str,
        clock: Clock,
        model: str,
        inputs: Inputs,
        submit_timeout: float = 15.0,
        request_timeout: float = 20.0,
        generation_timeout: float = 900.0,
        schedule: PollSchedule = USUAL,
        callback: CallbackAddress | None = None,
    ) -> None:
        """*model* is `owner/app` or `owner/app/path`.  Times are in seconds.

        fal itself gives up what it has not begun after *generation_timeout*: nobody waits for it.
        """
        self.capabilities = Capabilities(
            lookup=Lookup.NONE if callback is None else Lookup.PARTIAL,
            cancels=True,
            calls_back=callback is not None,
            keeps=KEPT,
            submit_timeout=submit_timeout,
            generation_timeout=generation_timeout,
            schedule=schedule,
        )
        self._clock = clock
        self._model = model.strip("/")
        self._inputs = inputs
        self._callback = callback
        self._key = api_key.strip()
        deadline = {"X-Fal-Request-Timeout": str(round(generation_timeout))}
        self._issued = SeenTaskIds()
        self.clients = ApiClients(
            base_url=api_url,
            headers={"Authorization": f"Key {self._key}"},
            secrets=(self._key,),
            submit_timeout=submit_timeout,
            request_timeout=request_timeout,
            buying=deadline,
        )

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation with one POST.  See `ImageProvider.submit`."""
        callback, params, proof = self._callback, dict[str, str](), ""
        if callback is not None:
            params = {"fal_webhook": callback.proving_url(order.request_id)}
            proof = callback.secret(order.request_id)
        message = self._inputs.written(order)
        answer = await self.clients.submit_http.send(
            "POST", f"/{self._model}", json=message, params=params
        )
        secrets = (self._key, order.prompt, order.negative, proof)
        body = accepted_body(answer, now=self._clock.now(), secrets=secrets, judge=judge)
        return Ticket(self.name, self._issued.new(read_ticket(body, model=self._model)))

    async def find(self, order: Order) -> Ticket | None:  # noqa: ARG002 - the port's
        """Return None: fal lists nothing; what it calls back about is adopted elsewhere."""
        return None

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask how far a generation is, and for the picture once it is over.

        See `ImageProvider.poll`.
        """
        answer = await self.clients.query_http.ask("GET", f"/{ticket.reference}/status")
        if answer.status not in {OK, ACCEPTED}:
            raise trouble(answer, now=self._clock.now())
        if not read_status(json_object(answer), reference=ticket.reference):
            return Pending()
        return self._result(await self.clients.query_http.ask("GET", f"/{ticket.reference}"))

    def _result(self, answer: Answer) -> Picture:
        body = json_object(answer)
        if body is not None and is_failure(answer.status, answer.headers, body):
            raise failure(body, invalid=answer.status == VALIDATION)
        if answer.status != OK:
            raise trouble(answer, now=self._clock.now())
        return read_result(body)

    async def cancel(self, ticket: Ticket) -> None:
        """Call a request off, which fal does only until it is begun; a no is no trouble."""
        answer = await self.clients.query_http.ask("PUT", f"/{ticket.reference}/cancel")
        if answer.status // 100 != 2 and answer.status not in REFUSALS:  # noqa: PLR2004 - 2xx
            raise trouble(answer, now=self._clock.now())

    async def check(self) -> None:
        """Ask about a request that does not exist, which costs nothing.

        Raises:
            Rejected: the key is refused.
            Unavailable: nobody answers, or nobody who speaks this API.

        """
        prove_key(self._key, setting="FAL_KEY")
        path = f"/{reference_of(self._model, NO_SUCH_REQUEST)}/status"
        try:
            answer = await self.clients.query_http.ask("GET", path)
        except Unavailable as away:
            what = f"no answer from the host in FAL_API_URL: {away}"
            raise Unavailable(away.code, AWAY, detail=what) from None
        _judge_check(answer)


def _judge_check(answer: Answer) -> None:
    """How fal says that it does not know a request is not documented: any JSON will do."""
    status, body = f"HTTP {answer.status}", json_object(answer)
    if answer.status == UNAUTHORIZED or (answer.status == FORBIDDEN and body):
        detail = f"{status}: the API refuses the key in FAL_KEY, or its account"
        raise Rejected(Code.PROVIDER_AUTH, NO_ACCESS, detail=detail)
    if answer.status >= INTERNAL:
        detail = f"{status}: the API at FAL_API_URL is in trouble"
        raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, detail=detail)
    if body is None:
        detail = f"{status}: what answers at FAL_API_URL does not look like the API"
        raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, detail=detail)

"""What the clients of providers have in common."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeVar

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Picture, Purchase, Ticket
from mobart.core.errors import InDoubt, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.core.ports import Clock
from mobart.providers.api_clients import ApiClients
from mobart.providers.callback import CallbackAddress
from mobart.providers.checks import Check, require_header_value
from mobart.providers.fields import object_of
from mobart.providers.http import MAX_ANSWER_BYTES, NO_HEADERS, Answer
from mobart.providers.inputs import reference_secrets
from mobart.providers.other_shapes import found_anyway
from mobart.providers.outcomes import (
    PROOF,
    REFUSALS,
    UNLISTED,
    Judgement,
    accepted_body,
    is_success,
    json_object,
    refuse_if_proven,
    silent,
    trouble,
    usable,
)
from mobart.providers.parts import part_of
from mobart.providers.repeatable import key_headers
from mobart.providers.seen_task_ids import SeenTaskIds

Bought = TypeVar("Bought", Purchase | Picture, bytes | Picture)
Got = TypeVar("Got", Purchase | Picture, Picture)
WITH_PICTURE = 64 * 1024 * 1024
"""Bytes of an answer that holds the picture itself, perhaps in base64, which takes a third more."""


class ApiProvider:
    """A client that is reached over HTTP; open its `clients` first."""

    name: str
    check_at_start: Check

    def __init__(
        self,
        capabilities: Capabilities,
        *,
        clock: Clock,
        base_url: str,
        key: str = "",
        secrets: tuple[str, ...] = (),
        headers: Mapping[str, str] = NO_HEADERS,
        submit_headers: Mapping[str, str] = NO_HEADERS,
        submit_timeout: float | None = None,
        max_bytes: int = MAX_ANSWER_BYTES,
        callback: CallbackAddress | None = None,
    ) -> None:
        """Connect to nothing yet.

        The *key* and *secrets* stay out of errors; *submit_timeout*, in seconds, is that of the
        capabilities where one submit is one request.  For the others see `ApiClients`.
        """
        self.capabilities = replace(capabilities, calls_back=callback is not None)
        self.callback = callback
        self._clock = clock
        self._key = key
        self._secrets = (key, *secrets)
        self.clients = ApiClients(
            base_url=base_url,
            headers=headers,
            secrets=self._secrets,
            submit_timeout=submit_timeout or capabilities.submit_timeout,
            max_bytes=max_bytes,
            submit_headers=submit_headers,
        )

    def __repr__(self) -> str:
        """Name the provider and its address."""
        return f"<{type(self).__name__} {self.name} at {self.clients.base_url}>"

    async def _buy(self, order: Order, path: str, **content: Any) -> Answer:
        """Send the POST that costs money, with the key by which an API may recognise a repeat."""
        return await self.clients.submit_http.send("POST", path, key_headers(order), **content)

    def _accepted(self, answer: Answer, order: Order, judge: Judgement = silent) -> dict[str, Any]:
        """Return the body of an accepted submit.  As `accepted_body`."""
        secrets = self._secrets_of(order)
        return accepted_body(answer, now=self._clock.now(), secrets=secrets, judge=judge)

    def _picture_in(
        self,
        answer: Answer,
        order: Order,
        read: Callable[[Mapping[str, Any]], Bought],
        judge: Judgement = silent,
    ) -> Bought | bytes | Picture:
        """Return what *read* finds in the answer to a submit, in the part of it that came, or in another shape.

        Raises as `accepted_body` and *read*.
        """
        try:
            return read(self._accepted(answer, order, judge))
        except InDoubt:
            found = part_of(answer, read) or found_anyway(answer, read)
            if found is not None:
                return found
            self._refuse_failure(answer, order, judge)
            raise

    def _refuse_failure(self, answer: Answer, order: Order, judge: Judgement) -> None:
        """Raise Rejected where a success is an error that proves a refusal, as gateways send it."""
        body = json_object(answer) if is_success(answer) else None
        if body is None or not object_of(body, "error"):
            return
        verdict = judge(body)
        if isinstance(verdict, Rejected) and verdict.code in PROOF:
            raise verdict
        refuse_if_proven(body, self._secrets_of(order))

    def _secrets_of(self, order: Order) -> tuple[str, ...]:
        """Return what of ours and of *order* must stay out of errors."""
        proof = self.callback.secret(order.request_id) if self.callback else ""
        return (*self._secrets, order.prompt, order.negative, proof, *reference_secrets(order))

    async def _check(self, method: str, path: str, **content: Any) -> Answer:
        """Ask the free question of the check at start-up.  Raises as `Check.ask`."""
        self._require_key()
        return await self.check_at_start.ask(self.clients.query_http, method, path, **content)

    def _require_key(self) -> None:
        if self._key or not self.check_at_start.keyless:
            require_header_value(self._key, setting=self.check_at_start.key)

    def _trouble(self, answer: Answer) -> Unavailable:
        """Make the error for a question that was not answered well."""
        return trouble(answer, now=self._clock.now())


class TaskProvider(ApiProvider):
    """An `ImageProvider` of which a task is bought, and polled."""

    def __init__(self, capabilities: Capabilities, **connection: Any) -> None:
        """As `ApiProvider`."""
        super().__init__(capabilities, **connection)
        self._seen = SeenTaskIds()

    def _ticket(self, reference: str | None, *, owner: str = "") -> Ticket:
        """Return the ticket of a new task.  Raises InDoubt without an id, and as `SeenTaskIds.new`."""
        return Ticket(self.name, self._seen.new(usable(reference), owner=owner))

    def _bought_in(
        self,
        body: Mapping[str, Any],
        reference: str | None,
        read: Callable[[Any], Got],
        **owner: str,
    ) -> Ticket | Got:
        """Return the ticket of a new task; without an id, the picture that *read* finds in *body* instead.

        Raises InDoubt without either, and as `SeenTaskIds.new`.
        """
        if reference is not None:
            return self._ticket(reference, **owner)
        try:
            return read(body)
        except Rejected as no:  # here it does not prove that nothing was bought
            raise InDoubt(f"no usable task id; {no}", code=no.code) from no

    async def find(self, order: Order) -> Ticket | None:  # noqa: ARG002 - the port's
        """Return None: there is no list; what calls back is adopted from its callback."""
        return None

    async def cancel(self, ticket: Ticket) -> None:
        """Do nothing: no way to call a task off is known."""

    async def _ask(self, path: str, *, method: str = "GET", **content: Any) -> Answer:
        """Ask about a task.  Raises Unavailable for any status that is no success."""
        answer = await self.clients.query_http.ask(method, path, **content)
        if not is_success(answer):
            raise self._trouble(answer)
        return answer

    def _page(self, answer: Answer) -> dict[str, Any]:
        """Return a page of a list.  Raises Unavailable."""
        body = json_object(answer)
        if answer.status != HTTPStatus.OK or body is None:
            raise self._trouble(answer)
        return body

    def _page_if_listed(self, answer: Answer) -> dict[str, Any]:
        """As `_page`; an address without a list has an empty one."""
        return {} if answer.status in UNLISTED else self._page(answer)

    async def _call_off(self, method: str, path: str) -> None:
        """Cancel a task; a refusal is no error.  Raises Unavailable."""
        answer = await self.clients.query_http.ask(method, path)
        if not is_success(answer) and answer.status not in REFUSALS:
            raise self._trouble(answer)

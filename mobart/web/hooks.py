"""Callbacks of providers: there is news of a request, and this task works on it.

Only the task id is taken from a callback, as the ticket of the request in its address; then the
job is woken on its worker, which asks the provider itself for everything else.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import web

from mobart.core.callbacks import CallbackVerifier
from mobart.core.domain import Ticket
from mobart.core.errors import Unavailable
from mobart.core.lenient_json import read_lenient_json
from mobart.core.wire import is_id
from mobart.web.bodies import body_of

MAX_BYTES = 256 * 1024
"""Of requests of anybody."""
LARGEST = 4 * 1024 * 1024
"""Bytes of a callback that is proven: some hold a log, or the picture itself, and would be lost."""
ROUTE = "/hooks/{provider}/{request_id}{proof:(?:/[0-9a-f]+)?}"
"""The proof comes in the address, or in a header where the provider sends one of ours."""
REMEMBERED = 10_000
"""Callbacks that were taken and are not taken again."""
Adoption = Callable[[str, Ticket], Awaitable[None]]
Wake = Callable[[str], Awaitable[None]]


@dataclass(slots=True, eq=False)
class Hooks:
    """Takes the callbacks of several providers, each callback once."""

    verifiers: Mapping[str, CallbackVerifier]
    """By the name of the provider."""
    adopt: Adoption
    """Stores a ticket.  Raises Unavailable."""
    wake: Wake
    """Wakes the job of a request, on whichever worker it is.  Raises Unavailable."""
    _taken: OrderedDict[bytes, None] = field(default_factory=OrderedDict)

    def routes(self) -> list[web.RouteDef]:
        """Return what an HTTP port needs to take callbacks."""
        return [web.post(ROUTE, self.take)]

    async def take(self, request: web.Request) -> web.Response:
        """Answer one callback: 200 if it was understood, even where it brought nothing new."""
        name, request_id = request.match_info["provider"], request.match_info["request_id"]
        if name not in self.verifiers or not is_id(request_id):
            return web.Response(status=404)
        verifier = self.verifiers[name]
        in_path = request.match_info.get("proof", "").removeprefix("/")
        proofs = (in_path, request.headers.get("x-webhook-secret", ""))
        if not any(verifier.proves(request_id, proof) for proof in proofs):  # one may be their own
            return web.Response(status=401)
        raw = await body_of(request.clone(client_max_size=LARGEST))
        status = await _verified(verifier, request.headers, raw)
        if status != HTTPStatus.OK:
            return web.Response(status=status)
        reference = _reference(verifier, request_id, raw)
        if reference is None:
            return web.Response(status=400)
        return web.Response(status=await self._use(request_id, Ticket(name, reference), raw))

    async def _use(self, request_id: str, ticket: Ticket, raw: bytes) -> int:
        """Store the ticket and wake the job; a replayed callback does neither."""
        digest = hashlib.sha256(f"{ticket.provider}/{request_id}/".encode() + raw).digest()
        if digest in self._taken:
            return 200
        try:
            await self.adopt(request_id, ticket)
            await self.wake(request_id)
        except Unavailable:
            return 503
        self._taken[digest] = None
        if len(self._taken) > REMEMBERED:
            self._taken.popitem(last=False)
        return 200


async def _verified(verifier: CallbackVerifier, headers: Mapping[str, str], raw: bytes) -> int:
    """Return the HTTP status that the signature of a callback deserves; 200 where none is needed."""
    if verifier.verifies is None:
        return HTTPStatus.OK
    try:
        fits = await verifier.verifies(headers, raw)
    except Unavailable:  # the provider calls again
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.OK if fits else HTTPStatus.UNAUTHORIZED


def _reference(verifier: CallbackVerifier, request_id: str, raw: bytes) -> str | None:
    """Return the id of a task; None for what holds none, or is about another request than it was sent for."""
    try:
        told = read_lenient_json(raw)
    except ValueError:
        return None
    return None if verifier.names_another(request_id, told) else verifier.reading(told)

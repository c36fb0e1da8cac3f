"""Callbacks of providers: there is news of a request, and this task works on it.

Only the task id is taken from a callback, as the ticket of the request in its address; then the
job is woken on its worker, which asks the provider itself for everything else.
"""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from pydantic_core import from_json

from mobart.core.callbacks import CallbackVerifier
from mobart.core.domain import Ticket
from mobart.core.errors import Unavailable
from mobart.core.wire import is_id

MAX_BYTES = 256 * 1024
ROUTE = "/hooks/{provider}/{request_id}"
Adoption = Callable[[str, Ticket], Awaitable[None]]
Ringing = Callable[[str], Awaitable[None]]


class Hooks:
    """Takes the calls of several providers."""

    def __init__(
        self,
        verifiers: Mapping[str, CallbackVerifier],
        *,
        adopt: Adoption,
        ring: Ringing,
    ) -> None:
        """Take *verifiers* by the name of the provider.

        *adopt* stores a ticket; *ring* wakes the job of a request, on whichever worker it is.
        Both raise Unavailable.
        """
        self._verifiers = verifiers
        self._adopt = adopt
        self._ring = ring

    async def take(self, request: web.Request) -> web.Response:
        """Answer one call: 200 if it was understood, even where it brought nothing new."""
        name, request_id = request.match_info["provider"], request.match_info["request_id"]
        if name not in self._verifiers or not is_id(request_id):
            return web.Response(status=404)
        verifier = self._verifiers[name]
        word = request.headers.get("x-webhook-secret") or request.query.get("proof", "")
        if not verifier.proves(request_id, word):
            return web.Response(status=401)
        raw = await request.read()
        if verifier.verifies is not None and not verifier.verifies(request.headers, raw):
            return web.Response(status=401)
        reference = _reference(verifier, raw)
        if reference is None:
            return web.Response(status=400)
        try:
            await self._adopt(request_id, Ticket(name, reference))
            await self._ring(request_id)
        except Unavailable:
            return web.Response(status=503)
        return web.Response(status=200)


def _reference(verifier: CallbackVerifier, raw: bytes) -> str | None:
    try:
        return verifier.reading(from_json(raw, allow_inf_nan=False))
    except ValueError:
        return None

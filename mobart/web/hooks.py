"""Callbacks of providers: a hint that there is news of a request, and which task works on it.

What a caller says about a picture is not believed; only its task id is kept, as the ticket of the
request in the address, and a bell is rung: the worker asks the provider itself for all the rest.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from aiohttp import web
from pydantic_core import from_json

from mobart.core.domain import Ticket
from mobart.core.errors import Unavailable
from mobart.core.wire import is_id

MAX_BYTES = 256 * 1024
ROUTE = "/hooks/{provider}/{request_id}"
Proof = Callable[[str, str], bool]
"""Whether a word proves a call about a request."""
Reading = Callable[[object], str | None]
"""The task id in a body, if there is a plausible one."""
Verification = Callable[[Mapping[str, str], bytes], bool]
"""Whether headers and body, as they came, belong together: a signature over them."""
Adoption = Callable[[str, Ticket], Awaitable[None]]
Ringing = Callable[[str], Awaitable[None]]


class CallbackVerifier(Protocol):
    """How one provider's calls are judged and read."""

    @property
    def proves(self) -> Proof:
        """Its proof."""

    @property
    def verifies(self) -> Verification | None:
        """Its verification, which is asked as well; None where calls are not signed."""

    @property
    def reading(self) -> Reading:
        """Its reading."""


class Hooks:
    """Takes the calls of several providers."""

    def __init__(
        self,
        verifiers: Mapping[str, CallbackVerifier],
        *,
        adopt: Adoption,
        ring: Ringing,
    ) -> None:
        """*doors* are by provider.

        *adopt* keeps a ticket, *ring* wakes the job of a request, on whichever worker it is.
        """
        self._doors = verifiers
        self._adopt = adopt
        self._ring = ring

    async def take(self, request: web.Request) -> web.Response:
        """Answer one call: 200 if it was understood, even where it brought nothing new."""
        name, request_id = request.match_info["provider"], request.match_info["request_id"]
        if name not in self._doors or not is_id(request_id):
            return web.Response(status=404)
        verifier = self._doors[name]
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

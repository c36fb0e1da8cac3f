"""The route for providers' callbacks, on loopback, and the tickets that came in by it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer

from mobart.core.callbacks import CallbackVerifier
from mobart.core.domain import Ticket
from mobart.providers.callback import CallbackAddress
from mobart.web.hooks import ROUTE, Hooks


@dataclass
class CallbackReceiver:
    """Where one provider calls back."""

    callback: CallbackAddress
    brought: "asyncio.Queue[tuple[str, Ticket]]" = field(default_factory=asyncio.Queue)

    async def adopt(self, request_id: str, ticket: Ticket) -> None:
        """Keep a ticket."""
        await self.brought.put((request_id, ticket))

    async def wake(self, request_id: str) -> None:
        """Wake nobody."""


@asynccontextmanager
async def callback_receiver(
    provider: str, key: str, verifier: Callable[[CallbackAddress], CallbackVerifier]
) -> AsyncIterator[CallbackReceiver]:
    """Listen for callbacks of *provider*, which shares *key*."""

    async def take(request: web.Request) -> web.Response:
        return await hooks.take(request)

    app = web.Application()
    app.router.add_post(ROUTE, take)
    async with TestServer(app) as server:
        receiver = CallbackReceiver(
            CallbackAddress(str(server.make_url("")).rstrip("/"), provider, key)
        )
        verifiers = {provider: verifier(receiver.callback)}
        hooks = Hooks(verifiers, adopt=receiver.adopt, wake=receiver.wake)
        yield receiver

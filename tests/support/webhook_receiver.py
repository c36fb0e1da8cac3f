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
from mobart.providers.spec import BuiltProvider
from mobart.web.hooks import ROUTE, Hooks
from mobart_local.standin import StandIn
from tests.support.provider_builders import built_provider


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


@asynccontextmanager
async def called_back(
    provider: str, standin: StandIn, key: str
) -> AsyncIterator[tuple[BuiltProvider, CallbackReceiver]]:
    """Build *provider* as the worker does, called back by *standin*; its verifier judges the calls."""
    made: list[BuiltProvider] = []

    def verifier(callback: CallbackAddress) -> CallbackVerifier:
        settings = standin.settings(provider)
        made.append(built_provider(provider, settings, mobart_public_url=callback.public_url))
        assert made[0].verifier is not None
        return made[0].verifier

    async with callback_receiver(provider, key, verifier) as receiver, made[0].clients:
        yield made[0], receiver

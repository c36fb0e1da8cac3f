"""A provider as the worker builds it, against a stand-in whose time the test moves."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from mobart.core.capabilities import Capabilities
from mobart.core.orders import Order
from mobart.core.ports import CheckedProvider, ImmediateProvider
from mobart.providers.stored_result import StoredResultProvider
from mobart_local.standin import Script, StandIn
from mobart_local.standin.dialects.table import DIALECTS
from tests.support.provider_builders import built, capabilities

KEY = "canary-key-4711"
CAT = Order("r-1", "u-1", "a pixel cat")
SHORT = 0.5
"""Seconds until a client gives up where the test is about giving up."""
DRIPPED = 1.5
"""The same, where some of an answer must have come by then, and not all of it."""
SLOW_ROWS = {"hang": SHORT, "accepted-hang": SHORT, "accepted-drip": DRIPPED}
"""Answers that take longer than any client waits, and how long those of tests do."""
PUBLIC_URL = "https://game.example"


@dataclass(slots=True)
class ProviderTime:
    """The provider's own time, in Unix seconds; it stands still until the test moves it."""

    seconds: float = field(default_factory=lambda: datetime.now(UTC).timestamp())

    def __call__(self) -> float:
        """Return it."""
        return self.seconds


@dataclass(slots=True)
class Setup:
    """A provider, and the other side of it."""

    provider: CheckedProvider
    payments: Callable[[], int]
    """Counts what was accepted, and so paid for."""
    submits: Callable[[], int]
    """Counts the paid requests that arrived."""
    finish: Callable[[], None] = lambda: None
    """Lets the provider's time pass until generations have ended."""
    peer: StandIn | None = None
    time: ProviderTime = field(default_factory=ProviderTime)

    @property
    def can(self) -> Capabilities:
        """What the provider says that it can do."""
        return self.provider.capabilities

    @property
    def standin(self) -> StandIn:
        """The other side, which a provider in memory does not have."""
        assert self.peer is not None
        return self.peer

    @property
    def source(self) -> ImmediateProvider:
        """The client behind the raw store."""
        return source_of(self.provider)


@asynccontextmanager
async def selling(
    name: str,
    script: Script,
    *,
    patience: float | None = None,
    api_key: str = KEY,
    unknown_task: str = "404",
    path: str = "",
    **settings: Any,
) -> AsyncIterator[Setup]:
    """Run the provider *name* against a stand-in that follows *script*.

    The client's key is always `KEY`; with *patience* it gives up after so many seconds.  *path*
    replaces that of the provider's address.
    """
    time = ProviderTime()
    if capabilities(name, **settings).immediate:
        script = replace(script, seconds=0.0)
    standin = StandIn(default=script, api_key=api_key, unknown_task=unknown_task, clock=time)
    async with standin:
        environment = DIALECTS[name].settings(standin.origin, KEY)
        if path:
            environment |= dict.fromkeys(address_of(name), f"{standin.origin}{path}")
        async with built(name, environment, patience=patience, **settings) as provider:
            yield Setup(
                provider,
                payments=lambda: standin.ledger.paid(provider=name),
                submits=lambda: sum(one.provider == name for one in standin.ledger.submits),
                finish=lambda: setattr(time, "seconds", time.seconds + 3600),
                peer=standin,
                time=time,
            )


@asynccontextmanager
async def client_at(
    name: str, url: str, *, key: str = KEY, patience: float | None = None, **settings: Any
) -> AsyncIterator[CheckedProvider]:
    """Build the provider *name* for an API at *url*."""
    environment = DIALECTS[name].settings("http://127.0.0.1:9", key)
    environment |= dict.fromkeys(address_of(name), url)
    async with built(name, environment, patience=patience, **settings) as provider:
        yield provider


@asynccontextmanager
async def selling_source(
    name: str, script: Script, **options: Any
) -> AsyncIterator[tuple[ImmediateProvider, StandIn]]:
    """As `selling`, for small pictures: the client that answers with the picture itself."""
    async with selling(name, replace(script, side=64), **options) as made:
        yield made.source, made.standin


@asynccontextmanager
async def source_at(name: str, url: str, **options: Any) -> AsyncIterator[ImmediateProvider]:
    """As `client_at`, for a provider that answers with the picture itself."""
    async with client_at(name, url, **options) as provider:
        yield source_of(provider)


def address_of(name: str) -> list[str]:
    """Return the variables with the addresses of a provider."""
    origin = "http://127.0.0.1:9"
    settings = DIALECTS[name].settings(origin, KEY)
    return [variable for variable, value in settings.items() if value.startswith(origin)]


def source_of(provider: CheckedProvider) -> ImmediateProvider:
    """Return the client of a provider that answers with the picture itself."""
    assert isinstance(provider, StoredResultProvider)
    return provider.source

"""Providers as the worker builds them, for whatever a stand-in says that their settings are."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup
from mobart.core.ports import CheckedProvider, Clock
from mobart.providers.api_clients import ApiClients
from mobart.providers.registry import PROVIDERS
from mobart.providers.spec import BuildContext, BuiltProvider
from mobart.settings import load, secret_value
from mobart.testing.storage import MemoryPictures, MemoryStore
from mobart_local.standin.dialects.table import DIALECTS
from tests.support.clocks import HastyClock
from tests.support.observers import Notes


def built_provider(
    name: str, environment: Mapping[str, str], *, clock: Clock | None = None, **more: Any
) -> BuiltProvider:
    """Build a provider as the worker does; nothing is opened."""
    settings = load(
        s3_bucket_name="bucket",
        mobart_provider=name,
        **({variable.lower(): value for variable, value in environment.items()} | more),
    )
    context = BuildContext(
        settings,
        clock or HastyClock(),
        MemoryStore(),
        MemoryPictures(),
        once,
        Notes(),
        public_url=settings.mobart_public_url,
        callback_key=secret_value(settings.mobart_callback_key) or "",
    )
    return PROVIDERS[name].build(context)


def capabilities(name: str, **more: Any) -> Capabilities:
    """Return what a provider can do where nothing but the necessary, and *more*, is set."""
    environment = DIALECTS[name].settings("http://127.0.0.1:9", "a-key")
    return built_provider(name, environment, **more).provider.capabilities


@asynccontextmanager
async def built(
    name: str, environment: dict[str, str], *, patience: float | None = None, **more: Any
) -> AsyncIterator[CheckedProvider]:
    """Build a provider as the worker does; with *patience* it gives up after so many seconds."""
    one = built_provider(name, environment, **more)
    async with one.clients:
        if patience is not None:
            shorten(one.clients, patience)
        yield one.provider


def shorten(clients: ApiClients, patience: float) -> None:
    """Let both clients give up early."""
    for line in clients._all:
        line._timeout = patience


async def once(act: Callable[[], Awaitable[None]]) -> None:
    """Have no patience: what is in memory is there."""
    await act()


LOST: Mapping[Lookup, str] = {
    Lookup.NONE: "cannot be asked",
    Lookup.PARTIAL: "is looked up",
    Lookup.COMPLETE: "is looked up, and not finding it is proof",
}
HEAD = (
    "| name | who | a submit whose answer was lost | costs | calls back | progress | call off |"
    " goes by a picture |"
)
CONFIGURED = ("comfyui", "replicate", "fal", "retrodiffusion")
"""Those that go by a picture with some settings: of models, workflows and styles that take one."""


def table() -> str:
    """Write the README's table of providers, from what they say that they can do."""
    lines = [HEAD, "|" + "---|" * 8]
    for name, spec in PROVIDERS.items():
        alone, called = (
            capabilities(name),
            capabilities(name, mobart_public_url="https://mobart.example"),
        )
        lost = (
            "cannot be asked; what has arrived is kept" if alone.immediate else LOST[alone.lookup]
        )
        if called.lookup is not alone.lookup:
            lost += "; turns up where it can call back"
        if alone.idempotent:
            lost += ", and sent again with the key of the first, which buys nothing more"
        if alone.free:
            lost += ", or simply ordered again"
        cells = (
            f"`{name}`",
            spec.title,
            lost,
            "nothing" if alone.free else "money",
            *("yes" if can else "-" for can in (called.calls_back, alone.progress, alone.cancels)),
            "if configured" if name in CONFIGURED else "yes" if alone.references else "-",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)

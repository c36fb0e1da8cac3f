"""Providers as the worker builds them, for whatever a stand-in says that their settings are."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from mobart.capabilities import Capabilities
from mobart.catalogue import LISTINGS, Kit, Stock
from mobart.local.standin.dialects.table import DIALECTS
from mobart.ports import CheckedProvider
from mobart.providers.lines import Lines
from mobart.settings import load
from mobart.storage.memory import MemoryStore
from tests.clocks import LoopClock


def stock(name: str, environment: Mapping[str, str], **more: Any) -> Stock:
    """Build a provider from the catalogue; nothing is opened."""
    settings = load(
        s3_bucket_name="bucket",
        mobart_provider=name,
        **{variable.lower(): value for variable, value in environment.items()},
        **more,
    )
    return LISTINGS[name].build(Kit(settings, LoopClock(), MemoryStore(), once))


def capabilities(name: str) -> Capabilities:
    """Return what a provider can do where nothing but the necessary is set."""
    return stock(name, DIALECTS[name].settings("http://127.0.0.1:9", "a-key")).provider.capabilities


@asynccontextmanager
async def built(
    name: str, environment: dict[str, str], *, patience: float | None = None, **more: Any
) -> AsyncIterator[CheckedProvider]:
    """Build a provider as the worker does; with *patience* it gives up after so many seconds."""
    one = stock(name, environment, **more)
    async with one.lines:
        if patience is not None:
            shorten(one.lines, patience)
        yield one.provider


def shorten(lines: Lines, patience: float) -> None:
    """Let both lines give up early."""
    for line in (lines.till, lines.desk):
        assert line._session is not None
        line._session._timeout = aiohttp.ClientTimeout(total=patience, ceil_threshold=math.inf)


async def once(act: Callable[[], Awaitable[None]]) -> None:
    """Have no patience: what is in memory is there."""
    await act()

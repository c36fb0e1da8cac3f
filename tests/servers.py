"""Servers that tests start for themselves, as plain functions; fixtures are made of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from mobart.local.standin import Script, StandIn

QUICK = Script(seconds=0.05, side=64)
"""A generation that costs next to nothing."""


@asynccontextmanager
async def midjourney(
    default: Script = QUICK,
    *,
    api_key: str | None = None,
    folder: Path | None = None,
    unknown_task: str = "404",
) -> AsyncIterator[StandIn]:
    """Run a stand-in for Midjourney in this process, on a free port of loopback."""
    standin = StandIn(default=default, api_key=api_key, folder=folder, unknown_task=unknown_task)
    async with standin:
        yield standin

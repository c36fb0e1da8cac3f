"""A deployment whose workers are rigged, on a Redis of its own that writes everything down."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from mobart_local.redis import RedisServer
from mobart_local.s3 import S3Server
from mobart_local.standin import Script
from tests.chaos.points import SENT
from tests.daemon.deployment import ROOT, Deployment, deployed, until
from tests.support.servers import QUICK

SUBMIT_TIMEOUT = "4"
"""Seconds: short, since a doubt waits for it; long enough for a busy machine to answer a submit."""
SETTINGS = {
    "PYTHONPATH": str(ROOT),
    "MIDJOURNEY_POLL_INITIAL_SECONDS": "0.05",
    "MOBART_LEASE_SECONDS": "1",
}


@asynccontextmanager
async def rigged_fleet(
    redis: RedisServer,
    s3: S3Server,
    folder: Path,
    *,
    act: str,
    providers: str = "midjourney",
) -> AsyncIterator[Deployment]:
    """Deploy workers that send themselves the signal *act* where a request says so."""
    traps = folder / "traps"
    traps.mkdir(parents=True)
    async with deployed(
        redis, s3, folder, namespace=folder.name, script=QUICK, providers=providers
    ) as fleet:
        fleet.program = ROOT / "tests" / "chaos" / "worker_main.py"
        fleet.midjourney.play(Script(submit_delay=300, side=64), marker=SENT, times=1)
        fleet.environment |= SETTINGS | {
            "TRAP_FOLDER": str(traps),
            "TRAP_SIGNAL": act,
            "TRAP_LEDGER": fleet.midjourney.ledger_url,
        }
        yield fleet


async def until_sprung(fleet: Deployment, point: str) -> None:
    """Wait until some worker stepped into the trap at *point*."""
    mark = fleet.folder / "traps" / point
    await until(mark.exists, f"the trap at {point}")


async def stored(s3: S3Server, user: str) -> list[str]:
    """List the request ids of a user's objects."""
    prefix = f"generated/{user}/"
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{s3.endpoint}/{s3.bucket}?list-type=2&prefix={prefix}") as answer,
    ):
        return re.findall(rf"<Key>{prefix}(.*?)\.png</Key>", await answer.text())

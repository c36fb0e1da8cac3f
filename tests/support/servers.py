"""Servers that tests start for themselves, as plain functions; fixtures are made of them.

A server process dies with the thread that started it, so make session fixtures in the main thread.
"""

import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from mobart_local.redis import LOOPBACK, RedisServer, bundled_binary
from mobart_local.s3 import S3Server
from mobart_local.standin import Script, StandIn

QUICK = Script(seconds=0.05, side=64)
"""A generation that costs next to nothing."""


def redis_binaries() -> dict[str, Path]:
    """List the Redis servers of this machine, by name: the bundled one, and an installed one."""
    installed = shutil.which("redis-server")
    return {"bundled": bundled_binary()} | ({"installed": Path(installed)} if installed else {})


@contextmanager
def redis_server(
    folder: Path,
    *,
    binary: Path | None = None,
    password: str = "",
    options: Sequence[str] = (),
) -> Iterator[RedisServer]:
    """Run a Redis server on a free port, the bundled one unless told otherwise."""
    server = RedisServer(
        folder, binary=binary or bundled_binary(), password=password, options=options
    )
    with server:
        yield server


@contextmanager
def s3_server(
    bucket: str = "mobart-test", *, host: str = LOOPBACK, folder: Path | None = None
) -> Iterator[S3Server]:
    """Run an S3 in a thread of this process, on a free port; it keeps objects if given a folder."""
    with S3Server(bucket, host=host, folder=folder) as server:
        yield server


@asynccontextmanager
async def midjourney(
    default: Script = QUICK,
    *,
    api_key: str | None = None,
    folder: Path | None = None,
    unknown_task: str = "404",
    host: str = LOOPBACK,
) -> AsyncIterator[StandIn]:
    """Run a stand-in for all providers in this process, on a free port."""
    standin = StandIn(
        default=default, api_key=api_key, folder=folder, unknown_task=unknown_task, host=host
    )
    async with standin:
        yield standin

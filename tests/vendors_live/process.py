"""One foreign server: a process on a port of its own that can be killed and started again."""

import asyncio
import os
import random
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Self

import aiohttp

from mobart_local.die_with_parent import leashed
from tests.daemon.deployment import until

START_SECONDS = 400.0
"""Some import half a gigabyte of Python first, on a machine that may be busy."""


def lasting_port() -> int:
    """Return a free port of those that no outgoing connection takes while a server starts."""
    for _ in range(100):
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


@dataclass
class ForeignProcess:
    """`async with ForeignProcess(...) as server`; `{port}` in its command becomes its port."""

    command: list[str]
    ready: str
    """Path that is answered with 200 once it serves."""
    folder: Path
    cwd: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lasting_port)
    _process: asyncio.subprocess.Process | None = None

    @property
    def origin(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it, and wait until it serves."""
        command = [part.format(port=self.port) for part in self.command]
        with (self.folder / "foreign.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *leashed(command),
                cwd=self.cwd or self.folder,
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
            )
        await until(self._serves, f"{self.command[0]} serves", START_SECONDS)

    async def kill(self) -> None:
        """End it as `kill -9` does."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def __aenter__(self) -> Self:
        """Start it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it."""
        await self.kill()

    async def _serves(self) -> bool:
        if self._process is not None and self._process.returncode is not None:
            text = (self.folder / "foreign.log").read_text(errors="replace")
            raise AssertionError(f"{self.command[0]} ended: {text[-2000:]}")
        try:
            url = self.origin + self.ready
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                return answer.status == HTTPStatus.OK
        except aiohttp.ClientError:
            return False

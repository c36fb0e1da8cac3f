"""A plain client of the stand-in: what is on the wire, and nothing added."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from mobart_local.standin import Script, StandIn
from tests.support.servers import midjourney

KEY = {"X-API-KEY": "a-key"}
PROMPT = "a small red dragon"
INSTANT = Script(seconds=0, side=64)

CLOSED = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientPayloadError)
"""What a client sees of a connection that ends too early."""


@dataclass
class Answer:
    """An answer as a client reads it."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Read the body."""
        return json.loads(self.body)


class Client:
    """A plain client of one stand-in, without retries and without redirects."""

    def __init__(self, standin: StandIn, session: aiohttp.ClientSession) -> None:
        """Speak to *standin* over *session*."""
        self.standin = standin
        self._session = session

    async def ask(self, method: str, url: str, **options: Any) -> Answer:
        """Send one request and read all of the answer."""
        options = {"allow_redirects": False, **options}
        async with self._session.request(method, url, **options) as response:
            return Answer(response.status, dict(response.headers), await response.read())

    async def imagine(self, prompt: str = PROMPT, **fields: Any) -> Answer:
        """Submit a prompt."""
        body = {"prompt": prompt, **fields}
        return await self.ask("POST", f"{self.standin.url}/imagine", json=body, headers=KEY)

    async def submit(self, prompt: str = PROMPT, **fields: Any) -> str:
        """Submit a prompt that is accepted, and give the task's id."""
        heard = await self.imagine(prompt, **fields)
        return str(heard.json()["task_id"])

    async def fetch(self, task_id: str) -> Answer:
        """Ask how a task is."""
        return await self.ask("POST", f"{self.standin.url}/fetch", json={"task_id": task_id})

    async def picture(self, script: Script) -> Answer:
        """Generate under *script* and download the picture."""
        self.standin.play(script, times=1)
        told = (await self.fetch(await self.submit())).json()
        return await self.ask("GET", told["task_result"]["image_url"])

    async def control(self, method: str, path: str, **options: Any) -> Answer:
        """Use one of the stand-in's own addresses."""
        return await self.ask(method, f"{self.standin.origin}/_standin/{path}", **options)

    async def exchange(self, line: str, body: str, most: int) -> bytes:
        """Send one request by hand and read at most so many bytes, below any HTTP client."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.standin.port)
        headers = f"Host: x\r\nConnection: close\r\nX-API-KEY: k\r\nContent-Length: {len(body)}"
        writer.write(f"{line} HTTP/1.1\r\n{headers}\r\n\r\n{body}".encode())
        heard = b""
        while len(heard) < most and (block := await reader.read(65_536)):
            heard += block
        writer.close()
        return heard

    async def raw_picture(self, script: Script, most: int) -> bytes:
        """Generate under *script* and read at most so many bytes of the picture's answer."""
        self.standin.play(script, times=1)
        return await self.exchange(f"GET /mj/{await self.submit()}.png", "", most)


@asynccontextmanager
async def connected(default: Script = INSTANT, **options: Any) -> AsyncIterator[Client]:
    """Run a stand-in as `servers.midjourney` does, and a client of it."""
    timeout = aiohttp.ClientTimeout(total=20)
    async with (
        midjourney(default, **options) as standin,
        aiohttp.ClientSession(timeout=timeout) as session,
    ):
        yield Client(standin, session)

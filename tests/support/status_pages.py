"""A status page over a world in memory, on a real port."""

import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from mobart.core.domain import Asset, Completed, Ticket
from mobart.core.errors import Code, Rejected
from mobart.core.views import Moment
from mobart.jobs.admission import Admission
from mobart.jobs.operations import OperatorActions
from mobart.web.access import Access
from mobart.web.api.calls import Api
from mobart.web.api.errors import json_errors
from mobart.web.gate import Gate
from mobart.web.page.overview import Desk
from mobart.web.page.pages import Look, Pages
from mobart.web.page.pictures import Pictures
from mobart.web.page.stream import LiveStream
from mobart.web.routes import StatusPage, sign_in_form
from mobart.web.server import HttpServer
from tests.support.backends import DONE, MemoryWorld
from tests.support.clocks import LoopClock
from tests.support.jobs import RESOLVER, NotedCancellations
from tests.support.observers import Notes

TOKEN = "token of an operator"
PNG = b"\x89PNG as Mobart wrote it"
RAW_KEY = "raw/user-1/request-1"
PAINTED = Completed(
    Asset(
        "generated/1.png", "https://a.invalid/1", 8, 8, len(PNG), hashlib.sha256(PNG).hexdigest()
    ),
    preset=DONE.preset,
    provider=DONE.provider,
    seconds=1.5,
    art={"scale": 4, "tile": 1, "native": [2, 2]},
    raw_key=RAW_KEY,
)


@dataclass(slots=True)
class Adoptions:
    """Takes no ticket."""

    async def adopt(self, request_id: str, ticket: Ticket) -> None:
        """See `Adopting`."""


@dataclass(slots=True)
class Site:
    """The page, its world, and a client without cookies of its own."""

    world: MemoryWorld
    notes: Notes
    server: HttpServer
    http: aiohttp.ClientSession
    objects: dict[str, bytes] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> tuple[int, str, Mapping[str, str]]:
        """GET without following; header names have _ for -."""
        return await self.send("GET", path, headers=headers)

    async def send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> tuple[int, str, Mapping[str, str]]:
        """Send a request, and return status, text and headers."""
        given = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        url = f"http://127.0.0.1:{self.server.port}{path}"
        async with self.http.request(
            method, url, headers=given, allow_redirects=False, **more
        ) as answer:
            return answer.status, await answer.text(errors="replace"), answer.headers.copy()

    async def call(self, method: str, path: str, **more: Any) -> tuple[int, str]:
        """Send a request with the token."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        status, text, _ = await self.send(method, path, headers=headers, **more)
        return status, text

    async def signed_in(self) -> tuple[str, str]:
        """Sign in as a browser does; return the cookie and the key of its forms."""
        _, _, told = await self.send(
            "POST", "/sign-in", data={"token": TOKEN}, headers={"Sec_Fetch_Site": "same-origin"}
        )
        cookie = told["Set-Cookie"].partition(";")[0]
        _, page, _ = await self.get("/", Cookie=cookie)
        found = re.search(r'name="form_key" value="(\w+)"', page)
        assert found is not None
        return cookie, found[1]


@asynccontextmanager
async def site(
    *,
    token: str = TOKEN,
    host: str = "127.0.0.1",
    prompts: bool = False,
    world: MemoryWorld | None = None,
) -> AsyncIterator[Site]:
    """Open a page whose rules are those of a port bound to *host*; it listens on loopback."""
    world, notes, objects = world or MemoryWorld(), Notes(), dict[str, bytes]()
    reading, clock = world.reading(), LoopClock(speed=100)

    async def load(key: str) -> bytes:
        if key not in objects:
            raise Rejected(Code.DOWNLOAD_FAILED, "There is nothing.")
        return objects[key]

    async def repaint(raw: bytes) -> bytes:
        if raw == b"no picture":
            raise Rejected(Code.IMAGE_INVALID, "That is no picture.")
        return b"\x89PNG anew"

    access = Access(token=token, host=host, now=lambda: world.clock.now().timestamp())
    presets = sorted(RESOLVER.presets.presets)
    look = Look(
        show_prompts=prompts, presets=presets, max_prompt_chars=99, read_only=access.read_only
    )
    gate = Gate(access, notes, clock, sign_in_form(look))
    desk = Desk(
        requests=reading.requests, status=reading.status, users=reading.users, clock=world.clock
    )
    pages = Pages(gate, desk, look, parts)
    view = await world.view("operator")
    operations = OperatorActions(
        admission=Admission(
            view.intake, notes, RESOLVER, NotedCancellations(), world.clock, 9999, 99
        ),
        resolutions=world.operating(),
        journal=Adoptions(),
        switch=world.operating(),
        requests=reading.requests,
        observer=notes,
        new_name=lambda: "n1",
    )
    api = Api(desk=desk, operations=operations, now=access.now, prompts=prompts)
    pictures = Pictures(reading.requests, load=load, repaint=repaint)
    page = StatusPage(gate, pages, pictures, LiveStream(pages.live, clock=clock), api)
    jar = aiohttp.DummyCookieJar()
    async with (
        HttpServer(page.routes(), host="127.0.0.1", port=0, middlewares=[json_errors]) as server,
        aiohttp.ClientSession(cookie_jar=jar) as http,
    ):
        yield Site(world, notes, server, http, objects)


async def parts() -> Mapping[str, str]:
    """Say that S3 is away."""
    return {"Redis": "", "S3": "no answer"}


def moment(event: str, at: float = 10.0, **facts: object) -> Moment:
    """Return one moment of a worker."""
    return Moment(at, event, "worker-1", facts)

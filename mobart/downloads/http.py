"""Downloads over HTTP from addresses that a third party chose."""

import asyncio
import ssl
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from typing import Self

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver

from mobart import __version__
from mobart.core.domain import Picture
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.core.picture_kinds import foreign_kind_of, kind_of
from mobart.downloads.addresses import is_refused
from mobart.downloads.bodies import FAILED, Body
from mobart.downloads.failures import (
    BROKEN,
    judge_failure,
    most_hopeful,
    refuse_body,
    refuse_status,
)
from mobart.downloads.formats import check_whole, is_whole_picture
from mobart.downloads.guard import GuardedResolver, Refuses
from mobart.downloads.locations import Location, blocked, credentials_of, follow, locate, origin_of
from mobart.downloads.ways import StreamedAnswer, Way, refuse_none

MAX_BYTES = 32 * 1024 * 1024
MAX_REDIRECTS = 20
"""As browsers do (WHATWG Fetch); each is judged like the first address."""
REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
"""Those that lead somewhere where they name it; the first one names what it prefers."""
HEADERS = {
    "User-Agent": f"mobart/{__version__}",
    "Accept": "image/png, image/webp, image/jpeg, */*;q=0.5",
    "Accept-Encoding": "identity",
}
"""All that is sent; no key, no cookie, no referrer."""


class HttpDownloads:
    """`Downloads` from public https hosts, and from the origins the operator trusts."""

    def __init__(
        self,
        *,
        trusted_origins: Iterable[str] = (),
        max_bytes: int = MAX_BYTES,
        timeout: float = 60.0,
        parallel: int = 16,
        resolver: AbstractResolver | None = None,
        refuses: Refuses = is_refused,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """*trusted_origins* are addresses whose scheme, host and port may be called as they are.

        What they hold of `user:password@` goes out as a header, to that origin only.

        *timeout*, in seconds, is for one address with all its redirects; *parallel* bounds how
        many pictures come in at a time.  What *refuses* says no to is not called.
        """
        trusted_origins = tuple(trusted_origins)
        self._trusted_origins = frozenset(map(origin_of, trusted_origins))
        self._credentials = dict(filter(None, map(credentials_of, trusted_origins)))
        self._max_bytes = max_bytes
        self._timeout = timeout
        self._slots = asyncio.Semaphore(parallel)
        self._resolver = resolver
        self._refuses = refuses
        self._tls = tls
        self._ways: dict[bool, Way] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open both ways."""
        resolver = self._resolver or ThreadedResolver()
        self._ways[False] = Way(GuardedResolver(resolver, self._refuses), self._refuses, self._tls)
        self._ways[True] = Way(ThreadedResolver(), refuse_none, self._tls)
        for way in self._ways.values():
            await self._open.enter_async_context(way)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close them."""
        await self._open.aclose()

    async def fetch(self, picture: Picture, *, partial: bool = False) -> bytes:
        """Return a whole picture file, or, if *partial*, the largest part.  See `Downloads.fetch`."""
        failures, bodies, aside = list[Rejected | Unavailable](), list[Body](), list[Body]()
        try:
            for url in picture.urls:
                try:
                    async with self._slots:
                        return await self._fetch(url, bodies, aside)
                except (Rejected, Unavailable) as failure:
                    failures.append(failure)
            parts = [part for body in [*bodies, *aside] if kind_of(part := body.whole())]
            if partial and parts:
                return max(parts, key=len)
            if not failures:
                raise Rejected(Code.DOWNLOAD_FAILED, FAILED, detail="no address")
            raise most_hopeful(failures)
        finally:
            failures.clear()  # their tracebacks refer to this list: all that came would be kept

    async def _fetch(self, url: str, bodies: list[Body], aside: list[Body]) -> bytes:
        """Fetch a whole picture; what comes goes into *bodies*, also where it is none.

        What came with a redirect goes *aside*, for where that leads to nothing.
        """
        location, before = locate(url, trusted_origins=self._trusted_origins), len(bodies)
        try:
            async with asyncio.timeout(self._timeout):
                await self._walk(location, bodies, aside)
        except (
            BROKEN
        ) as error:  # though all of it came, if more was announced or the end is not told
            if len(bodies) == before or not is_whole_picture(bodies[-1].whole()):
                raise judge_failure(error) from None
        return check_whole(bodies[-1].whole())

    async def _walk(self, location: Location, bodies: list[Body], aside: list[Body]) -> None:
        """Fetch *location*, over a bounded number of redirects, each judged like the first address."""
        for _ in range(MAX_REDIRECTS + 1):
            way = self._ways[location.trusted]
            headers = HEADERS | self._login_at(location)
            async with way.asked(location.url, headers, self._max_bytes) as answer:
                target = answer.headers.get("Location", "") if answer.status in REDIRECTS else ""
                if not target:
                    return await self._receive(answer, bodies)
                await self._set_aside(answer, aside)
            location = follow(location, target, trusted_origins=self._trusted_origins)
        raise blocked("too many redirects")

    def _login_at(self, location: Location) -> dict[str, str]:
        login = location.login
        if location.trusted and not login:
            login = self._credentials.get(origin_of(str(location.url)), "")
        return {"Authorization": login} if login else {}

    async def _set_aside(self, answer: StreamedAnswer, aside: list[Body]) -> None:
        """Collect the picture that a redirect says to bring itself; the last one is kept."""
        if not answer.headers.get("Content-Type", "").lower().startswith("image/"):
            return
        with suppress(Rejected, *BROKEN):
            body = Body(answer.headers.get("Content-Encoding", ""), self._max_bytes)
            async for chunk in answer.chunks:
                body.add(chunk)
            aside[:] = [body]

    async def _receive(self, answer: StreamedAnswer, bodies: list[Body]) -> None:
        """Collect the body, decoded; it is counted while it streams, whatever its headers promise."""
        refuse_status(answer.status, answer.headers, now=datetime.now(UTC))
        body = Body(answer.headers.get("Content-Encoding", ""), self._max_bytes)
        bodies.append(body)
        body.expect(answer.length)
        async for chunk in answer.chunks:
            body.add(chunk)
        if (kind_of(body.whole()) or foreign_kind_of(body.whole())) is None:
            refuse_body(answer.status, broken=body.broken)

"""Ways to servers of pictures: strict HTTP first, and where an answer breaks its rules, once more without."""

import math
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.http import HttpProcessingError
from yarl import URL

from mobart.downloads.addresses import IPAddress
from mobart.downloads.guard import Refuses, guarded_socket

NO_HTTP = (aiohttp.ClientResponseError, HttpProcessingError)
"""What aiohttp raises on an answer that breaks the rules; browsers mind few of them."""


@dataclass(frozen=True, slots=True)
class StreamedAnswer:
    """An answer whose body is still coming in, as it was coded."""

    status: int
    headers: Mapping[str, str]
    """By names in any letters."""
    length: int
    """Bytes of the body that are announced; 0 if none are."""
    chunks: AsyncIterator[bytes]


class Way:
    """Connections to hosts that *resolver* finds and *refuses* has nothing against."""

    def __init__(
        self, resolver: AbstractResolver, refuses: Refuses, tls: ssl.SSLContext | None
    ) -> None:
        """Connect to nothing yet."""
        self._resolver = resolver
        self._refuses = refuses
        self._tls = tls

    async def __aenter__(self) -> Self:
        """Open the session."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._resolver,
                socket_factory=guarded_socket(self._refuses),
                ssl=self._tls or True,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, ceil_threshold=math.inf),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the session."""
        await self._session.close()

    @asynccontextmanager
    async def asked(
        self, url: URL, headers: Mapping[str, str], max_bytes: int
    ) -> AsyncIterator[StreamedAnswer]:
        """Ask for *url*; redirects are not followed.  Raises what is in `failures.BROKEN`."""
        request = self._session.get(url, headers=headers, allow_redirects=False)
        try:
            response = await request
        except NO_HTTP:
            yield await self._plainly(url, headers, max_bytes)
            return
        async with response:
            chunks = response.content.iter_any()
            length = response.content_length or 0
            yield StreamedAnswer(response.status, response.headers, length, chunks)

    async def _plainly(
        self, url: URL, headers: Mapping[str, str], max_bytes: int
    ) -> StreamedAnswer:
        from mobart.downloads import plain_http  # noqa: PLC0415 - few servers need it

        answer = await plain_http.get(
            url,
            headers,
            resolver=self._resolver,
            refuses=self._refuses,
            tls=self._tls or ssl.create_default_context(),
            max_bytes=max_bytes,
        )
        return StreamedAnswer(answer.status, answer.headers, 0, _one(answer.body))


async def _one(body: bytes) -> AsyncIterator[bytes]:
    yield body


def refuse_none(_: IPAddress) -> bool:
    """Trust any address: those of origins that the operator named."""
    return False

"""The HTTP client that the providers share: one request out, one bounded answer back."""

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import aiohttp
from aiohttp.http import HttpProcessingError

from mobart import __version__
from mobart.core.codings import decoded
from mobart.core.errors import Code, InDoubt, Unavailable
from mobart.providers.redaction import redact
from mobart.providers.sentences import AWAY

MAX_ANSWER_BYTES = 1024 * 1024
"""No honest answer comes near; counted after decompression."""
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
LONGEST_LINE, MOST_HEADERS = 1 << 16, 1000
"""Bytes of a header, and how many there may be: as many as browsers read, some send long policies."""
CONNECT_SHARE = 0.5
"""Part of the time that may go into connecting, so that an answer still finds time."""
BROKEN = (aiohttp.ClientError, HttpProcessingError, OSError, TimeoutError, ValueError)
"""What aiohttp raises when the other side, or the way to it, is at fault."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `whole` is False if the body was cut short, too large or undecodable."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool = True


@dataclass(slots=True)
class ConnectionTrace:
    """How far one request got."""

    connected: bool = False


class ApiClient:
    """A client of one API: its address, its headers, and a session of its own.

    Redirects are never followed and cookies never kept, so that *headers*, which hold the key,
    reach no other host; a `proxy` is used only where it is set.  Without *reuse* each request gets a fresh
    connection: a stale one may be dropped in a way that looks like an answer lost.
    """

    def __init__(
        self,
        *,
        base_url: str,
        headers: Mapping[str, str],
        secrets: tuple[str, ...],
        timeout: float,
        reuse: bool,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        """*timeout* is the total for one request, in seconds; *secrets* stay out of errors.

        *max_bytes* bounds the body of an answer.
        """
        self.base_url = base_url.strip().rstrip("/")
        """Where the API is, without credentials."""
        self._headers = {"User-Agent": f"mobart/{__version__}", "Accept-Encoding": "identity"}
        self._headers |= headers
        self._secrets = secrets
        self._timeout = timeout
        self._reuse = reuse
        self._max_bytes = max_bytes
        self._session: aiohttp.ClientSession | None = None
        self.proxy: str | None = None
        """Address of the proxy through which the API is asked; set before it is opened."""

    def __repr__(self) -> str:
        """Name the address."""
        return f"<ApiClient {self.base_url}>"

    async def __aenter__(self) -> Self:
        """Open the session."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=not self._reuse),
            auto_decompress=False,  # it refuses what is not coded as its label says
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            max_headers=MOST_HEADERS,
            trace_configs=[_tracing()],
            proxy=self.proxy,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
        self._session = None

    async def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] = NO_HEADERS,
        *,
        seconds: float = math.inf,
        **content: Any,
    ) -> Answer:
        """Send one request, exactly once, with at most *seconds* for it.

        *content* is what aiohttp calls `json`, `data`, `params`.

        Raises:
            Unavailable: no connection was made, so nothing was sent.
            InDoubt: a connection was made, and no answer came.
        """
        if self._session is None:
            raise AssertionError("the client is not open")
        trace = ConnectionTrace()
        try:
            async with self._session.request(
                method,
                self.base_url + path,
                headers=self._headers | dict(headers),
                allow_redirects=False,
                trace_request_ctx=trace,
                timeout=_timeout(min(seconds, self._timeout)),
                **content,
            ) as response:
                body, whole = await read_capped(response, self._max_bytes)
                return Answer(response.status, dict(response.headers), body, whole)
        except BROKEN as error:
            way = f" (through the proxy {host_of(self.proxy)})" if self.proxy else ""
            what = redact(f"{type(error).__name__}: {error}{way}", *self._secrets)
        # Raised out here so that aiohttp's error, whose repr holds the headers, is not chained.
        if trace.connected:
            raise InDoubt(what)
        raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, detail=what)

    async def ask(self, method: str, path: str, **content: Any) -> Answer:
        """Send a question that is free to repeat.  Raises Unavailable if there is no answer."""
        try:
            return await self.send(method, path, **content)
        except InDoubt as doubt:
            what = str(doubt)
        raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, detail=what)


def host_of(url: str) -> str:
    """Return host and port of an address, without the credentials in it."""
    return urlsplit(url).netloc.rpartition("@")[2]


async def read_capped(response: aiohttp.ClientResponse, limit: int) -> tuple[bytes, bool]:
    """Return up to *limit* bytes of the body, decoded whatever its label says, and whether that is all of it."""
    body, whole = bytearray(), True
    try:
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > limit:
                whole = False
                break
    except BROKEN:
        whole = False
    label = ",".join(response.headers.getall("Content-Encoding", ()))
    plain, complete = decoded(bytes(body[:limit]), label, limit)
    return plain, whole and complete


def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=seconds, connect=seconds * CONNECT_SHARE, ceil_threshold=math.inf
    )


def _tracing() -> aiohttp.TraceConfig:
    """Note when a connection stands: only from then on can a byte have left."""

    async def connected(_: aiohttp.ClientSession, context: SimpleNamespace, __: Any) -> None:
        context.trace_request_ctx.connected = True

    tracing = aiohttp.TraceConfig()
    tracing.on_connection_create_end.append(connected)
    tracing.on_connection_reuseconn.append(connected)
    return tracing


def split_credentials(url: str) -> tuple[str, dict[str, str], tuple[str, ...]]:
    """Take `user:password@` out of *url*.

    Returns the address without it, the header that says the same (RFC 7617), and what of it is
    secret.
    """
    parts = urlsplit(url.strip())
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")
    if parts.username is None:
        return address, {}, ()
    user, password = unquote(parts.username), unquote(parts.password or "")
    code = base64.b64encode(f"{user}:{password}".encode()).decode()
    secret = (password, parts.password or "", code)
    return address, {"Authorization": f"Basic {code}"}, tuple(filter(None, secret))

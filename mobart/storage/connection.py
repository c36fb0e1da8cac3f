"""The one client of the store for the life of the process, and how it is opened."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from mobart.core.errors import Unavailable
from mobart.storage.errors import translated
from mobart.storage.location import Location

if TYPE_CHECKING:
    import aioboto3
    from types_aiobotocore_s3.client import S3Client

Checksums = Literal["auto", "when_supported", "when_required"]

ATTEMPTS = 2
"""Attempts of the client per call: enough for a stale connection; the caller retries in an outage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A key for S3; without *access_key*, AWS's default credential chain is used."""

    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """How the client behaves; times in seconds."""

    checksums: Checksums = "auto"
    """"auto" sends them to AWS only, since many other stores fail on them."""
    max_connections: int = 32
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    total_timeout: float = 90.0
    """Bounds one upload with all its attempts."""
    proxy: str | None = field(default=None, repr=False)
    """Address of the proxy through which the store is asked; the environment is not looked at."""


USUAL_OPTIONS = ClientOptions()


class Connection:
    """A client of aioboto3 that is made in the background, since its import takes long."""

    def __init__(
        self, location: Location, credentials: Credentials, options: ClientOptions
    ) -> None:
        """Take what `S3Store` was given; nothing is opened yet."""
        self.location = location
        self.redirected_to: str | None = None
        """The last host that a request was redirected to, if it was not the bucket's own."""
        self._credentials = credentials
        plain = bool(location.endpoint_url) or location.accelerate
        automatic = "when_required" if plain else "when_supported"
        checksums = automatic if options.checksums == "auto" else options.checksums
        self._options: dict[str, Any] = {
            "region_name": location.region,
            "max_pool_connections": options.max_connections,
            "connect_timeout": options.connect_timeout,
            "read_timeout": options.read_timeout,
            "request_checksum_calculation": checksums,
            "response_checksum_validation": "when_required",
            "signature_version": "s3v4",  # of signed addresses too, whatever the region
            "retries": {"mode": "standard", "total_max_attempts": ATTEMPTS},
            # what the settings do not say is not looked for in AWS's own files and variables
            "ignore_configured_endpoint_urls": True,
            "use_dualstack_endpoint": False,
            "use_fips_endpoint": False,
            "proxies": {"http": options.proxy, "https": options.proxy} if options.proxy else {},
            "s3": {
                "addressing_style": location.style,
                "use_accelerate_endpoint": location.accelerate,
                "us_east_1_regional_endpoint": "regional",
            },
        }
        self._total_timeout = options.total_timeout
        self._proxy = urlsplit(options.proxy or "").netloc.rpartition("@")[2]
        self._stack = AsyncExitStack()
        self._opening: asyncio.Task[S3Client] | None = None

    def begin(self) -> None:
        """Begin to make the client; the first `session` waits for it."""
        self._opening = asyncio.create_task(self._open())

    async def close(self) -> None:
        """Close the client and its connections."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        await self._stack.aclose()

    @asynccontextmanager
    async def session(self, *, starting: bool = False) -> AsyncIterator["S3Client"]:
        """Lend the client for one call, whose failures are translated; see `translated`."""
        try:
            with translated(starting=starting):
                async with asyncio.timeout(self._total_timeout):
                    yield await self.client()
        except Unavailable as away:
            if self._proxy:
                away.args = (f"{away} (through the proxy {self._proxy})",)
            raise

    async def client(self) -> "S3Client":
        """Return the one client; if opening it failed before, try again."""
        if self._opening is None:
            raise AssertionError("an S3Store is entered before it is used")
        if self._opening.done() and self._opening.exception():
            self._opening = asyncio.create_task(self._open())
        return await asyncio.shield(self._opening)

    async def _open(self) -> "S3Client":
        session = await asyncio.to_thread(_warm_session)
        client = await self._stack.enter_async_context(
            session.client(
                "s3",
                endpoint_url=self.location.endpoint_url,
                aws_access_key_id=self._credentials.access_key,
                aws_secret_access_key=self._credentials.secret_key,
                aws_session_token=self._credentials.session_token,
                config=_config(self._options),
            )
        )
        if self.location.endpoint_url is None:
            client.meta.events.register("before-send.s3", self._notice_redirect)
        return client

    def _notice_redirect(self, request: Any, **_: Any) -> None:
        """Remember a host other than the one asked: botocore follows a bucket to its region."""
        host = urlsplit(request.url).hostname
        if host != urlsplit(self.location.bucket_url).hostname:
            self.redirected_to = host


def _warm_session() -> "aioboto3.Session":
    """Import the client and load its models; takes long, so never on the event loop."""
    import aioboto3  # noqa: PLC0415 - as above
    from aiobotocore.session import get_session  # noqa: PLC0415 - as above

    from mobart.storage.models import Models  # noqa: PLC0415 - as above

    below = get_session()
    below.register_component("data_loader", Models())
    session = aioboto3.Session(botocore_session=below)

    async def load() -> None:
        throw_away = session.client(
            "s3",
            region_name="us-east-1",
            aws_access_key_id="none",  # or the default chain would be searched
            aws_secret_access_key="none",  # noqa: S106 - as above
        )
        async with throw_away:
            pass

    asyncio.run(load())
    return session


def _config(options: dict[str, Any]) -> Any:
    from aiobotocore.config import AioConfig  # noqa: PLC0415 - the session has imported it

    return AioConfig(**options)

"""The store on S3, or on anything that speaks its language, through aioboto3."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import urlsplit

from mobart.domain import Asset, Rendering
from mobart.errors import Code, MobartError, Rejected, Unavailable
from mobart.storage.errors import (
    NOT_STORED,
    is_not_understood,
    is_refusal,
    is_taken,
    translated,
)
from mobart.storage.location import Addressing, Location, beside
from mobart.storage.sidecar import accompany

if TYPE_CHECKING:
    import aioboto3
    from types_aiobotocore_s3.client import S3Client

Checksums = Literal["auto", "when_supported", "when_required"]

PROBE_KEY = "generated/.mobart-write-check"
RAW_PROBE_KEY = "raw/.mobart-write-check"
"""Written and deleted by `check`; no picture can have them, since no id starts with a dot."""

ATTEMPTS = 2
"""Per call, of the client itself: enough for a stale connection; outages are the caller's."""

NO_S3 = "what answered is not an S3, it gave no ETag: check AWS_ENDPOINT_URL_S3"
"""A proxy or a login page in between says 200 to anything."""

HEADERS: dict[str, Any] = {
    "ContentType": "image/png",
    "CacheControl": "public, max-age=31536000, immutable",
}
SIDECAR_HEADERS = HEADERS | {"ContentType": "application/json"}
RAW_HEADERS: dict[str, Any] = {
    "ContentType": "application/octet-stream",
    "CacheControl": "private, no-store",
}


class S3Store:
    """An `AssetStore` with one client for the life of the process.

    Entering returns at once: the client, whose import alone takes a second, is made in the
    background, and the first call waits for it.
    """

    def __init__(
        self,
        *,
        bucket: str,
        region: str,
        endpoint_url: str | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
        session_token: str | None = None,
        accelerate: bool = False,
        addressing: Addressing = "auto",
        checksums: Checksums = "auto",
        public_base_url: str | None = None,
        keeps_raw: bool = False,
        max_connections: int = 32,
        connect_timeout: float = 5.0,
        read_timeout: float = 30.0,
        total_timeout: float = 90.0,
    ) -> None:
        """Take where the bucket is; `location.find_problems` says beforehand if that can work.

        Without *access_key* credentials come from AWS's default chain.  *checksums* "auto" sends
        them to AWS only, since many other stores choke on them.  With *keeps_raw* the vault's place
        is checked as well.  Times are in seconds;
        *total_timeout* bounds one upload with all its attempts.
        """
        self.location = Location(
            bucket=bucket,
            region=region,
            endpoint_url=endpoint_url,
            accelerate=accelerate,
            addressing=addressing,
            public_base_url=public_base_url,
        )
        self._probes = (PROBE_KEY, RAW_PROBE_KEY) if keeps_raw else (PROBE_KEY,)
        self._credentials = (access_key, secret_key, session_token)
        plain = bool(endpoint_url) or accelerate
        automatic = "when_required" if plain else "when_supported"
        self._options: dict[str, Any] = {
            "region_name": region,
            "max_pool_connections": max_connections,
            "connect_timeout": connect_timeout,
            "read_timeout": read_timeout,
            "request_checksum_calculation": automatic if checksums == "auto" else checksums,
            "response_checksum_validation": "when_required",
            "retries": {"mode": "standard", "total_max_attempts": ATTEMPTS},
            # what the settings do not say is not looked for in AWS's own files and variables
            "ignore_configured_endpoint_urls": True,
            "use_dualstack_endpoint": False,
            "use_fips_endpoint": False,
            "s3": {
                "addressing_style": self.location.style,
                "use_accelerate_endpoint": accelerate,
                "us_east_1_regional_endpoint": "regional",
            },
        }
        self._total_timeout = total_timeout
        self._stack = AsyncExitStack()
        self._opening: asyncio.Task[S3Client] | None = None
        self._strayed: str | None = None
        self._conditional = True
        """Whether the store is still believed to know If-None-Match."""

    async def __aenter__(self) -> Self:
        """Begin to make the client."""
        self._opening = asyncio.create_task(self._open())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the client and its connections."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        await self._stack.aclose()

    async def put(self, key: str, rendering: Rendering) -> Asset:
        """Store a picture under *key*, or beside another that has it.

        Where that other one may not be looked at (no `s3:GetObject`), or the store ignores
        conditions, it is overwritten, as all were once: the key belongs to one request.
        """
        wanted = key
        if not await self._put_first(key, rendering):
            key = beside(key, rendering.sha256)
            await self._put(key, rendering.png, HEADERS)
        sidecar_key = ""
        if rendering.sidecar:
            sidecar_key, text = accompany(rendering, wanted, key)
            await self._put(sidecar_key, text, SIDECAR_HEADERS)
        return Asset(
            key=key,
            url=self.location.object_url(key),
            width=rendering.width,
            height=rendering.height,
            bytes=len(rendering.png),
            sha256=rendering.sha256,
            sidecar_key=sidecar_key,
        )

    async def keep(self, key: str, raw: bytes) -> None:
        """See `Vault`."""
        await self._put(key, raw, RAW_HEADERS)

    async def holds(self, key: str) -> bool:
        """See `Vault`."""
        try:
            async with self._talking() as client:
                await client.head_object(Bucket=self.location.bucket, Key=key)
        except MobartError as error:
            if is_refusal(error.__cause__):  # S3 says 403 for what is not there, too
                return False
            raise
        return True

    async def load(self, key: str) -> bytes:
        """See `Vault`."""
        async with self._talking() as client:
            answer = await client.get_object(Bucket=self.location.bucket, Key=key)
            async with answer["Body"] as body:
                return bytes(await body.read())

    async def check(self) -> None:
        """Write, and if that is allowed delete, an object at each place that is written to.

        Raises:
            Rejected: somebody has to change the set-up first; the detail says which setting.
            Unavailable: the store cannot be reached, or asks for patience.

        """
        for key in self._probes:
            await self._probe(key)

    async def _probe(self, key: str) -> None:
        self._strayed = None
        await self._put(key, b"mobart", RAW_HEADERS, starting=True)
        if self._strayed:
            detail = f"the bucket is not in AWS_REGION, it is served by {self._strayed}"
            raise Rejected(Code.STORAGE_UNAVAILABLE, NOT_STORED, detail=detail)
        with suppress(MobartError):  # a policy may well allow nothing but PutObject
            async with self._talking() as client:
                await client.delete_object(Bucket=self.location.bucket, Key=key)

    async def _put_first(self, key: str, rendering: Rendering) -> bool:
        """Store a picture under a key that nothing has; False if another picture has it."""
        headers = HEADERS | {"Metadata": {"sha256": rendering.sha256}}
        alone = {"IfNoneMatch": "*"} if self._conditional else {}
        try:
            await self._put(key, rendering.png, headers | alone)
        except MobartError as error:
            if is_taken(error.__cause__):
                return await self._is_ours(key, rendering, headers)
            if not (alone and is_not_understood(error.__cause__)):
                raise
            await self._put(key, rendering.png, headers)
            self._conditional = False
        return True

    async def _is_ours(self, key: str, rendering: Rendering, headers: dict[str, Any]) -> bool:
        """Whether what has *key* already is this very picture, or was replaced by it unseen."""
        try:
            async with self._talking() as client:
                answer = await client.head_object(Bucket=self.location.bucket, Key=key)
        except MobartError as error:
            if not is_refusal(error.__cause__):
                raise
            await self._put(key, rendering.png, headers)
            return True
        return answer.get("Metadata", {}).get("sha256") == rendering.sha256

    async def _put(
        self, key: str, body: bytes, headers: dict[str, Any], *, starting: bool = False
    ) -> None:
        async with self._talking(starting=starting) as client:
            bucket = self.location.bucket
            answer = await client.put_object(Bucket=bucket, Key=key, Body=body, **headers)
        if "ETag" not in answer:
            raise Unavailable(Code.STORAGE_UNAVAILABLE, NOT_STORED, detail=NO_S3)

    async def reach(self) -> None:
        """Prove that the store answers at all; writes nothing and needs no permission.

        Raises like `check`, but a refusal counts as an answer.
        """
        try:
            async with self._talking() as client:
                await client.head_object(Bucket=self.location.bucket, Key=PROBE_KEY)
        except MobartError as error:
            if not is_refusal(error.__cause__):
                raise

    @asynccontextmanager
    async def _talking(self, *, starting: bool = False) -> AsyncIterator["S3Client"]:
        with translated(starting=starting):
            async with asyncio.timeout(self._total_timeout):
                yield await self._client()

    async def _client(self) -> "S3Client":
        """Return the one client; what kept it from opening before may have healed."""
        if self._opening is None:
            raise AssertionError("an S3Store is entered before it is used")
        if self._opening.done() and self._opening.exception():
            self._opening = asyncio.create_task(self._open())
        return await asyncio.shield(self._opening)

    async def _open(self) -> "S3Client":
        session = await asyncio.to_thread(_warm_session)
        access_key, secret_key, session_token = self._credentials
        client = await self._stack.enter_async_context(
            session.client(
                "s3",
                endpoint_url=self.location.endpoint_url,
                aws_access_key_id=access_key,
                aws_secret_access_key=secret_key,
                aws_session_token=session_token,
                config=_config(self._options),
            ),
        )
        if self.location.endpoint_url is None:
            client.meta.events.register("before-send.s3", self._notice_redirect)
        return client

    def _notice_redirect(self, request: Any, **_: Any) -> None:
        """Remember a host other than the one asked: botocore follows a bucket to its region."""
        host = urlsplit(request.url).hostname
        if host != urlsplit(self.location.bucket_url).hostname:
            self._strayed = host


def _warm_session() -> "aioboto3.Session":
    """Import the client and load its models; takes a second, so never on the event loop."""
    import aioboto3  # noqa: PLC0415 - as above

    session = aioboto3.Session()

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

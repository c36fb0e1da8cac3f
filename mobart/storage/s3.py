"""The asset store on S3 or an S3-compatible service, through aioboto3."""

from contextlib import suppress
from typing import Any, Self

from mobart.core.domain import Asset, Rendering
from mobart.core.errors import Code, MobartError, Rejected, Unavailable
from mobart.storage.connection import USUAL_OPTIONS, ClientOptions, Connection, Credentials
from mobart.storage.errors import (
    is_denied,
    is_not_understood,
    is_refusal,
    is_taken,
    may_be_of_raw_alone,
    refuses_object,
)
from mobart.storage.location import Location, alternate_key
from mobart.storage.problems import NOT_KEPT, NOT_STORED
from mobart.storage.uploads import PLAIN_UPLOADS, UploadHeaders, UploadHealth, sidecar_object

PROBE_KEY = "generated/.mobart-write-check"
RAW_PROBE_KEY = "raw/.mobart-write-check"
"""Written and deleted by `check`; no picture can have them, since no id starts with a dot."""

PROBE = b"mobart"

NO_S3 = "what answered is not an S3, it gave no ETag: check AWS_ENDPOINT_URL_S3"
"""A proxy or a login page in between says 200 to anything."""

HEADERS: dict[str, Any] = {
    "ContentType": "image/png",
    "CacheControl": "public, max-age=31536000, immutable",
}
ALONE = {"IfNoneMatch": "*"}
"""The condition that nothing has the key yet."""
SIDECAR_HEADERS = HEADERS | {"ContentType": "application/json"}
RAW_HEADERS: dict[str, Any] = {
    "ContentType": "application/octet-stream",
    "CacheControl": "private, no-store",
}

FIRST_BYTE = "bytes=0-0"
"""Of an object that is only looked for: a HEAD would be refused without a reason."""
TOO_LARGE = "The picture is too large."

CHAIN = Credentials()
"""Whatever AWS's default chain finds."""


class S3Store:
    """An `AssetStore` with one client for the life of the process.

    Entering returns at once: the client, whose import takes long, is made in the
    background, and the first call waits for it.
    """

    def __init__(
        self,
        location: Location,
        *,
        credentials: Credentials = CHAIN,
        options: ClientOptions = USUAL_OPTIONS,
        uploads: UploadHeaders = PLAIN_UPLOADS,
        stores_raw: bool = False,
        reads_raw: bool = False,
    ) -> None:
        """Take where the bucket is; `location.find_problems` says beforehand if that can work.

        *uploads* are the headers that the bucket's policy asks for.  With *stores_raw* the place of
        the raw pictures is checked as well, with *reads_raw* also whether they may be read.
        """
        self.location = location
        self._probes = (PROBE_KEY, RAW_PROBE_KEY) if stores_raw else (PROBE_KEY,)
        self._reads_raw = reads_raw
        self._uploads = uploads.arguments
        self._connection = Connection(location, credentials, options)
        self._health = UploadHealth()
        self._conditional = True
        """Whether the store supports If-None-Match, as far as is known."""

    async def __aenter__(self) -> Self:
        """Begin to make the client."""
        self._connection.begin()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the client and its connections."""
        await self._connection.close()

    async def put(self, key: str, rendering: Rendering) -> Asset:
        """Store a picture under *key*, or beside another that has it.

        Where that other one may not be looked at (no `s3:GetObject`), or the store ignores
        conditions, it is overwritten, which is safe: the key belongs to one request.
        """
        wanted, sidecar_key = key, ""
        with self._health.noted():
            if not await self._put_first(key, rendering):
                key = alternate_key(key, rendering.sha256)
                await self._put(key, rendering.png, HEADERS)
            if rendering.sidecar:
                sidecar_key, text = sidecar_object(rendering, wanted, key)
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

    async def put_raw(self, key: str, raw: bytes) -> None:
        """See `RawPictureStore`; a right that is missing may be missing there alone."""
        try:
            await self._put(key, raw, RAW_HEADERS)
        except Unavailable as no:
            if not may_be_of_raw_alone(no.__cause__):
                raise
            raise Rejected(no.code, no.sentence, detail=str(no)) from no.__cause__

    async def raw_exists(self, key: str) -> bool:
        """See `RawPictureStore`."""
        try:
            async with self._connection.session() as client:
                answer = await client.get_object(
                    Bucket=self.location.bucket, Key=key, Range=FIRST_BYTE
                )
                answer["Body"].close()
        except MobartError as error:
            if refuses_object(error.__cause__):  # S3 says 403 for what is not there, too
                return False
            raise
        return True

    async def get_raw(self, key: str) -> bytes:
        """See `RawPictureStore`."""
        async with self._connection.session() as client:
            answer = await client.get_object(Bucket=self.location.bucket, Key=key)
            async with answer["Body"] as body:
                return bytes(await body.read())

    async def get_bounded(self, key: str, max_bytes: int) -> bytes:
        """See `ReferenceStore`."""
        try:
            return await self._get(key, max_bytes)
        except MobartError as error:
            if not refuses_object(error.__cause__):
                raise
        detail = "there is no such object, or s3:GetObject is not allowed on it"
        raise Rejected(Code.DOWNLOAD_FAILED, NOT_KEPT, detail=detail)

    async def _get(self, key: str, max_bytes: int, *, starting: bool = False) -> bytes:
        async with self._connection.session(starting=starting) as client:
            answer = await client.get_object(Bucket=self.location.bucket, Key=key)
            async with answer["Body"] as body:
                if answer["ContentLength"] > max_bytes:
                    detail = f"the object has {answer['ContentLength']} bytes"
                    raise Rejected(Code.IMAGE_TOO_LARGE, TOO_LARGE, detail=detail)
                return bytes(await body.read())

    async def sign(self, key: str, seconds: float) -> str:
        """See `ReferenceStore`."""
        async with self._connection.session() as client:
            return await client.generate_presigned_url(
                "get_object",
                Params={"Bucket": self.location.bucket, "Key": key},
                ExpiresIn=round(seconds),
            )

    async def check(self) -> None:
        """Write, and if that is allowed delete, an object at each place that is written to.

        What has to be read later, is read.

        Raises:
            Rejected: an operator has to change the configuration first; the detail says which setting.
            Unavailable: the store cannot be reached, or asks to be called later.
        """
        for key in self._probes:
            await self._probe(key)

    async def _probe(self, key: str) -> None:
        self._connection.redirected_to = None
        await self._put(key, PROBE, RAW_HEADERS, starting=True)
        if self._connection.redirected_to:
            detail = (
                f"the bucket is not in AWS_REGION, it is served by {self._connection.redirected_to}"
            )
            raise Rejected(Code.STORAGE_UNAVAILABLE, NOT_STORED, detail=detail)
        if self._reads_raw and key == RAW_PROBE_KEY:
            await self._get(key, len(PROBE), starting=True)
        with suppress(MobartError):  # a policy may well allow nothing but PutObject
            async with self._connection.session() as client:
                await client.delete_object(Bucket=self.location.bucket, Key=key)

    async def _put_first(self, key: str, rendering: Rendering) -> bool:
        """Store a picture under a key that nothing has; False if another picture has it."""
        headers = HEADERS | {"Metadata": {"sha256": rendering.sha256}}
        alone = ALONE if self._conditional else {}
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
        """Return whether the object at *key* is this picture; overwrite it if it may not be read."""
        try:
            async with self._connection.session() as client:
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
        """Upload an object; if that is not allowed, with or without `ALONE`: a policy may want either."""
        try:
            await self._upload(key, body, headers, starting=starting)
        except MobartError as no:
            if not is_denied(no.__cause__):
                raise
            plain = {name: value for name, value in headers.items() if name not in ALONE}
            other = plain if len(plain) < len(headers) else headers | ALONE
            try:
                await self._upload(key, body, other, starting=starting)
            except MobartError as again:
                kept = key in self._probes or headers is not RAW_HEADERS  # a raw one may be old
                if not (kept and is_taken(again.__cause__)):
                    raise no from no.__cause__

    async def _upload(
        self, key: str, body: bytes, headers: dict[str, Any], *, starting: bool
    ) -> None:
        async with self._connection.session(starting=starting) as client:
            bucket = self.location.bucket
            answer = await client.put_object(
                Bucket=bucket, Key=key, Body=body, **headers, **self._uploads
            )
        if "ETag" not in answer:
            raise Unavailable(Code.STORAGE_UNAVAILABLE, NOT_STORED, detail=NO_S3)

    async def reach(self) -> str | None:
        """Check that the store answers; write nothing and need no permission.

        Raises like `check`, but a refusal counts as an answer.  Returns what is wrong where it took no picture
        of late.
        """
        try:
            async with self._connection.session() as client:
                await client.head_object(Bucket=self.location.bucket, Key=PROBE_KEY)
        except MobartError as error:
            if not is_refusal(error.__cause__):
                raise
        return self._health.trouble

"""S3 as it misbehaves: a server on loopback answers what the test wants."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from aiobotocore.awsrequest import AioAWSResponse
from aiohttp import web
from aiohttp.test_utils import TestServer
from botocore.compat import HTTPHeaders

from mobart.core.domain import Rendering
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.storage.connection import Checksums, ClientOptions, Credentials
from mobart.storage.location import Location
from mobart.storage.s3 import PROBE_KEY, S3Store
from mobart.storage.uploads import REFUSED_FOR, REFUSED_LATELY, UploadHeaders, UploadHealth

pytestmark = pytest.mark.asyncio(loop_scope="module")

PICTURE = Rendering(b"\x89PNG", 1, 1, hashlib.sha256(b"\x89PNG").hexdigest())
SECRET = "canary-secret"
CHAIN = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE")


def stored() -> web.Response:
    """Answer as S3 does after a PUT."""
    return web.Response(headers={"ETag": '"0"'})


def refusal(code: str, status: int, **headers: str) -> web.Response:
    """Answer with one of S3's errors."""
    body = f"<Error><Code>{code}</Code><Message>Because.</Message></Error>"
    return web.Response(status=status, text=body, content_type="application/xml", headers=headers)


Answer = Callable[[], web.Response]


def s3_store(
    *,
    bucket: str = "art",
    region: str = "eu-west-1",
    endpoint_url: str | None = None,
    access_key: str | None = "k",
    secret_key: str | None = SECRET,
    session_token: str | None = None,
    checksums: Checksums = "auto",
    read_timeout: float = 30.0,
    **more: Any,
) -> S3Store:
    """Return a store, not yet entered; *more* goes to the bucket's location or to the store."""
    own = {name: more.pop(name) for name in ("uploads", "stores_raw", "reads_raw") if name in more}
    return S3Store(
        Location(bucket=bucket, region=region, endpoint_url=endpoint_url, **more),
        credentials=Credentials(
            access_key=access_key, secret_key=secret_key, session_token=session_token
        ),
        options=ClientOptions(read_timeout=read_timeout, checksums=checksums),
        **own,
    )


@dataclass
class Script:
    """Answers to give in turn, the last one forever; and what was asked."""

    answers: list[Answer] = field(default_factory=list)
    requests: list[web.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def begin(self, *answers: Answer) -> None:
        """Forget what was asked before, and answer *answers* from now on."""
        self.answers[:] = answers
        self.requests.clear()
        self.bodies.clear()

    async def answer(self, request: web.Request) -> web.Response:
        """Take down the request and answer it."""
        self.requests.append(request)
        self.bodies.append(await request.read())
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])()


@asynccontextmanager
async def scripted_store(**options: Any) -> AsyncIterator[tuple[S3Store, Script]]:
    """Yield a store, and the script of its server."""
    script = Script()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", script.answer)
    keys = {"access_key": "AKIATEST", "secret_key": SECRET} | options
    async with TestServer(app) as server:
        endpoint = str(server.make_url("")).rstrip("/")
        async with s3_store(endpoint_url=endpoint, **keys) as store:
            yield store, script


@asynccontextmanager
async def store_at(answer: Answer, **options: Any) -> AsyncIterator[tuple[S3Store, Script]]:
    """Yield a store of its own for one test, whose server always answers *answer*."""
    async with scripted_store(**options) as (store, script):
        script.begin(answer)
        yield store, script


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[tuple[S3Store, Script]]:
    """Yield one store for many tests: one client is what it is made for."""
    async with scripted_store() as shared:
        yield shared


@pytest.fixture
def store(shared: tuple[S3Store, Script]) -> S3Store:
    """Return the shared store."""
    return shared[0]


@pytest.fixture
def script(shared: tuple[S3Store, Script]) -> Script:
    """Return the script of the shared store's server, saying yes to everything."""
    shared[1].begin(stored)
    return shared[1]


async def test_a_picture_is_stored_with_what_a_cdn_needs(store: S3Store, script: Script) -> None:
    """Its type, a cache header without end, its digest, and nothing about who asked for it."""
    asset = await store.put("generated/u@x/r:1.png", PICTURE)
    (request,), (body,) = script.requests, script.bodies
    assert (request.method, request.raw_path) == ("PUT", "/art/generated/u%40x/r%3A1.png")
    assert request.headers["Content-Type"] == "image/png"
    assert request.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    told = {name: value for name, value in request.headers.items() if "x-amz-meta" in name.lower()}
    assert told == {"x-amz-meta-sha256": PICTURE.sha256}
    assert body == PICTURE.png
    assert asset.url.endswith(request.raw_path)


async def test_other_peoples_stores_are_spared_checksums_unless_asked_for(
    store: S3Store, script: Script
) -> None:
    """Many of them choke on the trailers of newer clients; the body is signed all the same."""
    await store.put("k", PICTURE)
    plain = script.requests[0].headers
    assert not [name for name in plain if "checksum" in name.lower()]
    assert plain["x-amz-content-sha256"] == PICTURE.sha256
    async with store_at(stored, checksums="when_supported") as (eager, asked):
        await eager.put("k", PICTURE)
    assert "x-amz-checksum-crc32" in asked.requests[0].headers


async def test_a_picture_goes_only_where_none_is(store: S3Store, script: Script) -> None:
    """The store is asked to see to it; an upload whose answer was lost is known by its digest."""
    taken = refusal("PreconditionFailed", 412)
    script.begin(lambda: taken, lambda: web.Response(headers={"x-amz-meta-sha256": PICTURE.sha256}))
    assert (await store.put("u/r.png", PICTURE)).key == "u/r.png"
    assert script.requests[0].headers["If-None-Match"] == "*"
    assert [request.method for request in script.requests] == ["PUT", "HEAD"]


async def test_a_picture_that_cannot_be_compared_is_written_anew(
    store: S3Store, script: Script
) -> None:
    """The credentials may only write: a job taken over after its upload keeps its key."""
    taken = refusal("PreconditionFailed", 412)
    script.begin(lambda: taken, lambda: refusal("", 403), stored)
    assert (await store.put("u/r.png", PICTURE)).key == "u/r.png"
    assert "If-None-Match" not in script.requests[-1].headers


@pytest.mark.parametrize(
    ("code", "status"), [("NotImplemented", 501), ("InvalidArgument", 400), ("InvalidRequest", 400)]
)
async def test_a_store_that_knows_no_conditions_is_asked_without(code: str, status: int) -> None:
    """Once and for all."""
    async with store_at(stored) as (store, script):
        script.begin(lambda: refusal(code, status), stored)
        await store.put("k", PICTURE)
        script.begin(stored)
        await store.put("k", PICTURE)
        (request,) = script.requests
        assert "If-None-Match" not in request.headers


def enforcing(request: web.Request, kept: set[str]) -> web.Response:
    """Answer as a bucket whose policy allows nothing but uploads to keys that nothing has."""
    if request.method != "PUT":
        return refusal("AccessDenied", 403)
    if "If-None-Match" not in request.headers:
        return refusal("AccessDenied", 403)
    if request.path in kept:
        return refusal("PreconditionFailed", 412)
    kept.add(request.path)
    return stored()


async def test_a_policy_may_allow_nothing_but_new_objects(store: S3Store, script: Script) -> None:
    """The check, the picture, its sidecar and the raw one are uploaded as it wants them, and again after a restart."""
    kept: set[str] = set()
    script.begin(lambda: enforcing(script.requests[-1], kept))
    for _ in range(2):
        await store.check()
        await store.put("u/r.png", replace(PICTURE, sidecar=b"{}"))
    await store.put_raw("raw/u/r", b"raw")
    assert {"/art/u/r.png", "/art/raw/u/r"} < kept
    with pytest.raises(Rejected):
        await store.put_raw("raw/u/r", b"another")


async def test_a_raw_picture_that_is_not_allowed_is_not_waited_with(
    store: S3Store, script: Script
) -> None:
    """The right may be missing under raw/ alone; a store that is busy, or does not know the key, is waited for."""
    for code, status in [("AccessDenied", 403), ("413", 413)]:
        script.begin(partial(refusal, code, status))
        with pytest.raises(Rejected) as no:
            await store.put_raw("raw/u/r", b"raw")
        assert no.value.code is Code.STORAGE_DENIED
    for code, status in [("SlowDown", 503), ("InvalidAccessKeyId", 403), ("ExpiredToken", 400)]:
        script.begin(partial(refusal, code, status))
        with pytest.raises(Unavailable):
            await store.put_raw("raw/u/r", b"raw")


async def test_a_policy_may_forbid_conditions(store: S3Store, script: Script) -> None:
    """Then a picture is uploaded without."""

    def answer() -> web.Response:
        conditional = "If-None-Match" in script.requests[-1].headers
        return refusal("AccessDenied", 403) if conditional else stored()

    script.begin(answer)
    assert (await store.put("u/r.png", PICTURE)).key == "u/r.png"


async def test_a_moment_of_trouble_does_not_end_the_conditions(
    store: S3Store, script: Script
) -> None:
    """It is waited for instead."""
    script.begin(lambda: refusal("RequestTimeout", 400))
    with pytest.raises(Unavailable):
        await store.put("k", PICTURE)
    script.begin(stored)
    await store.put("k", PICTURE)
    assert script.requests[0].headers["If-None-Match"] == "*"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ExpiredToken", 400),
        ("RequestTimeTooSkewed", 403),
        ("InvalidAccessKeyId", 403),
        ("TooManyRequests", 429),
        ("NoSuchBucket", 404),
    ],
)
async def test_what_cannot_be_looked_for_is_not_taken_to_be_missing(
    store: S3Store, script: Script, code: str, status: int
) -> None:
    """A paid picture may lie there."""
    script.begin(lambda: refusal(code, status))
    with pytest.raises(Unavailable):
        await store.raw_exists("raw/u/r")
    with pytest.raises(Unavailable):
        await store.get_bounded("generated/u/r.png", 9)


@pytest.mark.parametrize(("code", "status"), [("NoSuchKey", 404), ("AccessDenied", 403)])
async def test_what_is_not_there_is_told_so_even_to_who_may_not_list(
    store: S3Store, script: Script, code: str, status: int
) -> None:
    """S3 then says that access is denied."""
    script.begin(lambda: refusal(code, status))
    assert not await store.raw_exists("raw/u/r")
    with pytest.raises(Rejected):
        await store.get_bounded("generated/u/r.png", 9)


async def test_one_hiccup_is_not_worth_mentioning(store: S3Store, script: Script) -> None:
    """The client tries twice by itself."""
    script.begin(lambda: refusal("InternalError", 500), stored)
    await store.put("k", PICTURE)
    assert script.bodies == [PICTURE.png] * 2


async def test_a_store_that_stays_away_is_the_callers_to_wait_for(
    store: S3Store, script: Script
) -> None:
    """After two tries, with what the store asked for."""
    script.begin(lambda: refusal("SlowDown", 503, **{"Retry-After": "9"}))
    with pytest.raises(Unavailable) as away:
        await store.put("k", PICTURE)
    assert away.value.code is Code.STORAGE_UNAVAILABLE
    assert away.value.retry_after == 9.0
    assert len(script.requests) == 2


async def test_a_refused_key_delays_a_picture_and_stops_a_start(
    store: S3Store, script: Script
) -> None:
    """And the secret is in neither message."""
    script.begin(lambda: refusal("SignatureDoesNotMatch", 403))
    with pytest.raises(Unavailable, match="AWS_SECRET_ACCESS_KEY") as away:
        await store.put("k", PICTURE)
    with pytest.raises(Rejected, match="AWS_SECRET_ACCESS_KEY") as no:
        await store.check()
    assert away.value.code is no.value.code is Code.STORAGE_DENIED
    assert SECRET not in f"{away.value} {no.value}"


async def test_the_check_writes_and_cleans_up(store: S3Store, script: Script) -> None:
    """At a key that no picture can have."""
    await store.check()
    asked = [(request.method, request.path) for request in script.requests]
    assert asked == [("PUT", f"/art/{PROBE_KEY}"), ("DELETE", f"/art/{PROBE_KEY}")]


async def test_a_key_that_may_only_write_passes_the_check(store: S3Store, script: Script) -> None:
    """The least privilege is enough; what is left behind is a few bytes."""
    script.begin(stored, lambda: refusal("AccessDenied", 403))
    await store.check()
    assert [request.method for request in script.requests] == ["PUT", "DELETE"]


async def test_where_raw_pictures_are_needed_the_check_reads_one() -> None:
    """Or what is paid for would be stored, and never be had again: as with a KMS key that may not decrypt."""
    needed = {"stores_raw": True, "reads_raw": True}
    async with scripted_store(**needed) as (store, script):
        script.begin(stored, stored, stored, partial(refusal, "AccessDenied", 403))
        with pytest.raises(Rejected, match="s3:GetObject on raw"):
            await store.check()
        script.begin(stored)
        await store.check()
        asked = [request.method for request in script.requests]
        assert asked == ["PUT", "DELETE", "PUT", "GET", "DELETE"]


async def test_any_answer_proves_that_the_store_is_there(store: S3Store, script: Script) -> None:
    """Readiness asks without needing a permission, and writes nothing."""
    for answer in (stored, lambda: refusal("", 403), lambda: refusal("", 404)):
        script.begin(answer)
        await store.reach()
        assert {request.method for request in script.requests} == {"HEAD"}


async def test_a_store_in_trouble_is_not_there(store: S3Store, script: Script) -> None:
    """What the store itself calls an error of its own is no answer."""
    script.begin(lambda: refusal("", 503))
    with pytest.raises(Unavailable):
        await store.reach()


class Hands:
    """A clock that a test moves; in seconds."""

    seconds = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds


@pytest.fixture
def hands(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> Hands:
    """Return the clock of the store's memory of its uploads, which begins anew."""
    hands = Hands()
    monkeypatch.setattr(store, "_health", UploadHealth(hands))
    return hands


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (("AccessDenied", 403), "AccessDenied"),
        (("NoSuchBucket", 404), "NoSuchBucket"),
        (("Odd", 403), "403"),
    ],
)
async def test_a_store_that_answers_and_takes_no_picture_is_told(
    store: S3Store, script: Script, hands: Hands, problem: tuple[str, int], told: str
) -> None:
    """After a while of real uploads that failed; until one comes in."""
    script.begin(lambda: refusal(*problem))
    for hands.seconds, wrong in (
        (0.0, None),
        (REFUSED_FOR - 1, None),
        (REFUSED_FOR, f"no picture is taken ({told})"),
    ):
        with pytest.raises(Unavailable):
            await store.put("k", PICTURE)
        assert await store.reach() == wrong
    script.begin(stored)
    await store.put("k", PICTURE)
    assert await store.reach() is None


async def test_a_failure_long_ago_says_nothing_of_the_store(
    store: S3Store, script: Script, hands: Hands
) -> None:
    """Nobody has tried since: an operator may have mended it."""
    script.begin(lambda: refusal("AccessDenied", 403))
    for hands.seconds in (0.0, REFUSED_FOR):
        with pytest.raises(Unavailable):
            await store.put("k", PICTURE)
    assert await store.reach()
    hands.seconds += REFUSED_LATELY + 1
    assert await store.reach() is None
    with pytest.raises(Unavailable):
        await store.put("k", PICTURE)
    assert await store.reach() is None


async def test_a_picture_or_a_copy_that_a_store_refuses_says_nothing_of_the_others(
    store: S3Store, script: Script, hands: Hands
) -> None:
    """One is too large for it, and raw pictures may be kept from it."""
    for hands.seconds in (0.0, REFUSED_FOR):
        script.begin(lambda: refusal("EntityTooLarge", 400))
        with pytest.raises(Rejected):
            await store.put("k", PICTURE)
        script.begin(lambda: refusal("AccessDenied", 403))
        with pytest.raises(Rejected):
            await store.put_raw("raw/u/r", b"raw")
    assert await store.reach() is None


async def test_a_polite_stranger_is_not_taken_for_a_store(store: S3Store, script: Script) -> None:
    """A login page says 200 to anything."""
    script.begin(web.Response)
    for act in (lambda: store.put("k", PICTURE), store.check):
        with pytest.raises(Unavailable, match="not an S3"):
            await act()


async def test_an_answer_that_does_not_come_is_not_waited_for_for_ever() -> None:
    """The whole upload has a limit."""
    arrived, never = asyncio.Event(), asyncio.Event()

    async def hang(_: web.Request) -> web.Response:
        arrived.set()
        await never.wait()
        return stored()

    app = web.Application()
    app.router.add_put("/{path:.*}", hang)
    async with TestServer(app) as server:
        endpoint = str(server.make_url(""))
        store = s3_store(
            bucket="art",
            region="eu-west-1",
            endpoint_url=endpoint,
            access_key="k",
            secret_key=SECRET,
            read_timeout=0.1,
        )
        async with store:
            with pytest.raises(Unavailable, match="ReadTimeoutError"):
                await store.put("k", PICTURE)
        assert arrived.is_set()
        never.set()


async def test_a_store_nobody_runs_is_waited_for() -> None:
    """The detail says where nobody was."""
    endpoint = "http://127.0.0.1:9"
    store = s3_store(
        bucket="art", region="r", endpoint_url=endpoint, access_key="k", secret_key="s"
    )
    async with store:
        for act in (lambda: store.put("k", PICTURE), store.check, store.reach):
            with pytest.raises(Unavailable, match=r"cannot be reached.*127\.0\.0\.1:9"):
                await act()


async def test_the_default_chain_is_asked_where_no_key_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on a machine with a role; a session token goes along."""
    for name, value in zip(CHAIN, ("AKIACHAIN", "secret", "token"), strict=False):
        monkeypatch.setenv(name, value)
    async with store_at(stored, access_key=None, secret_key=None) as (store, script):
        await store.put("k", PICTURE)
    headers = script.requests[0].headers
    assert "Credential=AKIACHAIN/" in headers["Authorization"]
    assert headers["x-amz-security-token"] == "token"


async def test_keys_that_are_given_win_over_the_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the settings say is what is used."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIACHAIN")
    async with store_at(stored, session_token="mine") as (store, script):
        await store.put("k", PICTURE)
    headers = script.requests[0].headers
    assert "Credential=AKIATEST/" in headers["Authorization"]
    assert headers["x-amz-security-token"] == "mine"


async def test_a_chain_without_credentials_stops_a_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """And says which settings would help."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    for name in CHAIN:
        monkeypatch.delenv(name, raising=False)
    async with store_at(stored, access_key=None, secret_key=None) as (store, script):
        with pytest.raises(Rejected, match="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
            await store.check()
    assert script.requests == []


async def test_what_kept_the_client_from_opening_may_heal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later try opens it."""
    monkeypatch.setenv("AWS_PROFILE", "missing")
    async with store_at(stored) as (store, _):
        with pytest.raises(Unavailable, match="ProfileNotFound"):
            await store.put("k", PICTURE)
        with pytest.raises(Rejected, match="ProfileNotFound"):
            await store.check()
        monkeypatch.delenv("AWS_PROFILE")
        await store.put("k", PICTURE)


async def test_a_store_may_be_closed_before_it_was_ever_open() -> None:
    """A worker that is stopped while it starts leaves nothing behind."""
    async with store_at(stored) as (_, script):
        pass
    assert script.requests == []


async def test_a_cancelled_job_does_not_close_the_client_for_others() -> None:
    """Even if it was the one that waited for it to open."""
    async with store_at(stored) as (store, script):
        first = asyncio.create_task(store.put("first", PICTURE))
        second = asyncio.create_task(store.put("second", PICTURE))
        await asyncio.sleep(0)
        first.cancel()
        await second
        with pytest.raises(asyncio.CancelledError):
            await first
    assert [request.path for request in script.requests] == ["/art/second"]


class Body(io.BytesIO):
    """The body of an answer, as the client reads it."""

    async def read(self) -> bytes:  # type: ignore[override]
        """Return all of it."""
        return self.getvalue()


def ok(request: Any, **_: Any) -> AioAWSResponse:
    """Answer in place of AWS that all is well."""
    return AioAWSResponse(request.url, 200, HTTPHeaders.from_dict({"ETag": '"0"'}), Body())


async def test_the_environment_cannot_move_a_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uploads go where the addresses of the pictures say."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://elsewhere")
    monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", "true")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    asked: list[str] = []
    store = s3_store(bucket="art", region="us-east-1", access_key="k", secret_key=SECRET)
    async with store:
        client: Any = await store._connection.client()
        client.meta.events.register(
            "before-send.s3", lambda request, **_: asked.append(request.url)
        )
        client.meta.events.register("before-send.s3", ok)
        await store.check()
        asset = await store.put("k", PICTURE)
    assert asked[-1] == asset.url == "https://art.s3.us-east-1.amazonaws.com/k"


async def test_a_client_that_could_not_open_is_closed_quietly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody may have asked it for anything."""
    monkeypatch.setenv("AWS_PROFILE", "missing")
    store = s3_store(bucket="art", region="us-east-1", access_key="k", secret_key=SECRET)
    async with store:
        opening: Any = store._connection._opening
        await asyncio.wait([opening])
    assert "missing" in str(opening.exception())


async def test_a_bucket_in_another_region_stops_a_start() -> None:
    """The client would follow it there, but the addresses of the pictures would be wrong."""
    moved = b"<Error><Code>PermanentRedirect</Code><Message>Elsewhere.</Message></Error>"
    asked: list[str] = []

    def answer(request: Any, **_: Any) -> AioAWSResponse:
        asked.append(request.url)
        if "us-east-1" in request.url:
            region = HTTPHeaders.from_dict({"x-amz-bucket-region": "eu-west-3"})
            return AioAWSResponse(request.url, 301, region, Body(moved))
        return ok(request)

    store = s3_store(bucket="art", region="us-east-1", access_key="k", secret_key=SECRET)
    async with store:
        client: Any = await store._connection.client()
        client.meta.events.register("before-send.s3", answer)
        with pytest.raises(Rejected, match=r"AWS_REGION.*art\.s3\.eu-west-3\.amazonaws\.com"):
            await store.check()
        asset = await store.put("k", PICTURE)
    assert asset.url == "https://art.s3.us-east-1.amazonaws.com/k"
    assert asked[-1] == "https://art.s3.eu-west-3.amazonaws.com/k"


async def test_uploads_carry_what_a_policy_asks_for() -> None:
    """Encryption with a key, and an ACL; on the raw pictures and the probe as well."""
    uploads = UploadHeaders(encryption="aws:kms", kms_key_id="key-1", acl="private")
    async with store_at(stored, uploads=uploads) as (store, script):
        await store.put("generated/u/r.png", PICTURE)
        await store.put_raw("raw/r", b"raw")
        await store.check()
    sent = [request.headers for request in script.requests if request.method == "PUT"]
    assert len(sent) == 3
    for headers in sent:
        assert headers["x-amz-server-side-encryption"] == "aws:kms"
        assert headers["x-amz-server-side-encryption-aws-kms-key-id"] == "key-1"
        assert headers["x-amz-acl"] == "private"


async def test_uploads_ask_for_nothing_by_themselves(shared: tuple[S3Store, Script]) -> None:
    """The bucket's own defaults apply."""
    store, script = shared
    script.begin(stored)
    await store.put("generated/u/r.png", PICTURE)
    names = {name.lower() for name in script.requests[0].headers}
    assert not {"x-amz-acl", "x-amz-server-side-encryption"} & names

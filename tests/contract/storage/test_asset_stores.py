"""What every `AssetStore` does, the real one and the one in memory alike."""

import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

import pytest
from moto.server import ThreadedMotoServer

from mobart.core.domain import Asset, Rendering
from mobart.core.errors import Code, Rejected
from mobart.core.ports import AssetStore
from mobart.storage.connection import Credentials
from mobart.storage.location import Location
from mobart.storage.s3 import S3Store
from mobart.testing.storage import MemoryStore

BUCKET = "mobart-assets"
WORLD_READABLE = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/*",
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Bench:
    """A store that works, its like whose bucket is missing, and a way to look inside."""

    store: S3Store | MemoryStore
    broken: AssetStore
    read: Callable[[str], bytes]
    """Returns the object of a key."""


def rendering_of(png: bytes, sidecar: bytes = b"") -> Rendering:
    """Return a rendering of *png*; stores do not look inside."""
    sha256 = hashlib.sha256(png).hexdigest()
    return Rendering(png, width=3, height=2, sha256=sha256, sidecar=sidecar)


def sidecar_of(image: str, preset: str = "auto") -> bytes:
    """Return what a sidecar says of the file *image*, in short."""
    told = {"frames": [{"filename": image}], "meta": {"image": image}, "preset": preset}
    return json.dumps(told, indent=1).encode()


def s3_store(endpoint: str, bucket: str) -> S3Store:
    """Return a store at *endpoint*, not yet entered."""
    return S3Store(
        Location(bucket=bucket, region="us-east-1", endpoint_url=endpoint),
        credentials=Credentials(access_key="testing", secret_key="testing"),
    )


def put(url: str, body: bytes) -> None:
    """Send a PUT without any signature, which moto takes."""
    headers = {"Content-Type": "application/octet-stream"}
    request = urllib.request.Request(url, body, headers, method="PUT")  # noqa: S310 - http
    urllib.request.urlopen(request).close()  # noqa: S310 - as above


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    """Run moto's S3 on a free port, with one empty bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    put(f"{endpoint}/{BUCKET}", b"")
    put(f"{endpoint}/{BUCKET}?policy", json.dumps(WORLD_READABLE).encode())
    yield endpoint
    server.stop()


@dataclass(frozen=True, slots=True)
class Fetched:
    """What anybody gets who asks for an object."""

    body: bytes
    kind: str | None
    caching: str | None


def fetch(url: str) -> Fetched:
    """Fetch an object by its address, as anybody would."""
    with urllib.request.urlopen(url) as response:  # noqa: S310 - http
        told = response.headers
        return Fetched(response.read(), told["Content-Type"], told["Cache-Control"])


@pytest.fixture(params=["memory", "s3"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """Yield each implementation in turn."""
    if request.param == "memory":
        memory = MemoryStore()
        yield Bench(memory, MemoryStore(denied=True), memory.objects.__getitem__)
        return
    endpoint = request.getfixturevalue("s3_endpoint")
    async with s3_store(endpoint, BUCKET) as store, s3_store(endpoint, "missing") as broken:
        yield Bench(store, broken, lambda key: fetch(store.location.object_url(key)).body)


async def test_what_is_put_is_described_and_can_be_read(bench: Bench) -> None:
    """The asset tells size and checksum, and its address leads to the very bytes."""
    rendering = rendering_of(b"\x89PNG not looked at")
    asset = await bench.store.put("generated/u/r.png", rendering)
    assert asset == Asset(
        key="generated/u/r.png",
        url=asset.url,
        width=3,
        height=2,
        bytes=len(rendering.png),
        sha256=rendering.sha256,
    )
    assert bench.read(asset.key) == rendering.png


async def test_the_same_picture_may_be_put_again(bench: Bench) -> None:
    """A job taken over stores its picture a second time, and gets the same answer."""
    rendering = rendering_of(b"again")
    first = await bench.store.put("generated/u/again.png", rendering)
    assert await bench.store.put("generated/u/again.png", rendering) == first
    assert bench.read(first.key) == rendering.png


async def test_another_picture_under_the_same_key_is_not_overwritten(bench: Bench) -> None:
    """It was announced with its digest: the new one goes beside it, and again to the same place."""
    first = await bench.store.put("generated/u/taken.png", rendering_of(b"first"))
    second = await bench.store.put("generated/u/taken.png", rendering_of(b"second"))
    assert second.key == f"generated/u/taken~{second.sha256[:8]}.png"
    assert await bench.store.put("generated/u/taken.png", rendering_of(b"second")) == second
    assert (bench.read(first.key), bench.read(second.key)) == (b"first", b"second")
    assert await bench.store.put("generated/u/taken.png", rendering_of(b"first")) == first


async def test_a_sidecar_is_stored_beside_its_picture(bench: Bench) -> None:
    """Before the asset is announced: its key is the picture's, and it is there with the answer."""
    text = sidecar_of("s.png")
    rendering = rendering_of(b"with a sidecar", text)
    asset = await bench.store.put("generated/u/s.png", rendering)
    assert asset.sidecar_key == "generated/u/s.json"
    assert bench.read(asset.sidecar_key) == text
    assert await bench.store.put("generated/u/s.png", rendering) == asset


async def test_a_sidecar_follows_its_picture_beside_another(bench: Bench) -> None:
    """It lies under the picture's own name, calls it so, and leaves the first one's alone."""
    first = sidecar_of("t.png")
    await bench.store.put("generated/u/t.png", rendering_of(b"first", first))
    rendering = rendering_of(b"second", sidecar_of("t.png", preset="t.png"))
    second = await bench.store.put("generated/u/t.png", rendering)
    name = f"t~{second.sha256[:8]}"
    assert second.sidecar_key == f"generated/u/{name}.json"
    assert bench.read(second.sidecar_key) == sidecar_of(f"{name}.png", preset="t.png")
    assert bench.read("generated/u/t.json") == first


async def test_no_sidecar_is_stored_where_there_is_none(bench: Bench) -> None:
    """And the asset says so."""
    asset = await bench.store.put("generated/u/alone.png", rendering_of(b"alone"))
    assert asset.sidecar_key == ""
    with pytest.raises((KeyError, urllib.error.HTTPError)):
        bench.read("generated/u/alone.json")


async def test_a_sidecar_is_served_as_json_and_cached_like_its_picture(s3_endpoint: str) -> None:
    """Neither changes under its key."""
    async with s3_store(s3_endpoint, BUCKET) as store:
        key = "generated/u/served.png"
        asset = await store.put(key, rendering_of(b"served", sidecar_of("served.png")))
        picture, sidecar = fetch(asset.url), fetch(store.location.object_url(asset.sidecar_key))
    assert (picture.kind, sidecar.kind) == ("image/png", "application/json")
    assert sidecar.caching == picture.caching == "public, max-age=31536000, immutable"


async def test_ids_with_colons_and_at_signs_are_found_again(bench: Bench) -> None:
    """The address is percent-encoded where it must be, the key is not."""
    asset = await bench.store.put("generated/a@b.c/x:1~2.png", rendering_of(b"odd"))
    assert asset.key == "generated/a@b.c/x:1~2.png"
    assert bench.read(asset.key) == b"odd"


async def test_a_store_that_works_passes_its_check(bench: Bench) -> None:
    """The check is quiet, and may be repeated."""
    await bench.store.check()
    await bench.store.check()


async def test_a_store_that_cannot_be_written_fails_its_check_for_good(bench: Bench) -> None:
    """A start must stop there; the detail is for the operator."""
    with pytest.raises(Rejected, match=r"bucket|denied") as no:
        await bench.broken.check()
    assert no.value.sentence == "The picture could not be stored."


async def test_what_is_referred_to_is_read_up_to_a_bound(bench: Bench) -> None:
    """An object may be of any size, and need not be there."""
    await bench.store.put_raw("generated/u/hero.png", b"a hero")
    assert await bench.store.get_bounded("generated/u/hero.png", 6) == b"a hero"
    with pytest.raises(Rejected) as large:
        await bench.store.get_bounded("generated/u/hero.png", 5)
    assert large.value.code is Code.IMAGE_TOO_LARGE
    with pytest.raises(Rejected) as missing:
        await bench.store.get_bounded("generated/u/nobody.png", 100)
    assert missing.value.code is Code.DOWNLOAD_FAILED


async def test_a_signed_address_names_the_object_and_how_long_it_is_good(bench: Bench) -> None:
    """For a provider that fetches pictures itself."""
    address = await bench.store.sign("generated/u/hero.png", 3600)
    assert "generated/u/hero.png?" in address
    assert "3600" in address


async def test_a_signed_address_leads_to_the_object(s3_endpoint: str) -> None:
    """Without a key of the reader's, and by the signature that every region takes."""
    async with s3_store(s3_endpoint, BUCKET) as store:
        await store.put_raw("generated/u/signed.png", b"a knight")
        address = await store.sign("generated/u/signed.png", 3600)
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in address
    assert fetch(address).body == b"a knight"

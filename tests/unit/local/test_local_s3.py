"""The local S3, over HTTP."""

import sys
import urllib.error
import urllib.request
from pathlib import Path

import aioboto3
import pytest

from mobart_local.errors import LocalTrouble
from mobart_local.s3 import S3Server
from tests.support.servers import s3_server

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Asks loopback itself, whatever proxies are set."""


def ask(method: str, url: str, body: bytes | None = None) -> bytes:
    """Send one request without credentials."""
    kind = {"Content-Type": "image/png"}
    request = urllib.request.Request(url, body, kind, method=method)  # noqa: S310  # loopback
    with OPENER.open(request, timeout=10) as response:
        return bytes(response.read())


def test_bucket_is_there_and_pictures_open_in_a_browser() -> None:
    """What is put can be read by its address alone; a reset empties the bucket."""
    with s3_server("pictures") as server:
        url = f"{server.endpoint}/pictures/generated/u/r.png"
        ask("PUT", url, b"picture")
        assert ask("GET", url) == b"picture"
        server.reset()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            ask("GET", url)
        ask("PUT", url, b"picture")


def wait_for(url: str) -> bytes:
    """Ask until it is there; objects of earlier runs are restored in the background."""
    while True:
        try:
            return ask("GET", url)
        except urllib.error.HTTPError as error:
            error.close()


def test_objects_are_files_and_survive_a_restart(tmp_path: Path) -> None:
    """With what a browser is told about them."""
    key = "generated/u@x/r:1.png"
    with s3_server("pictures", folder=tmp_path) as server:
        ask("PUT", f"{server.endpoint}/pictures/{key}", b"picture")
    assert (tmp_path / "pictures" / key).read_bytes() == b"picture"
    with s3_server("pictures", folder=tmp_path) as server:
        url = f"{server.endpoint}/pictures/{key}"
        assert wait_for(url) == b"picture"
        with OPENER.open(url) as response:
            assert response.headers["Content-Type"] == "image/png"


async def test_objects_of_the_real_client_are_kept_too(tmp_path: Path) -> None:
    """Whatever its checksums and encodings on the wire; deleted ones are not."""
    with s3_server("pictures", folder=tmp_path) as server:
        client = aioboto3.Session().client(
            "s3",
            endpoint_url=server.endpoint,
            region_name="eu-central-1",
            aws_access_key_id="any",
            aws_secret_access_key="any",
        )
        async with client as s3:
            for key in ("a.png", "b.png"):
                await s3.put_object(Bucket="pictures", Key=key, Body=b"\0" * 100_000)
            await s3.delete_object(Bucket="pictures", Key="b.png")
    assert (tmp_path / "pictures" / "a.png").read_bytes() == b"\0" * 100_000
    assert not (tmp_path / "pictures" / "b.png").exists()


def test_no_key_reaches_out_of_the_folder(tmp_path: Path) -> None:
    """Whatever dots it has."""
    with s3_server("pictures", folder=tmp_path / "shelf") as server:
        ask("PUT", f"{server.endpoint}/pictures/%2e%2e/%2e%2e/escaped.png", b"picture")
    assert not list(tmp_path.rglob("escaped.png"))


def test_server_comes_back_on_its_port() -> None:
    """After an outage, as it were."""
    with s3_server() as server:
        port = server.port
        server.stop()
        with pytest.raises(urllib.error.URLError, match="refused"):
            ask("GET", server.endpoint)
        server.start()
        assert (server.port, ask("GET", server.endpoint)[:5]) == (port, b"<?xml")


def test_taken_port_is_swapped_for_a_free_one() -> None:
    """Instead of hanging."""
    with s3_server() as first, S3Server("another", port=first.port) as second:
        assert second.port not in {0, first.port}


def test_impossible_bucket_is_refused_in_words() -> None:
    """And nothing keeps listening."""
    with pytest.raises(LocalTrouble, match="InvalidBucketName"):
        S3Server("b").start()


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that brings it."""
    monkeypatch.setitem(sys.modules, "moto.server", None)
    with pytest.raises(LocalTrouble, match=r"moto.*pip install -r requirements-local\.txt"):
        S3Server("pictures").start()

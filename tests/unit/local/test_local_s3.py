"""The local S3, over HTTP."""

import sys
import urllib.error
import urllib.request

import pytest
from servers import s3_server

from mobart.local.s3 import S3Server
from mobart.local.trouble import LocalTrouble


def ask(method: str, url: str, body: bytes | None = None) -> bytes:
    """Send one request without credentials."""
    kind = {"Content-Type": "image/png"}
    request = urllib.request.Request(url, body, kind, method=method)  # noqa: S310  # loopback
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310  # loopback
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

"""The stand-in by itself, as a backend's tests run it."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from mobart_local.standin.script import Script, worded
from tests.support.raw_http import closed_port

MODULE = [sys.executable, "-m", "mobart_local.standin"]


@pytest.fixture
def port() -> int:
    """Return a port on which nobody listens."""
    return closed_port()


@pytest.fixture
def process(port: int) -> Iterator["subprocess.Popen[str]"]:
    """Run it on a fixed port."""
    command = [*MODULE, "--port", str(port), "--seconds", "0", "--side", "64"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_says_where_it_is_and_ends_when_it_is_told(
    port: int, process: "subprocess.Popen[str]"
) -> None:
    """One line, once it listens; the settings in it are those of a worker."""
    assert process.stdout
    ready = json.loads(process.stdout.readline())
    assert ready["ready"]
    assert ready["url"] == f"http://127.0.0.1:{port}"
    assert ready["settings"]["MIDJOURNEY_API_URL"] == f"{ready['url']}/mj/v2"
    with urllib.request.urlopen(ready["ledger"]) as answer:  # noqa: S310 - loopback
        assert json.load(answer)["requests"] == 0
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_a_port_that_is_taken_is_an_error(port: int) -> None:
    """Nobody looks for it elsewhere."""
    with socket.create_server(("127.0.0.1", port)):
        command = [*MODULE, "--port", str(port)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "in use" in ended.stderr


@pytest.mark.parametrize(
    ("prompt", "script"),
    [
        ("a cat standin-429", Script(submit="429")),
        ("a cat Standin-Moderated", Script(submit="moderated")),
        ("standin-never a cat", Script(ending="never")),
        ("a cat standin-poll-502, on a mat", Script(poll="502")),
        (
            "standin-picture-truncated standin-ending-banned",
            Script(picture="truncated", ending="banned"),
        ),
        ("standin-nonsense", Script()),
        ("a cat", Script()),
    ],
)
def test_words_of_a_prompt_name_faults(prompt: str, script: Script) -> None:
    """So that a test of a backend needs no other way in."""
    assert worded(Script(), prompt) == script

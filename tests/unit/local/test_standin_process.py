"""The stand-in by itself, as a backend's tests run it."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mobart_local.standin.dialects.table import DIALECTS
from mobart_local.standin.script import Playbook, Rule, Script, worded
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
    assert worded(Script(), prompt, "fal") == script


def test_a_word_names_a_fault_of_the_api_that_is_asked() -> None:
    """An answer to the submit where that has one of this name, else an end of the generation."""
    assert worded(Script(), "standin-moderated", "openai") == Script(submit="moderated")
    assert worded(Script(), "standin-moderated", "midjourney") == Script(ending="moderated")


@pytest.mark.parametrize(
    ("provider", "script", "complaint"),
    [
        ("midjourney", {"submit": "moderated"}, "midjourney has no 'moderated'"),
        ("nobody", {"submit": "429"}, "there is no 'nobody'"),
    ],
)
def test_a_rule_for_an_answer_that_the_api_does_not_have_is_refused(
    provider: str, script: dict[str, str], complaint: str
) -> None:
    """When it is given, not when the submit is answered."""
    with pytest.raises(ValueError, match=complaint):
        Rule.parse({"provider": provider, "script": script})


def test_an_answer_for_all_is_given_by_those_apis_that_have_it() -> None:
    """The others answer as usual, instead of with an error of the stand-in itself."""
    moderated = Script(submit="moderated")
    book = Playbook(Script(), rules=[Rule(moderated, marker="war"), Rule(Script(seconds=9.0))])
    assert book.choose("war", "openai") == moderated
    assert book.choose("war", "midjourney") == Script(seconds=9.0)
    book = Playbook(replace(moderated, seconds=1.0))
    assert book.choose("war", "openai") == replace(moderated, seconds=1.0)
    assert book.choose("war", "midjourney") == Script(seconds=1.0)


@pytest.mark.parametrize("provider", DIALECTS)
def test_each_word_of_the_documents_is_a_fault_of_every_api(provider: str) -> None:
    """They are the same for the tests of any backend."""
    words = re.findall(r"^\| (?:`[^|]*`) \|", Path("docs/standin.md").read_text(), re.MULTILINE)
    named = set(re.findall(r"`(standin-[a-z0-9-]+)`", "".join(words)))
    if not DIALECTS[provider].polls:  # it answers with the picture itself
        named.remove("standin-poll-502")
    assert named
    assert all(worded(Script(), word, provider) != Script() for word in named)

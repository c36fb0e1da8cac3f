"""What somebody who took a child over by a picture would try next."""

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from mobart.core.domain import Rendering
from tests.unit.rendering.render_functions import rendering_of

PTRACE_SEIZE = 0x4206


def intrude(raw: bytes, _: object) -> Rendering:
    """Try the intrusion that *raw* names; return `done`, or the name of the error."""
    name, *arguments = raw.decode().split("\n")
    try:
        answer = INTRUSIONS[name](*arguments)
    except Exception as error:  # noqa: BLE001 - whatever stopped it is the answer
        answer = type(error).__name__
    return rendering_of((answer or "done").encode())


def _read_environment() -> None:
    Path(f"/proc/{os.getppid()}/environ").read_bytes()


def _read_memory() -> None:
    with Path(f"/proc/{os.getppid()}/mem").open("rb"):
        pass


def _list_processes() -> None:
    list(Path("/proc").iterdir())


def _trace() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(PTRACE_SEIZE, os.getppid(), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def _signal() -> None:
    os.kill(os.getppid(), signal.SIGCONT)


def _open_socket(family: socket.AddressFamily, kind: socket.SocketKind) -> None:
    socket.socket(family, kind).close()


def _run_program() -> None:
    subprocess.run([sys.executable, "-c", ""], check=True)


def _fork() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _start_thread() -> None:
    threading.Thread(target=int).start()


def _read(path: str) -> None:
    Path(path).read_bytes()


def _write(path: str) -> None:
    Path(path).write_text("changed")


def _fill() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    os.write(os.memfd_create("m"), b"x")


def _raise_limits() -> None:
    os.setpgid(0, 0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    os.memfd_create("m")
    if os.geteuid() == 0:  # root may raise its limits; the other rules hold
        raise PermissionError


def _privileges() -> str:
    return str(ctypes.CDLL(None).prctl(39, 0, 0, 0, 0))  # PR_GET_NO_NEW_PRIVS


INTRUSIONS: dict[str, Callable[..., str | None]] = {
    "read environment": _read_environment,
    "read memory": _read_memory,
    "list processes": _list_processes,
    "trace": _trace,
    "signal": _signal,
    "tcp": lambda: _open_socket(socket.AF_INET, socket.SOCK_STREAM),
    "udp": lambda: _open_socket(socket.AF_INET, socket.SOCK_DGRAM),
    "unix": lambda: _open_socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "run program": _run_program,
    "fork": _fork,
    "start thread": _start_thread,
    "read": _read,
    "write": _write,
    "fill": _fill,
    "raise_limits": _raise_limits,
    "privileges": _privileges,
}

WITHOUT_ARGUMENTS = tuple(INTRUSIONS)[:11]

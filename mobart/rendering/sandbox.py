"""Takes from a child process the rights that decoding a hostile picture must not give away.

A picture comes from a stranger and is read by C code.  Should it take the process over, it finds:

    no other program     seccomp: no exec, no fork, no new thread
    no network           seccomp: no socket; Landlock: no TCP
    no other process     not dumpable, no ptrace, no signal to others, no /proc
    no file to write     Landlock: nothing writable; RLIMIT_FSIZE of 0
    few files to read    Landlock: the interpreter and its packages, nothing else
    no way back          no_new_privs: no set-uid program gives a right back

Each is asked of the kernel on its own, and what a kernel does not have is left out: Landlock came
with Linux 5.13, its network rules with 6.7, its scopes with 6.12; other systems have only the limits.
Sources: the manual pages landlock(7), seccomp(2) and prctl(2); `linux/landlock.h`,
`linux/seccomp.h`, `linux/filter.h`.
"""

import ctypes
import os
import platform
import resource
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from mobart.rendering.syscalls import DENIED, Architecture

PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 4, 22, 38
SECCOMP_MODE_FILTER = 2
MAX_FILES = 64
"""Open files: a picture needs none; importing a decoder for the first time needs a few."""


def confine(readable: Iterable[Path] = ()) -> None:
    """Give up, for good, every right that rendering does not need.

    *readable* are folders that may still be read beside the interpreter's own.  Modules that are
    loaded from anywhere else must be imported before.
    """
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = MAX_FILES if most == resource.RLIM_INFINITY else min(MAX_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    if sys.platform != "linux":
        return
    hide_from_other_processes()
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    _restrict_files([*_interpreter(), *readable])
    _filter_calls()


def hide_from_other_processes() -> None:
    """Let no process of the same user read this one's memory or environment; Linux only.

    It also keeps debuggers and the count of open files from this process, so the worker does it only
    where its children cannot be kept from reading by Landlock.
    """
    if sys.platform == "linux":
        _prctl(PR_SET_DUMPABLE, 0)


def _prctl(option: int, value: int, more: object = 0) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, more, 0, 0)


def _interpreter() -> list[Path]:
    """Return what Python and the system's libraries are loaded from."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    packages = [Path(entry) for entry in sys.path if entry.endswith("-packages")]
    libraries = [Path("/lib"), Path("/lib64"), Path("/usr/lib"), Path("/etc/ld.so.cache")]
    ours = Path(__file__).parents[1]
    return [*(Path(sysconfig.get_path(name)) for name in names), *packages, *libraries, ours]


# ------------------------------------------------------------ Landlock

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""System calls; the same numbers on every architecture."""
RULESET_VERSION = 1
RULE_PATH_BENEATH = 1
READ_FILE, READ_DIR = 1 << 2, 1 << 3
ACCESS_FS = {1: 1 << 13, 2: 1 << 14, 3: 1 << 15, 5: 1 << 16}
"""By ABI: one more than the highest right on files that it knows."""
ACCESS_NET = 0b11
"""Binding and connecting TCP sockets, from ABI 4 on."""
SCOPES = 0b11
"""Abstract Unix sockets of others, and signals to others, from ABI 6 on."""
NETWORK_ABI, SCOPE_ABI = 4, 6


def landlock_abi() -> int:
    """Return the version of Landlock that this system has; 0 if it has none."""
    if sys.platform != "linux":
        return 0
    call = ctypes.CDLL(None, use_errno=True).syscall
    abi: int = call(CREATE_RULESET, None, 0, RULESET_VERSION)
    return max(0, abi)


def _restrict_files(readable: Iterable[Path]) -> None:
    """Allow reading beneath *readable*, and nothing else that goes by a path or a TCP port."""
    call, abi = ctypes.CDLL(None, use_errno=True).syscall, landlock_abi()
    if abi < 1:
        return
    handled = ACCESS_FS[max(known for known in ACCESS_FS if known <= abi)] - 1
    attributes = struct.pack(
        "=QQQ", handled, ACCESS_NET if abi >= NETWORK_ABI else 0, SCOPES if abi >= SCOPE_ABI else 0
    )
    size = 8 + 8 * (abi >= NETWORK_ABI) + 8 * (abi >= SCOPE_ABI)
    ruleset = call(CREATE_RULESET, attributes, size, 0)
    if ruleset < 0:
        return
    for path in readable:
        _allow_reading(call, ruleset, path)
    call(RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow_reading(call: Callable[..., int], ruleset: int, path: Path) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    rights = READ_FILE | READ_DIR if path.is_dir() else READ_FILE
    call(ADD_RULE, ruleset, RULE_PATH_BENEATH, struct.pack("=Qi", rights, place), 0)
    os.close(place)


# ------------------------------------------------------------ seccomp

LOAD_WORD, JUMP_EQUAL, JUMP_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
"""Opcodes of classic BPF: each instruction is opcode, two jump distances, operand."""
AT_NUMBER, AT_ARCHITECTURE = 0, 4
"""Offsets in `struct seccomp_data`."""
ALLOW, NOT_PERMITTED = 0x7FFF0000, 0x00050000 | 1
"""Let the call through; let it fail with EPERM."""
X32 = 0x40000000
"""From this number on, x86-64 has its calls a second time under a 32-bit ABI."""


def _filter_calls() -> None:
    """Let the calls of `DENIED` fail with EPERM for the rest of this process's life."""
    architecture = DENIED.get(platform.machine())
    if architecture is None:
        return
    program = ctypes.create_string_buffer(_program(architecture))
    instructions = (len(program) - 1) // 8
    header = struct.pack("@HxxxxxxP", instructions, ctypes.addressof(program))
    _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header)


def _program(architecture: Architecture) -> bytes:
    """Return the filter: another architecture's calls and the denied ones fail, the rest pass."""
    numbers = architecture.numbers
    count = len(numbers)  # each check jumps over the checks behind it and over ALLOW
    checks = [(JUMP_AT_LEAST, count + 1, 0, X32)]
    checks += [(JUMP_EQUAL, count - place, 0, number) for place, number in enumerate(numbers)]
    code = [
        (LOAD_WORD, 0, 0, AT_ARCHITECTURE),
        (JUMP_EQUAL, 0, count + 3, architecture.audit),
        (LOAD_WORD, 0, 0, AT_NUMBER),
        *checks,
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, NOT_PERMITTED),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)

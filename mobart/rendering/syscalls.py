"""System calls that no picture needs, by architecture.

Numbers: `asm/unistd_64.h` (x86-64) and `asm-generic/unistd.h` (ARM64); identifiers of the
architectures: `linux/audit.h`.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Architecture:
    """*audit* is how seccomp names the architecture, *numbers* are those of the denied calls."""

    audit: int
    numbers: tuple[int, ...]


# name: (x86-64, ARM64); None where the architecture does not have the call
CALLS: Mapping[str, tuple[int, int | None]] = {
    # talking to others
    "socket": (41, 198),
    "socketpair": (53, 199),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "connect": (42, 203),
    "sendto": (44, 206),
    # programs, processes and threads
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    "clone": (56, 220),
    "clone3": (435, 435),
    # other processes
    "kill": (62, 129),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    # ways around the rules, and large surfaces of the kernel
    "add_key": (248, 217),
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "keyctl": (250, 219),
    "mount": (165, 40),
    "open_by_handle_at": (304, 265),
    "perf_event_open": (298, 241),
    "request_key": (249, 218),
    "setns": (308, 268),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}

DENIED: Mapping[str, Architecture] = {
    "x86_64": Architecture(0xC000003E, tuple(number for number, _ in CALLS.values())),
    "aarch64": Architecture(
        0xC00000B7, tuple(number for _, number in CALLS.values() if number is not None)
    ),
}
"""By the name that `uname -m` gives."""

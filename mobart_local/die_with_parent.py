"""Run a command that dies with the process that started it: `die_with_parent.py PARENT_PID COMMAND`.

On Linux the kernel kills the command when the *thread* that started it ends, so start it from one
that lives as long as the process.  Elsewhere this only runs the command.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def leashed(command: list[str]) -> list[str]:
    """Return *command* wrapped so that it dies with the calling process."""
    return [sys.executable, "-I", "-S", str(Path(__file__)), str(os.getpid()), *command]


def main(parent: int, command: list[str]) -> None:
    """Become *command*, bound to the process *parent*."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == parent:  # else the parent died before the line above
        os.execv(command[0], command)  # noqa: S606  # a command of our own, no shell


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])

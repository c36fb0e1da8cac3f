"""The life of a child process: one picture after the other until the parent is gone.

Started as a module by `process`; imports little besides the render function it is sent.
"""

import ctypes
import math
import os
import pickle
import resource
import select
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from mobart.core.domain import Rendering
from mobart.core.errors import Rejected
from mobart.rendering.frames import OUT_OF_MEMORY, ProcessLimits, parts_of, read_frame, verdict_of
from mobart.rendering.heap import give_back_free_memory, map_blocks_from
from mobart.rendering.sandbox import confine
from mobart.rendering.task import attempt

PR_SET_PDEATHSIG = 1
NICENESS = 5
LOOK_EVERY_MS = 5000
LARGE = 14 * 2**20
"""Bytes of a block that goes back to the system at once: the pixels of large pictures.  Sums over what is
looked at of one take 12.6 MB, and fit where something was freed: from 8 MB on, 139 MB were used of 133."""

RenderFunction = Callable[[bytes, Any], Rendering]


def main(parent: int) -> None:
    """Render until the requests end."""
    for quiet in (
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
    ):  # they reach the whole group; the parent decides
        signal.signal(quiet, signal.SIG_IGN)
    die_with(parent)
    try:
        serve(sys.stdin.buffer, take_stdout())
    except (EOFError, BrokenPipeError):  # the parent is gone, or has no more pictures
        os._exit(0)
    except MemoryError:  # the process may not be sound any more
        os._exit(OUT_OF_MEMORY)


def serve(requests: BinaryIO, answers: BinaryIO) -> NoReturn:
    """Answer one request after the other.

    Raises:
        EOFError: there are no more.
        MemoryError: there was too little for this picture.
    """
    render_function, limits = set_up(requests, answers)
    while True:
        recipe = pickle.loads(read_frame(requests))  # noqa: S301 - of our parent
        allow_cpu(limits.cpu)
        send(answers, *verdict_of(result_of(render_function, [read_frame(requests)], recipe)))
        give_back_free_memory()


def result_of(
    render_function: RenderFunction, raw: list[bytes], recipe: object
) -> Rendering | Rejected:
    """Render one picture, whose bytes are taken out of the list *raw*: they can be let go of early."""
    try:
        return attempt(lambda: render_function(raw.pop(), recipe))
    except Rejected as no:
        return no


def send(answers: BinaryIO, *frames: bytes) -> None:
    """Answer with *frames*."""
    answers.writelines(parts_of(*frames))
    answers.flush()


def set_up(requests: BinaryIO, answers: BinaryIO) -> tuple[RenderFunction, ProcessLimits]:
    """Limit this process, import its function and report it; on failure report that and exit."""
    function, limits = read_frame(requests), ProcessLimits.from_json(read_frame(requests))
    try:
        limit_memory(limits.memory)
        map_blocks_from(LARGE)
        step_back()
        render_function: RenderFunction = pickle.loads(function)  # noqa: S301 - of our parent
        if limits.confined:
            confine()
    except Exception as fault:  # noqa: BLE001 - whatever it is, the parent has the log
        send(answers, repr(fault).encode())
        sys.exit(1)
    send(answers, b"")
    return render_function, limits


def take_stdout() -> BinaryIO:
    """Keep the pipe behind stdout for answers; whatever else prints there goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def die_with(parent: int) -> None:
    """Make sure that this process ends when *parent* does, however that ends.

    Linux kills it at once.  Elsewhere a thread sees the pipe hang up, which takes until the
    thread gets its turn.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=watch, args=(parent,), daemon=True).start()


def watch(parent: int) -> NoReturn:
    """Exit when the pipe to the parent is closed or the parent has changed."""
    poll = select.poll()
    poll.register(0, 0)  # poll always reports POLLHUP
    while os.getppid() == parent and not poll.poll(LOOK_EVERY_MS):
        pass
    os._exit(0)


def limit_memory(size: int) -> None:
    """Limit the address space, so that a bomb ends in a MemoryError of its own."""
    with suppress(ValueError, OSError):  # macOS has the limit but may refuse to set it
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow_cpu(seconds: int) -> None:
    """Grant *seconds* of CPU from now on: the limit counts from the start of the process.

    The parent's clock is what ends a slow picture; this holds even if the parent is frozen.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(used.ru_utime + used.ru_stime) + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = until if hard == resource.RLIM_INFINITY else min(until, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def step_back() -> None:
    """Give the parent's event loop priority, and let the kernel kill this process before others."""
    os.nice(NICENESS)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    main(int(sys.argv[1]))

"""One child process that renders pictures, seen from the parent."""

import asyncio
import math
import os
import pickle
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from mobart.core.domain import Rendering
from mobart.rendering.frames import OUT_OF_MEMORY, PREFIX, ProcessLimits, parts_of, read_verdict
from mobart.rendering.heap import give_back_free_memory

LONGEST_ANSWER = 256 * 2**20
BUFFER = 2**20
DYING = 5.0
"""Seconds that a child gets to end by itself once its pipe has ended."""

PASSED_ON = ("LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PYTHONHOME", "TMPDIR", "TZ")
"""What a child sees of the environment: no keys, no passwords."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Threads of numpy would each reserve 32 MB, and compete with the other children."""


class Broken(Exception):
    """The child is dead or broke the protocol, and must not be used any more."""

    def __init__(
        self, detail: str, *, overtime: bool = False, starved: bool = False, no_room: bool = False
    ) -> None:
        """*overtime*: its time ran out; *starved*: and it had little of the processor.

        *no_room*: the system killed it because memory ran out.
        """
        super().__init__(detail)
        self.overtime = overtime
        self.starved = starved
        self.no_room = no_room


class RenderProcess:
    """A child process, and the pipes to it.  One picture at a time."""

    def __init__(self, process: Process) -> None:
        """Take over *process*, just started."""
        if process.stdin is None or process.stdout is None:
            raise AssertionError("the process has pipes")
        self._process = process
        self._killed = False
        self._requests = process.stdin
        self._answers = process.stdout
        self._reading = asyncio.Lock()

    @classmethod
    async def start(cls) -> "RenderProcess":
        """Start a child.  Raises OSError if the system cannot start a process."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # or the working directory would be searched for modules
            "-m",
            "mobart.rendering.child",
            str(os.getpid()),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            limit=BUFFER,
            env=_environment(),
            process_group=0,  # Ctrl-C is for the parent
        )
        return cls(process)

    @property
    def alive(self) -> bool:
        """Whether the child has not ended yet, as far as is known."""
        return self._process.returncode is None

    async def prepare(
        self, render_function: Callable[[bytes, Any], Rendering], limits: ProcessLimits
    ) -> None:
        """Send the child its function and limits, and wait until it is ready.  Raises Broken."""
        await self._send(pickle.dumps(render_function), limits.to_json())
        complaint = await self._receive()
        if complaint:
            raise Broken(f"a child could not start: {complaint.decode(errors='replace')}")

    async def render(self, raw: bytes, recipe: object) -> Rendering:
        """Have one picture rendered.

        Raises:
            Rejected: as the render function said.
            Broken: the child must not be used any more.
        """
        await self._send(pickle.dumps(recipe), raw)
        frames = await self._receive(), await self._receive(), await self._receive()
        give_back_free_memory()  # a picture comes, goes and comes back in parts, which leave gaps
        try:
            return read_verdict(*frames)
        except ValueError as fault:
            raise Broken(str(fault)) from fault

    def cpu_seconds(self) -> float:
        """Return the time of the processor that the child has had; NaN where the system tells none."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return math.nan
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")  # utime and stime, proc(5)

    def kill(self) -> None:
        """End the child whatever it is doing."""
        self._killed = True
        with suppress(ProcessLookupError):
            self._process.kill()

    async def gone(self) -> None:
        """Wait until the killed child has ended and its pipes are closed.

        What it still writes is read to the end: asyncio never ends waiting for a process whose
        answer nobody takes.
        """
        async with self._reading:
            with suppress(OSError):
                await self._answers.read()
        await self._process.wait()

    async def _send(self, *frames: bytes) -> None:
        """Send *frames* bit by bit: what is written at once, asyncio copies whole into its buffer."""
        try:
            for part in parts_of(*frames):
                self._requests.write(part)
                await self._requests.drain()
        except OSError as fault:
            raise await self._exit_error() from fault

    async def _receive(self) -> bytes:
        async with self._reading:
            try:
                size = int.from_bytes(await self._answers.readexactly(PREFIX), "big")
                if size > LONGEST_ANSWER:
                    raise Broken(f"a child wanted to answer with {size} bytes")
                return await self._answers.readexactly(size)
            except asyncio.IncompleteReadError as fault:
                raise await self._exit_error() from fault

    async def _exit_error(self) -> Broken:
        with suppress(TimeoutError):
            async with asyncio.timeout(DYING):
                await self._process.wait()
        status = self._process.returncode
        return Broken(
            f"a child {_cause(status)}",
            overtime=status == -signal.SIGXCPU,
            no_room=status == -signal.SIGKILL and not self._killed,
        )


def _cause(status: int | None) -> str:
    if status is None:
        return "closed its pipe"
    if status == OUT_OF_MEMORY:
        return "ran out of memory"
    if status < 0:
        return f"was killed by {signal.Signals(-status).name}"
    return f"ended with status {status}"


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    paths = [os.path.abspath(path) for path in sys.path]  # noqa: PTH100 - entries may be files
    return kept | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(paths)}

"""Whether the limits of one worker fit into the memory that it may use."""

from dataclasses import dataclass
from pathlib import Path

from mobart.app.checks import NotReady
from mobart.jobs.slots import pictures
from mobart.settings import Settings

MIB = 2**20
BASE = 256 * MIB
"""The worker itself with its libraries, connections and queues; measured at 90 to 160 MiB.

With less than this, the system kills each process for pictures of 2048x2048 pixels, or the worker.
"""

LIMIT_FILES = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Files with a container's memory limit: control groups of version 2, and of version 1."""
NO_LIMIT = 2**60
"""Version 1 says "no limit" by a number near 2^63."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryLimits:
    """What the settings allow, sizes in bytes."""

    render_processes: int
    render_memory: int
    """Address space of one render process."""
    jobs: int
    """Jobs that may hold a picture at once."""
    source_bytes: int
    """Largest picture as it is downloaded."""

    @property
    def needed(self) -> int:
        """Bytes that are used if all of it is used at once."""
        return BASE + self.render_processes * self.render_memory + self.jobs * self.source_bytes

    def problem(self, available: int | None) -> str | None:
        """Return one line if *available* bytes do not suffice; None is unlimited."""
        if available is None or self.needed <= available:
            return None
        return (
            f"MOBART_RENDER_PROCESSES x MOBART_RENDER_MEMORY_MB, 1.5 x MOBART_MAX_CONCURRENT_JOBS x"
            f" MOBART_MAX_SOURCE_BYTES and the worker may need {self.needed // MIB} MiB, and this"
            f" container has {available // MIB} MiB: large pictures may have to wait for memory"
        )


def limits_of(settings: Settings) -> MemoryLimits:
    """Return what *settings* allow."""
    return MemoryLimits(
        render_processes=settings.mobart_render_processes,
        render_memory=settings.mobart_render_memory_mb * MIB,
        jobs=pictures(settings.mobart_max_concurrent_jobs),
        source_bytes=settings.mobart_max_source_bytes,
    )


def memory_problem(settings: Settings) -> str | None:
    """Return one line if the limits of *settings* need more memory than this container has.

    Raises NotReady where that is too little for any picture: each would be paid for in vain.
    """
    available = available_memory()
    if available is not None and available < BASE:
        line = f"Memory: a worker needs {BASE // MIB} MiB, and this container has {available // MIB} MiB"
        raise NotReady([line], healing=False)
    return limits_of(settings).problem(available)


def available_memory(files: tuple[Path, ...] = LIMIT_FILES) -> int | None:
    """Return the limit of this process's container in bytes; None if there is none."""
    for file in files:
        try:
            text = file.read_text().strip()
        except OSError:
            continue
        return int(text) if text.isdigit() and int(text) < NO_LIMIT else None
    return None

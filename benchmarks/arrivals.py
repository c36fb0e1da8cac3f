"""How long the event loop is held up, and what memory is used, when large pictures arrive at once.

    python -m benchmarks.arrivals

A real worker has a thousand jobs in flight; forty of them are finished at the same time, each with a
picture of 12 MB.  The stand-in that serves them is in another process, as are Redis and a loop that does
nothing: its lag is what the machine does to anybody.  Of the worker's own lag that part is told as well in
which its thread was computing: the rest it waited for a processor.
"""

import asyncio
import io
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import psutil
from PIL import Image

from benchmarks import watched_worker
from benchmarks.figures import Figure, table
from benchmarks.watched_worker import FILE, Look
from mobart_local.standin import Script, picture_routes
from tests.daemon.deployment import REDIS_PASSWORD, ROOT, Deployment, WorkerProcess, deployed, until
from tests.support.servers import redis_server, s3_server

CROWD, LARGE = 1000, 40
SECONDS = 30.0
"""How long the large pictures take, so that all of them are in flight before; the others take an hour."""
SIDE = 2048
LAG_LIMIT, MEMORY_LIMIT = 50.0, 400.0
"""Milliseconds, MB."""
GLANCE = 0.1
LONGEST = 600.0
SETTINGS = {
    "LOG_LEVEL": "WARNING",
    "MOBART_LEASE_SECONDS": "30",
    "MOBART_MAX_CONCURRENT_JOBS": str(CROWD),
    "MOBART_SHUTDOWN_GRACE_SECONDS": "0",
    "MIDJOURNEY_POLL_MAX_SECONDS": "5",
}
PROGRAM = watched_worker.__file__


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen while the pictures came in: looks at both loops, and the most memory in MB."""

    worker: Sequence[Look]
    bare: Sequence[Look]
    memory: float
    with_children: float


def large_picture() -> bytes:
    """Return a PNG that is large because it is noise."""
    noise = random.Random(7).randbytes(3 * SIDE * SIDE)  # noqa: S311 - the same in each run
    file = io.BytesIO()
    Image.frombytes("RGB", (SIDE, SIDE), noise).save(file, "png", compress_level=0)
    return file.getvalue()


async def arrive() -> Seen:
    """Bring up everything, have the large pictures finished, and watch."""
    script = Script(seconds=3600.0)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = stack.enter_context(redis_server(folder / "redis", password=REDIS_PASSWORD))
        s3 = stack.enter_context(s3_server())
        stack.enter_context(patch.object(picture_routes, "picture", return_value=large_picture()))
        async with deployed(redis, s3, folder, namespace="bench", script=script) as one:
            one.midjourney.play(Script(seconds=SECONDS, shape="single"), marker="large")
            one.program = Path(PROGRAM)
            one.environment["PYTHONPATH"] = str(ROOT)
            return await watch(one, folder / "worker", folder / "bare")


async def watch(one: Deployment, *files: Path) -> Seen:
    """Run worker and bare loop side by side; they write their looks to *files*."""
    worker = await one.ready_worker(**SETTINGS, **{FILE: str(files[0])})
    bare = await asyncio.create_subprocess_exec(
        *(sys.executable, PROGRAM, "bare"), env=one.environment | {FILE: str(files[1])}
    )
    await ask(one, "small", CROWD - LARGE)
    await ask(one, "large", LARGE)
    began = time.time()
    memory = await memory_until_done(one, worker)
    ended = time.time()
    bare.terminate()
    await bare.wait()
    await worker.end()
    looks = [json.loads(file.read_text()) for file in files]
    worked, idled = ([look for look in all_ if began <= look[0] <= ended] for all_ in looks)
    return Seen(worked, idled, *memory)


async def ask(one: Deployment, what: str, count: int) -> None:
    """Ask for pictures, and wait until all of them are paid."""
    paid = one.midjourney.ledger.paid() + count
    for number in range(count):
        await one.enqueue(f"{what}-{number}", f"a {what} dragon called {number}")
    await until(lambda: one.midjourney.ledger.paid() == paid, f"{paid} payments", LONGEST)


async def memory_until_done(one: Deployment, worker: WorkerProcess) -> tuple[float, float]:
    """Return the most megabytes of the worker, and with its children, until all have arrived."""
    process, most = psutil.Process(worker.process.pid), (0.0, 0.0)
    async with asyncio.timeout(LONGEST):
        while len(one.heard_at) < LARGE:
            own, children = megabytes(process), process.children(recursive=True)
            most = max(most[0], own), max(most[1], own + sum(map(megabytes, children)))
            await asyncio.sleep(GLANCE)
    return most


def megabytes(process: psutil.Process) -> float:
    """Return the memory of one process; what it shares counts in part."""
    with suppress(psutil.Error):
        return float(process.memory_full_info().pss) / 1e6
    return 0.0


def late(looks: Sequence[Look], part: int) -> float:
    """Return the 99th percentile of a *part* of the looks, in milliseconds."""
    return statistics.quantiles((look[part] * 1000 for look in looks), n=100)[-1]


def main() -> int:
    """Measure everything, print the table."""
    seen = asyncio.run(arrive())
    what = f"event-loop lag, {LARGE} large pictures at once, {CROWD} in flight"
    longest = max(look[2] for look in seen.worker) * 1000
    figures = [
        Figure(f"{what}: p99", late(seen.worker, 1), LAG_LIMIT, "ms", "limit"),
        Figure("- beside a bare loop", late(seen.worker, 1), late(seen.bare, 1), "ms", "bare loop"),
        Figure("- while computing: p99", late(seen.worker, 2), LAG_LIMIT, "ms", "limit"),
        Figure("- while computing: longest", longest, LAG_LIMIT, "ms", "limit"),
        Figure("- memory of the worker", seen.memory, MEMORY_LIMIT, "MB", "limit"),
        Figure("- with picture processes", seen.with_children, MEMORY_LIMIT, "MB", "limit"),
    ]
    sys.stdout.write(table(figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

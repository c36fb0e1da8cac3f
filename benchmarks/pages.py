"""What the status page costs with very many requests, beside one of a deployment that has none.

    python -m benchmarks.pages

Real Redis, real `python main.py`: each page and call is asked for some times; told are the milliseconds that
the worker computes for one, the middle one's as they pass, and kilobytes as they are sent.  Redis then holds 10,000 finished requests, each with its
timeline, and 1,000 in progress; the same pages of an empty namespace stand beside them.
"""

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import aiohttp
import psutil
from redis.asyncio import Redis

from mobart.app.clock import SystemClock
from mobart.core import wire
from mobart.core.domain import Completed, Failed, GenerationRequest
from mobart.core.errors import Code
from mobart.core.ports import Claim, Delivery
from mobart.core.views import Batch, Moment, Progress, Spent, WorkerStatus
from mobart.journal.connection import connect
from mobart.journal.intake import RedisIntake
from mobart.journal.keys import Keys
from mobart.journal.queue import RedisQueue
from mobart.journal.recent import RecentWork
from mobart.journal.record import RedisJournal
from mobart.journal.recording import RedisRecording
from mobart.web.observers import Observers
from mobart_local.standin import Script
from tests.daemon.deployment import REDIS_PASSWORD, Deployment, WorkerProcess, deployed
from tests.support.backends import DONE, RECEIVED, STARTED, settled
from tests.support.servers import redis_server, s3_server

FINISHED, LIVE = 10_000, 1_000
AT_ONCE = 50
TIMES = 25
"""How often each page is asked for."""
PATHS: Sequence[str] = (
    "/",
    "/?range=30d",
    "/requests",
    "/requests?status=failed",
    "/requests?status=running",
    "/requests?user=player-7",
    "/requests?user=player-7&status=failed",
    "/requests?preset=sprite&status=failed",
    "/requests?code=generation_failed&since=1h",
    "/requests/r-77",
    "/sheet",
    "/v1/status",
    "/v1/requests?limit=200",
    "/v1/requests/r-77/timeline",
    "/v1/failures?since=30d",
    "/v1/history?since=30d",
    "/v1/spending?days=31",
    "/v1/users/player-7",
)
SETTINGS = {"MOBART_LEASE_SECONDS": "3600", "LOG_LEVEL": "ERROR"}
"""What is in progress here must not be taken over."""
STORY = ("request.accepted", "job.claimed", "job.paid", *["picture.polled"] * 11, "job.settled")
FAILED = Failed(Code.GENERATION_FAILED, "The picture could not be made.", paid=True)


class Filling:
    """Puts requests into a namespace as workers do."""

    def __init__(self, redis: Redis, namespace: str) -> None:
        """Be a worker of its own."""
        clock, keys, recent = SystemClock(), Keys(namespace), RecentWork(SystemClock())
        self.intake = RedisIntake(redis, keys=keys, clock=clock, recent=recent)
        self.queue = RedisQueue(
            redis,
            blocking=redis,
            keys=keys,
            consumer="filling",
            clock=clock,
            lease=3600,
            observer=Observers(),
            recent=recent,
        )
        self.journal = RedisJournal(
            redis, keys=keys, clock=clock, consumer="filling", recent=recent
        )
        self.recording = RedisRecording(redis, keys=keys, clock=clock)

    async def fill(self, first: int, count: int, *, finish: bool) -> None:
        """Have *count* requests more, all claimed and paid, and settled if they are to be finished."""
        await self.queue.proven()
        for start in range(first, first + count, AT_ONCE):
            numbers = range(start, start + AT_ONCE)
            requests = [
                GenerationRequest(f"r-{number}", f"player-{number % 50}", "a dragon " * 20)
                for number in numbers
            ]
            await self.intake.accept_all(requests)
            left = AT_ONCE
            while left:
                deliveries = await self.queue.receive(left, wait=5)
                await asyncio.gather(*(self._live(one, finish=finish) for one in deliveries))
                left -= len(deliveries)
            await self.recording.write(_told(requests, finish=finish))

    async def _live(self, delivery: Delivery, *, finish: bool) -> None:
        request = wire.decode_request(delivery.payload)
        claim = await self.queue.claim(delivery, request)
        if not isinstance(claim, Claim):
            raise TypeError(claim)
        await self.journal.record(claim, replace(STARTED, price=0.08))
        await self.journal.record(claim, RECEIVED)
        if finish:
            number = int(request.request_id.removeprefix("r-"))
            await self.journal.record(claim, settled(_outcome(number)))


def _outcome(number: int) -> Completed | Failed:
    if number % 10 == 0:
        return FAILED
    return replace(DONE, preset="sprite" if number % 2 else "icon")


def _told(requests: Sequence[GenerationRequest], *, finish: bool) -> Batch:
    """Write timelines, and how far what is not finished is, for three workers in turn."""
    at = time.time()
    story = [Moment(at, event, "w", {"polls": 3, "progress": 40}) for event in STORY]
    progress = [] if finish else [Progress(one.request_id, "generating", 40) for one in requests]
    status = WorkerStatus(
        worker=f"worker-{requests[0].request_id}",
        version="1",
        started_at=at,
        slots=400,
        used=len(progress),
        jobs=len(progress),
        circuits={"midjourney": 0.0},
        progress=progress,
    )
    return Batch(
        status,
        moments={one.request_id: story for one in requests},
        accepted={one.request_id: one.user_id for one in requests},
        counts={"paid:midjourney": len(requests), "cost:midjourney": 0.08 * len(requests)},
        buyers={one.user_id: Spent(1, 0.08) for one in requests},
    )


async def measured(worker: WorkerProcess) -> Mapping[str, tuple[float, float, float]]:
    """Return the milliseconds of CPU, the middle milliseconds and the kilobytes of each page."""
    found, process = {}, psutil.Process(worker.process.pid)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{worker.port}") as http:
        for path in PATHS:
            seconds, size, before = [], 0, _cpu(process)
            for _ in range(TIMES):
                began = time.perf_counter()
                async with http.get(path) as answer:
                    size = len(await answer.read())
                seconds.append(time.perf_counter() - began)
                await asyncio.sleep(0.02)
            cpu = (_cpu(process) - before) / TIMES
            found[path] = 1000 * cpu, 1000 * statistics.median(seconds), size / 1000
    return found


def _cpu(process: psutil.Process) -> float:
    """Return the seconds that a worker has computed; a hundredth is the least that counts."""
    times = process.cpu_times()
    return float(times.user + times.system)


async def main() -> None:
    """Measure an empty deployment, then a full one, and print both."""
    folder = Path(tempfile.mkdtemp())
    try:
        with ExitStack() as servers:
            redis = servers.enter_context(redis_server(folder, password=REDIS_PASSWORD))
            s3 = servers.enter_context(s3_server())
            async with deployed(
                redis, s3, folder, namespace="pages", script=Script(side=64)
            ) as one:
                await _compare(one)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _compare(one: Deployment) -> None:
    worker = await one.ready_worker(**SETTINGS, MOBART_NAMESPACE="nothing")
    empty = await measured(worker)
    await worker.end()
    client = connect(one.redis_server.url, name="filling", namespace=one.namespace)
    filling = Filling(client, one.namespace)
    began = time.perf_counter()
    await filling.fill(0, FINISHED, finish=True)
    await filling.fill(FINISHED, LIVE, finish=False)
    sys.stdout.write(f"{FINISHED + LIVE} requests in {time.perf_counter() - began:.0f} s\n")
    worker = await one.ready_worker(**SETTINGS)
    full = await measured(worker)
    await client.aclose()
    sys.stdout.write("| page | CPU ms: empty | full | ratio | passed, ms | kB: empty | full |\n")
    sys.stdout.write("|---|---|---|---|---|---|---|\n")
    for path, (cpu, passed, size) in full.items():
        before, _, small = empty[path]
        sys.stdout.write(
            f"| `{path}` | {before:.1f} | {cpu:.1f} | {cpu / max(before, 0.1):.1f}"
            f" | {passed:.0f} | {small:.1f} | {size:.1f} |\n"
        )


if __name__ == "__main__":
    asyncio.run(main())

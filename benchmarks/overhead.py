"""The CPU of one job without picture work: the real worker and journal, a provider in memory.

`python -m benchmarks.overhead REDIS_URL` prints CPU seconds a job.  Timelines, counters and metrics are
written as by a real worker; of the log it is decided that nothing is written, as with `LOG_LEVEL=WARNING`.
"""

import asyncio
import sys
import time

from redis.asyncio import Redis

from mobart.app.clock import SystemClock
from mobart.app.garbage import look_for_garbage, look_rarely_at_all
from mobart.app.logs import logging_to
from mobart.app.masking import masking
from mobart.core.capabilities import Capabilities
from mobart.core.domain import GenerationRequest, Pending, Picture, Ticket
from mobart.core.orders import Order
from mobart.core.policy import PollSchedule
from mobart.core.ports import ImageProvider, Observer
from mobart.jobs.slots import Slots
from mobart.jobs.terms import Terms
from mobart.jobs.worker import Worker
from mobart.journal.connection import connect
from mobart.journal.intake import RedisIntake
from mobart.journal.keys import Keys
from mobart.journal.progress import Silent
from mobart.journal.queue import RedisQueue
from mobart.journal.recent import RecentWork
from mobart.journal.record import RedisJournal
from mobart.journal.recording import RedisRecording
from mobart.settings import load
from mobart.testing.storage import MemoryStore
from mobart.web.metrics import Metrics
from mobart.web.observers import LogObserver, Observers
from mobart.web.recorder import EVERY, Recorder
from tests.support.jobs import build_worker
from tests.support.observers import Notes

JOBS = 3000
SLOTS = 100
LEASE = 30.0
KEYS = Keys("bench")
AT_ONCE = Capabilities(schedule=PollSchedule(initial=0.0), submit_timeout=5.0)


class InstantProvider:
    """An `ImageProvider` that costs nothing, not even time."""

    name: str = "instant"
    capabilities = AT_ONCE

    async def submit(self, order: Order) -> Ticket:
        """Sell."""
        return Ticket(self.name, order.request_id)

    async def find(self, order: Order) -> Ticket | None:
        """Remember nothing."""
        del order
        return None

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Be finished."""
        return Picture((f"memory:{ticket.reference}",))

    async def cancel(self, ticket: Ticket) -> None:
        """Not needed."""


INSTANT = InstantProvider()


def build(
    redis: Redis,
    blocking: Redis,
    *,
    consumer: str = "bench",
    slots: int = SLOTS,
    provider: ImageProvider = INSTANT,
    observer: Observer | None = None,
) -> tuple[Worker, RedisIntake]:
    """Build the real worker and journal, and where its jobs come in."""
    clock, recent = SystemClock(), RecentWork(SystemClock())
    observer = observer or Notes()
    queue = RedisQueue(
        redis,
        blocking=blocking,
        keys=KEYS,
        clock=clock,
        consumer=consumer,
        lease=LEASE,
        observer=observer,
        recent=recent,
    )
    intake = RedisIntake(redis, keys=KEYS, clock=clock, recent=recent)
    built = build_worker(
        provider,
        queue=queue,
        journal=RedisJournal(redis, keys=KEYS, clock=clock, consumer=consumer, recent=recent),
        intake=intake,
        clock=clock,
        observer=observer,
        slots=Slots(slots),
        store=MemoryStore(),
        terms=Terms(lease=LEASE),
        announcer=Silent(),
    )
    return built.worker, intake


def recorder(redis: Redis) -> Recorder:
    """Return what writes timelines and counters, without secrets and prompts."""
    settings = load(s3_bucket_name="assets", midjourney_api_key="benchmark-key")
    recording, clock = RedisRecording(redis, keys=KEYS, clock=SystemClock()), SystemClock()
    return Recorder(recording, worker="bench", clock=clock, mask=masking(settings))


async def keep(records: Recorder) -> None:
    """Write a batch every second, as a worker does."""
    while True:
        await asyncio.sleep(EVERY)
        await records.write(None)


async def cpu_per_job(url: str) -> float:
    """Return the CPU seconds of this process for one job, from its entry in the stream to its end."""
    redis, blocking = connect(url, name="bench"), connect(url, name="bench:read")
    records = recorder(redis)
    counted = Metrics(
        version="", in_progress=lambda: 0, outstanding=lambda: 0, providers=[INSTANT.name]
    )
    worker, intake = build(redis, blocking, observer=Observers(LogObserver(), counted, records))
    for number in range(JOBS):
        await intake.accept(GenerationRequest(f"r-{number}", "u", "a dragon"))
    look_rarely_at_all()
    began = time.process_time()
    running = asyncio.create_task(worker.run())
    beside = [asyncio.create_task(one) for one in (keep(records), look_for_garbage(SystemClock()))]
    while await redis.xlen(KEYS.requests):  # noqa: ASYNC110 - Redis sets no event
        await asyncio.sleep(0.05)
    for one in beside:
        one.cancel()
    await records.write(None)
    spent = time.process_time() - began
    worker.stop()
    await running
    for client in (redis, blocking):
        await client.aclose()
    return spent / JOBS


if __name__ == "__main__":
    with logging_to(level="WARNING", file=""):
        sys.stdout.write(f"{asyncio.run(cpu_per_job(sys.argv[1]))}\n")

"""How throughput grows with the workers, without picture work: real workers on one Redis.

    python -m benchmarks.scaling

Each worker has few slots, and a provider that takes its time, as providers do: so what is measured is
whether one worker stands in another's way, until the cores that all share with Redis are spent.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.overhead import KEYS, InstantProvider, build
from mobart.core.domain import GenerationRequest, Pending, Picture, Ticket
from mobart.journal.connection import connect
from tests.support.servers import redis_server

WORKERS = (1, 2, 4, 8)
SLOTS = 16
PROVIDER_SECONDS = 0.5
JOBS = 160
"""Of each worker, some five seconds of work."""
ROUNDS = 3


class SlowProvider(InstantProvider):
    """Takes its time for each picture."""

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Finish after a while."""
        await asyncio.sleep(PROVIDER_SECONDS)
        return await super().poll(ticket)


async def work(url: str, name: str) -> None:
    """Be a worker: say when it is ready, begin when told, print the CPU seconds in the end."""
    redis, blocking = connect(url, name=name), connect(url, name=f"{name}:read")
    worker, _ = build(redis, blocking, consumer=name, slots=SLOTS, provider=SlowProvider())
    await redis.ping()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    began, running = time.process_time(), asyncio.create_task(worker.run())
    await asyncio.to_thread(sys.stdin.readline)
    worker.stop()
    await running
    sys.stdout.write(f"{time.process_time() - began}\n")
    for client in (redis, blocking):
        await client.aclose()


async def played(workers: int) -> tuple[float, float]:
    """Return jobs a second of so many workers, and CPU seconds of a job in them."""
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as server:
        redis = connect(server.url, name="bench")
        _, intake = build(redis, redis)
        requests = [
            GenerationRequest(f"r-{number}", f"u-{number % 50}", "a dragon")
            for number in range(JOBS * workers)
        ]
        await intake.accept_all(requests)
        crew = [await _hired(server.url, f"w-{number}") for number in range(workers)]
        began = time.monotonic()
        _tell(crew)
        while await redis.xlen(KEYS.requests):  # noqa: ASYNC110 - Redis sets no event
            await asyncio.sleep(0.02)
        taken = time.monotonic() - began
        _tell(crew)
        told = [(await one.communicate())[0] for one in crew]
        await redis.aclose()
    return len(requests) / taken, sum(map(float, told)) / len(requests)


async def _hired(url: str, name: str) -> asyncio.subprocess.Process:
    one = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.scaling", url, name),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if one.stdout:
        await one.stdout.readline()
    return one


def _tell(crew: list[asyncio.subprocess.Process]) -> None:
    for one in crew:
        if one.stdin:
            one.stdin.write(b"\n")


async def main() -> None:
    """Measure each number of workers in turn, several times; print the medians."""
    rounds = [{count: await played(count) for count in WORKERS} for _ in range(ROUNDS)]
    sys.stdout.write(
        "| workers | jobs a second | times one worker's | CPU of a job |\n|---|---|---|---|\n"
    )
    alone = statistics.median(one[1][0] for one in rounds)
    for count in WORKERS:
        rate, cpu = (statistics.median(one[count][place] for one in rounds) for place in (0, 1))
        sys.stdout.write(f"| {count} | {rate:.0f} | {rate / alone:.2f} | {cpu * 1e6:.0f} us |\n")
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    ideal = SLOTS / PROVIDER_SECONDS
    sys.stdout.write(
        f"\n{SLOTS} slots each and {PROVIDER_SECONDS} s a picture: {ideal:.0f} a second of each at most."
        f" {os.cpu_count()} cores are shared by workers, Redis and this. Load in the end: {load}.\n"
    )


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]) if sys.argv[1:] else main())

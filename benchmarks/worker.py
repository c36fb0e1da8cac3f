"""What the worker itself costs, each figure beside a limit or a peer of the same run.

    python -m benchmarks.worker

Needs an idle machine: times are wall-clock or CPU of real processes.  The peer queues are run by the
interpreters that `PEERS` and `PEERS_ARQ` name, see `make bench`; without them those rows are left out.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import psutil

from benchmarks.figures import Figure, table
from mobart_local.ports import free_port
from mobart_local.standin import Script
from tests.daemon.deployment import REDIS_PASSWORD, Deployment, deployed, until
from tests.support.servers import redis_server, s3_server

SECONDS = 3.0
"""How long a generation takes while added time is measured."""
JOBS = 40
CROWD = 1000
CROWD_SECONDS = 45.0
ADDED_LIMIT, READY_LIMIT, MEMORY_LIMIT = 0.5, 1.0, 400.0
"""What the design promises: seconds, seconds, MB."""
PEERS = {"arq": "PEERS_ARQ", "taskiq": "PEERS", "dramatiq": "PEERS"}
"""Peer queues, and which variable names the interpreter that has them."""
ROUNDS = 5
ADDED = "time added to the provider's own, median"


@asynccontextmanager
async def deployment(script: Script, **settings: str) -> AsyncIterator[Deployment]:
    """Bring up Redis, S3 and the stand-in, without a worker."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = stack.enter_context(redis_server(folder / "redis", password=REDIS_PASSWORD))
        s3 = stack.enter_context(s3_server())
        async with deployed(redis, s3, folder, namespace="bench", script=script) as one:
            one.environment |= {"LOG_LEVEL": "WARNING"} | settings
            yield one


async def added_time(settings: Mapping[str, str]) -> float:
    """Return the median seconds from a generation's end to the completion that was heard."""
    async with deployment(Script(seconds=SECONDS, side=512), **settings) as one:
        worker = await one.start(MOBART_HTTP_PORT=settings.get("PORT", str(free_port())))
        worker.port = int(settings.get("PORT", worker.port))
        await one.redis.ping()
        await until(lambda: heard_by_somebody(one), "a worker that listens")
        for number in range(JOBS):
            await one.ask(f"r-{number}")
            await asyncio.sleep(0.2)
        await until(lambda: len(one.heard_at) == JOBS, "all outcomes", 300)
        ledger = one.midjourney.ledger
        ends = {pay.prompt.rsplit(" ", 1)[-1]: pay.at + SECONDS for pay in ledger.payments}
        return statistics.median(one.heard_at[name] - ends[name] for name in ends)


async def heard_by_somebody(one: Deployment) -> bool:
    """Tell whether a worker is subscribed."""
    channel = one.channel("image_generation_requests")
    _, listeners = (await one.redis.pubsub_numsub(channel))[0]
    return bool(listeners)


async def called_back() -> float:
    """As `added_time`, with a provider that calls."""
    port = str(free_port())
    return await added_time({"PORT": port, "MOBART_PUBLIC_URL": f"http://127.0.0.1:{port}"})


async def crowd() -> float:
    """Return the megabytes of a worker that has a thousand jobs in flight."""
    script = Script(seconds=CROWD_SECONDS, side=64)
    async with deployment(script, MOBART_MAX_CONCURRENT_JOBS=str(CROWD)) as one:
        worker = await one.ready_worker(MIDJOURNEY_POLL_MAX_SECONDS="5")
        for number in range(CROWD):
            await one.enqueue(f"r-{number}", f"a dragon called r-{number}")
        await until(lambda: one.midjourney.ledger.paid() == CROWD, "a thousand payments", 120)
        return psutil.Process(worker.process.pid).memory_info().rss / 1e6


async def start() -> tuple[float, float]:
    """Return the median seconds from the start of the process to its readiness, and those of CPU."""
    taken, spent = [], []
    async with deployment(Script(side=64)) as one:
        for _ in range(ROUNDS):
            began = time.monotonic()
            worker = await one.ready_worker()
            taken.append(time.monotonic() - began)
            cpu = psutil.Process(worker.process.pid).cpu_times()
            spent.append(cpu.user + cpu.system)
            await worker.end()
    return statistics.median(taken), statistics.median(spent)


def play(*command: str) -> float:
    """Return the CPU seconds of one job, as a process with a Redis of its own tells."""
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as redis:
        done = subprocess.run(  # noqa: S603 - our own programs
            [*command, redis.url], check=True, capture_output=True, text=True
        )
    return float(done.stdout.split()[-1])


def queues() -> list[Figure]:
    """Compare the CPU of a job without its picture with peer queues, in turn; medians."""
    script = str(Path(__file__).parent / "peer_queue.py")
    commands = {
        name: (os.environ[variable], script, name)
        for name, variable in PEERS.items()
        if variable in os.environ
    }
    commands["ours"] = (sys.executable, "-m", "benchmarks.overhead")
    rounds = [{name: play(*one) for name, one in commands.items()} for _ in range(ROUNDS)]
    cost = {name: statistics.median(one[name] for one in rounds) * 1e6 for name in commands}
    if not PEERS.keys() & cost.keys():
        sys.stderr.write(f"CPU of a job without its picture: {cost['ours']:.0f} us (no peers)\n")
    what = f"CPU of a job without its picture, median of {ROUNDS}"
    return [Figure(what, cost["ours"], cost[name], "us", name) for name in PEERS if name in cost]


def main() -> int:
    """Measure everything, print the table."""
    until_ready, cpu = asyncio.run(start())
    figures = [
        Figure(f"{ADDED}, called back", asyncio.run(called_back()), ADDED_LIMIT, "s", "limit"),
        Figure("start to ready", until_ready, READY_LIMIT, "s", "limit"),
        Figure("CPU from start to ready", cpu, READY_LIMIT, "s", "limit"),
        Figure(
            f"memory, {CROWD} jobs in flight", asyncio.run(crowd()), MEMORY_LIMIT, "MB", "limit"
        ),
    ]
    figures += queues()
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    sys.stdout.write(f"{table(figures)}\n\nLoad of the machine in the end: {load}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Finished assets a second: measured with a real worker, simulated, and simulated for what is larger.

    python -m benchmarks.capacity

What one asset costs is measured once, as the CPU seconds of each process; the simulation then has to
tell from that how long other loads take.  Redis, the bucket, the provider and the worker share the
machine, so its cores are what is measured; the larger sites have a host for each worker.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import psutil

from benchmarks.simulation import Costs, Site, seconds_for
from mobart_local.standin import Script
from tests.daemon.deployment import REDIS_PASSWORD, Deployment, WorkerProcess, deployed, until
from tests.support.servers import redis_server, s3_server

CORES = len(os.sched_getaffinity(0))
PROCESSES = 2
SIDE = 1024
"""Of the pictures; each becomes an asset with preset `auto`."""
POLL_LAG = 0.15
"""Seconds from a picture's end to the poll that finds it, on average: polls are 0.3 s apart here."""
CALIBRATION = (8, 2.0, 60)
POINTS = ((2, 1.0, 30), (8, 4.0, 40), (16, 2.0, 80), (50, 4.0, 120), (100, 4.0, 200))
"""Slots, the provider's seconds, assets."""
PROVIDER_SECONDS = 45.0
"""What Midjourney takes, for the larger sites."""
SITES = ((1, 1, 10), (1, 1, 100), (1, 2, 100), (1, 2, 500), (1, 4, 500), (4, 2, 500), (16, 2, 500))
"""Workers, cores of each, slots of each."""
DAY = 86_400


async def measured(slots: int, seconds: float, assets: int) -> tuple[float, Costs]:
    """Return the seconds that a real worker takes, and what an asset cost in each process."""
    script = Script(seconds=seconds, side=SIDE, shape="single")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = stack.enter_context(redis_server(folder / "redis", password=REDIS_PASSWORD))
        s3 = stack.enter_context(s3_server())
        async with deployed(redis, s3, folder, namespace="bench", script=script) as one:
            worker = await one.ready_worker(
                LOG_LEVEL="WARNING",
                MOBART_MAX_CONCURRENT_JOBS=str(slots),
                MOBART_RENDER_PROCESSES=str(PROCESSES),
            )
            await warmed(one)
            before = cpu_of(one, worker)
            began = time.monotonic()
            for number in range(assets):
                await one.enqueue(f"r-{number}", f"a dragon called r-{number}")
            await until(lambda: len(one.heard_at) == assets + PROCESSES, "all outcomes", 600)
            taken, after = time.monotonic() - began, cpu_of(one, worker)
    return taken, Costs(**{name: (after[name] - before[name]) / assets for name in after})


async def warmed(one: Deployment) -> None:
    """Have every picture process started."""
    for number in range(PROCESSES):
        await one.enqueue(f"warm-{number}", f"a dragon called warm-{number}")
    await until(lambda: len(one.heard_at) == PROCESSES, "the first outcomes", 60)


def cpu_of(one: Deployment, worker: WorkerProcess) -> Mapping[str, float]:
    """Return the CPU seconds of each process so far."""
    process = psutil.Process(worker.process.pid)
    return {
        "loop": spent(process),
        "picture": sum(map(spent, process.children(recursive=True))),
        "redis": spent(psutil.Process(one.redis_server.pid)),
        "elsewhere": time.process_time(),
    }


def spent(process: psutil.Process) -> float:
    """Return the CPU seconds of one process."""
    times = process.cpu_times()
    return float(times.user + times.system)


async def compare() -> Costs:
    """Measure, simulate the same, print both; return what an asset costs."""
    _, costs = await measured(*CALIBRATION)
    tell(f"CPU of one asset, ms: {shown(costs)}\n")
    tell("| slots | provider, s | assets | measured, s | simulated, s | off by | assets/s a core |")
    tell("|---|---|---|---|---|---|---|")
    for slots, seconds, assets in POINTS:
        taken, _ = await measured(slots, seconds, assets)
        site = Site(
            cores=CORES,
            slots=slots,
            processes=PROCESSES,
            provider_seconds=seconds + POLL_LAG,
        )
        told = seconds_for(assets, costs, site)
        tell(
            f"| {slots} | {seconds:g} | {assets} | {taken:.1f} | {told:.1f}"
            f" | {(told / taken - 1) * 100:+.0f} % | {assets / taken / CORES:.2f} |"
        )
    return costs


def enlarge(costs: Costs) -> None:
    """Simulate what this machine cannot show: workers on hosts of their own."""
    away = replace(costs, elsewhere=0.0)
    tell(f"\n| workers | cores each | slots each | assets/s at {PROVIDER_SECONDS:g} s | a day |")
    tell("|---|---|---|---|---|")
    for workers, cores, slots in SITES:
        site = Site(
            workers=workers,
            cores=cores,
            apart=True,
            slots=slots,
            processes=cores,
            provider_seconds=PROVIDER_SECONDS,
        )
        rate = steady_rate(away, site)
        tell(f"| {workers} | {cores} | {slots} | {rate:.2f} | {rate * DAY:,.0f} |")
    tell(f"\nOne Redis, by its CPU alone: {1 / costs.redis:.0f} assets/s.")


def steady_rate(costs: Costs, site: Site) -> float:
    """Return assets a second between the first and the last rounds of all slots."""
    round_ = site.workers * site.slots
    few, many = 2 * round_, 5 * round_
    return (many - few) / (seconds_for(many, costs, site) - seconds_for(few, costs, site))


def shown(costs: Costs) -> str:
    """Return the costs in milliseconds."""
    parts = {
        "event loop": costs.loop,
        "picture process": costs.picture,
        "Redis": costs.redis,
        "bucket and provider": costs.elsewhere,
    }
    return ", ".join(f"{name} {seconds * 1000:.1f}" for name, seconds in parts.items())


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main() -> None:
    """Measure, compare, enlarge."""
    enlarge(await compare())
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    tell(f"\n{CORES} cores.  Load in the end: {load}.")


if __name__ == "__main__":
    asyncio.run(main())

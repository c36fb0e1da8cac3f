"""What becomes of a burst of messages, beside a bare loop that only adds what it hears to a stream.

    python -m benchmarks.bursts

Real Redis, real `python main.py` with what it logs by default; nothing is claimed, so that only the
intake works.  A burst of small messages is timed beside the bare loop in the same run (the middle of three
rounds); of each burst it is told how much was not accepted, the worker's largest memory, and how long a
cancellation took in its midst.  Publisher, Redis and worker share the machine, which has to be idle.
"""

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from redis.asyncio import Redis

from benchmarks import burst_parts
from benchmarks.figures import Figure, table
from mobart_local.standin import Script
from tests.daemon.deployment import REDIS_PASSWORD, Deployment, deployed, until
from tests.support.servers import redis_server, s3_server

CHANNEL = "image_generation_requests"
STREAM = "{bench}:requests"
DEFAULT_LIMIT, RAISED_LIMIT = "pubsub 32mb 8mb 60", "pubsub 256mb 64mb 60"
"""Redis's own limit of what a subscriber may leave unread, and that of `docker-compose.yml`."""
QUIET = 5.0
"""Seconds without an acceptance after which no more will come."""
GLANCE = 0.01
MEMORY_LIMIT = 400.0
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Burst:
    """What is published: all at once, or *rate* messages a second."""

    what: str
    count: int
    size: int = 0
    """Bytes of a message; 0 for as small as they are."""
    publishers: int = 1
    """Connections that publish at the same time."""
    rate: float = 0.0
    limit: str = DEFAULT_LIMIT


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one burst; *megabytes* is the largest memory of who listened."""

    accepted: int
    seconds: float
    megabytes: float
    cancelled_in: tuple[float, ...] = ()
    """Seconds from publishing a cancellation to its outcome, in the middle of the burst."""


BURSTS = (
    Burst("50,000 small messages at once", 50_000),
    Burst("2,000 of 60 KB at once", 2_000, 60_000),
    Burst("50,000 of 60 KB, 1,500 a second", 50_000, 60_000, rate=1_500),
    Burst("20,000 of 60 KB at once, raised limit", 20_000, 60_000, limit=RAISED_LIMIT),
    Burst("2,000 of 60 KB from 10 connections, raised limit", 2_000, 60_000, 10, 0, RAISED_LIMIT),
)


async def play(burst: Burst, *, bare: bool = False, cancel: bool = False) -> Seen:
    """Publish *burst* to a worker, or to the bare loop, and watch."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = stack.enter_context(
            redis_server(
                folder / "redis",
                binary=_redis(),
                password=REDIS_PASSWORD,
                options=("--client-output-buffer-limit", burst.limit),
            )
        )
        s3 = stack.enter_context(s3_server())
        async with deployed(redis, s3, folder, namespace="bench", script=Script()) as one:
            one.environment |= {"LOG_LEVEL": "INFO"}
            await one.redis.set("{bench}:paused", 1)
            listener = await _bare_loop(one) if bare else (await one.ready_worker()).process
            try:
                return await _measured(one, burst, listener.pid, cancel=cancel)
            finally:
                with suppress(ProcessLookupError):
                    listener.kill()
                await listener.wait()


def _redis() -> Path | None:
    """Return the installed server, where there is one; the bundled one is measured otherwise."""
    found = shutil.which("redis-server")
    return Path(found) if found else None


async def _bare_loop(one: Deployment) -> asyncio.subprocess.Process:
    url, channel = one.redis_server.url, one.channel(CHANNEL)
    return await asyncio.create_subprocess_exec(
        *(sys.executable, burst_parts.__file__, "listen", url, channel, STREAM)
    )


async def _measured(one: Deployment, burst: Burst, pid: int, *, cancel: bool) -> Seen:
    channel = one.channel(CHANNEL)

    async def subscribed() -> bool:
        return bool((await one.redis.pubsub_numsub(channel))[0][1])

    await until(subscribed, "somebody who listens")
    publisher = await asyncio.create_subprocess_exec(
        *(sys.executable, burst_parts.__file__, "publish", one.redis_server.url, channel),
        *map(str, (burst.count, burst.size, burst.publishers, burst.rate)),
        stdout=asyncio.subprocess.PIPE,
    )
    if publisher.stdout is not None:
        await publisher.stdout.readline()  # it has made its messages and begins
    cancelling = asyncio.create_task(_cancel(one, publisher)) if cancel else None
    began = changed = time.monotonic()
    process, accepted, megabytes = psutil.Process(pid), 0, 0.0
    while accepted < burst.count and time.monotonic() - changed < QUIET + 1 / (burst.rate or 1):
        before, accepted = accepted, await _accepted(one.redis)
        changed = time.monotonic() if accepted != before else changed
        megabytes = max(megabytes, process.memory_info().rss / 1e6)
        await asyncio.sleep(GLANCE)
    await publisher.communicate()
    times = await cancelling if cancelling else ()
    return Seen(accepted, changed - began, megabytes, tuple(times))


async def _accepted(redis: Redis) -> int:
    """Count what was added to the stream, cancelled or not."""
    if not await redis.exists(STREAM):
        return 0
    added: int = (await redis.xinfo_stream(STREAM))["entries-added"]
    return added


async def _cancel(one: Deployment, publisher: asyncio.subprocess.Process) -> list[float]:
    """Cancel the newest request again and again, as long as there is a burst."""
    times = list[float]()
    while publisher.returncode is None:
        newest: Any = await one.redis.xrevrange(STREAM, count=1)
        if newest:
            name = burst_parts.name_of(newest[0][1][b"request"])
            began = time.monotonic()
            await one.publish(b'{"request_id":"%s"}' % name.encode(), "image_generation_cancel")
            await one.outcome(name)
            times.append(time.monotonic() - began)
        await asyncio.sleep(GLANCE)
    return times


def main() -> int:
    """Measure everything, print the table."""
    small, compared = BURSTS[0], list[Figure]()
    for _ in range(ROUNDS):
        bare, ours = (asyncio.run(play(small, bare=bare)) for bare in (True, False))
        compared.append(Figure(small.what, ours.seconds, bare.seconds, "s", "bare loop of XADD"))
    figures = [sorted(compared, key=lambda one: one.ratio)[ROUNDS // 2]]
    for burst in BURSTS:
        seen = asyncio.run(play(burst, cancel=True))
        lost = burst.count - seen.accepted
        figures += [
            Figure(f"{burst.what}: not accepted", lost, burst.count, "", "published"),
            Figure("- memory", seen.megabytes, MEMORY_LIMIT, "MB", "limit"),
        ]
        if seen.cancelled_in:
            median, longest = statistics.median(seen.cancelled_in), max(seen.cancelled_in)
            figures.append(Figure("- a cancellation, median", median, longest, "s", "longest"))
    sys.stdout.write(table(figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

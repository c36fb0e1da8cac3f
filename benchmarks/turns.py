"""What turns cost in CPU, each figure beside another of the same run: `python -m benchmarks.turns`.

CPU is that of this process and of Redis together, so that what else runs on the machine counts little.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from redis.asyncio import Redis

from benchmarks.figures import Figure, table
from mobart.app.clock import SystemClock
from mobart.core.domain import GenerationRequest
from mobart.core.wire import decode_request, encode_request
from mobart.journal.connection import connect
from mobart.journal.entries import create_group
from mobart.journal.intake import RedisIntake
from mobart.journal.keys import GROUP, Keys
from mobart.journal.queue import RedisQueue
from mobart.journal.recent import RecentWork
from tests.support.observers import Notes
from tests.support.servers import redis_server

FEW, MANY = 100, 100_000
USERS = 1000
TIMES, ROUNDS = 100, 5
AT_ONCE = 256
LEASE = 3600.0


@dataclass(slots=True)
class Bench:
    """One namespace with requests that wait."""

    redis: Redis
    keys: Keys
    queue: RedisQueue
    intake: RedisIntake
    asked: int = 0

    @classmethod
    def open(cls, redis: Redis, namespace: str) -> "Bench":
        """Build what a worker has."""
        keys, clock = Keys(namespace), SystemClock()
        recent = RecentWork(clock)
        queue = RedisQueue(
            redis,
            blocking=redis,
            keys=keys,
            clock=clock,
            consumer="bench",
            lease=LEASE,
            observer=Notes(),
            recent=recent,
        )
        return cls(redis, keys, queue, RedisIntake(redis, keys=keys, clock=clock, recent=recent))

    def requests(self, count: int) -> Sequence[GenerationRequest]:
        """Return new requests, of many users in turn."""
        self.asked += count
        numbers = range(self.asked - count, self.asked)
        return [GenerationRequest(f"r-{one}", f"u-{one % USERS}", "a dragon") for one in numbers]

    async def fill(self, count: int) -> None:
        """Have so many wait, all of them in turns but one, which is taken."""
        for first in range(0, count, AT_ONCE):
            await self.intake.accept_all(self.requests(min(AT_ONCE, count - first)))
        await self.take()

    async def accept(self) -> None:
        """Accept one."""
        await self.intake.accept(*self.requests(1))

    async def take(self) -> None:
        """Receive one in its turn, and open it."""
        (delivery,) = await self.queue.receive(1, wait=0.01)
        await self.queue.claim(delivery, decode_request(delivery.payload))

    async def add(self, count: int) -> None:
        """Have so many in the stream that nobody has looked at."""
        await create_group(self.redis, self.keys.requests)
        pipeline = self.redis.pipeline(transaction=False)
        for request in self.requests(count):
            pipeline.xadd(self.keys.requests, {"request": encode_request(request)})
        await pipeline.execute()

    async def receive(self, count: int) -> None:
        """Receive entries, in turn."""
        await self.queue.receive(count, wait=0.01)

    async def read(self, count: int) -> None:
        """Receive entries, as they come."""
        await self.redis.xreadgroup(GROUP, "bare", {self.keys.requests: ">"}, count=count)


async def cpu(redis: Redis) -> float:
    """Return the CPU seconds of Redis and of this process so far."""
    told = await redis.info("cpu")
    return float(told["used_cpu_user"] + told["used_cpu_sys"]) + time.process_time()


async def spent(redis: Redis, act: Callable[[], Awaitable[None]]) -> float:
    """Return the CPU seconds that *act* takes, of `TIMES`."""
    began = await cpu(redis)
    for _ in range(TIMES):
        await act()
    return (await cpu(redis) - began) / TIMES


async def flat(redis: Redis) -> list[Figure]:
    """Compare few that wait with many."""
    few, many = Bench.open(redis, "few"), Bench.open(redis, "many")
    await few.fill(FEW + TIMES)
    await many.fill(MANY + TIMES)
    accepted: list[list[float]] = [[], []]
    taken: list[list[float]] = [[], []]
    for _ in range(ROUNDS):  # as many are taken as are accepted
        for number, bench in enumerate((few, many)):
            accepted[number].append(await spent(redis, bench.accept))
            taken[number].append(await spent(redis, bench.take))
    waits = f"with {FEW} waiting"
    return [
        compared(f"accept with {MANY} waiting", accepted, waits),
        compared(f"receive and claim with {MANY} waiting", taken, waits),
    ]


async def beside_bare(redis: Redis) -> list[Figure]:
    """Compare turns with the bare command, which is what workers ran before there were turns."""
    figures = []
    for count, what in ((1, "receive, one entry"), (16, "receive, 16 entries")):
        seconds: list[list[float]] = [[], []]
        for number in range(ROUNDS):
            turns, bare = (Bench.open(redis, f"{kind}-{count}-{number}") for kind in "tb")
            await turns.queue.renew(())
            for bench, act, spendings in zip(
                (turns, bare), (turns.receive, bare.read), seconds, strict=True
            ):
                await bench.add(count * TIMES)
                spendings.append(await spent(redis, partial(act, count)))
        figures.append(compared(what, seconds, "XREADGROUP"))
    return figures


def compared(what: str, seconds: Sequence[Sequence[float]], against: str) -> Figure:
    """Return the medians of both."""
    ours, other = (statistics.median(each) * 1e6 for each in seconds)
    return Figure(what, ours, other, "us", against)


async def measure(url: str) -> list[Figure]:
    """Measure everything."""
    redis = connect(url, name="bench")
    figures = [*await flat(redis), *await beside_bare(redis)]
    await redis.aclose()
    return figures


def main() -> int:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as redis:
        sys.stdout.write(table(asyncio.run(measure(redis.url))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

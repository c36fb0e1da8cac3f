"""Workers that are killed at random while they work, and brought back."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.daemon.deployment import Deployment, WorkerProcess, until

GLANCE = 0.02


@dataclass(slots=True)
class Storm:
    """Kills one worker of *fleet* after another, and counts what that put in doubt."""

    fleet: Deployment
    every: float
    """Seconds from one kill to the next."""
    most: int
    """Kills after which it calms down."""
    chance: random.Random
    spared: WorkerProcess | None = None
    """A worker that lives through it."""
    kills: int = 0
    during_payment: set[str] = field(default_factory=set)
    """Requests whose worker was killed between the right to pay and the stored ticket."""
    restarts: set[asyncio.Task[WorkerProcess]] = field(default_factory=set)

    async def rage(self) -> None:
        """Kill workers that got to work, until cancelled; each is replaced at once."""
        while self.kills < self.most:
            await asyncio.sleep(self.every)  # the rhythm of the kills is what is tested
            alive = [one for one in self.fleet.workers if one.process.returncode is None]
            working = [
                one for one in alive if one is not self.spared and one.logged("worker.started")
            ]
            if working:
                await self._kill(self.chance.choice(working))

    async def _kill(self, worker: WorkerProcess) -> None:
        await worker.kill()
        self.kills += 1
        restart = asyncio.create_task(self.fleet.start())
        self.restarts.add(restart)
        restart.add_done_callback(self.restarts.discard)
        owner = f"-{worker.process.pid}-"
        await until(lambda: self._unheard_by_redis(owner), "Redis heard the last of a dead worker")
        self.during_payment |= await self._paying(owner)

    async def _unheard_by_redis(self, owner: str) -> bool:
        """Whether Redis noticed the death: then all that the dead one had sent is done."""
        clients = await self.fleet.redis.client_list()
        return not any(owner in client["name"] for client in clients)

    async def _paying(self, owner: str) -> set[str]:
        """Find the jobs that a consumer holds whose payment has begun and has no ticket."""
        redis, space = self.fleet.redis, f"{{{self.fleet.namespace}}}"
        found: set[str] = set()
        held: list[Any] = await redis.xpending_range(
            f"{space}:requests", "workers", "-", "+", 10_000
        )
        for entry in (one["message_id"] for one in held if owner in str(one["consumer"])):
            entries: Any = await redis.xrange(f"{space}:requests", entry, entry)
            for _, fields in entries:
                name = json.loads(fields[b"request"])["request_id"]
                if await redis.hget(f"{space}:job:{name}", "stage") == b"paying":
                    found.add(name)
        return found


@asynccontextmanager
async def storm(
    fleet: Deployment,
    *,
    workers: int,
    every: float,
    most: int,
    seed: int,
    spare: bool = False,
) -> AsyncIterator[Storm]:
    """Bring up *workers* and rage as long as the context lasts; in the end all are back.

    With *spare*, one of them is never killed.
    """
    one = Storm(fleet, every, most, random.Random(seed))
    pool = await asyncio.gather(*(fleet.ready_worker() for _ in range(workers)))
    one.spared = pool[0] if spare else None
    raging = asyncio.create_task(one.rage())
    try:
        yield one
    finally:
        raging.cancel()
        await asyncio.gather(raging, return_exceptions=True)
        await until(lambda: not one.restarts, "all workers started again")

"""Workers that are killed at random while they work, and brought back."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from redis.exceptions import RedisError

from mobart.cli import EX_UNAVAILABLE
from tests.daemon.deployment import Deployment, WorkerProcess, until

LOOK = 0.2
"""Seconds from one look at the workers to the next."""
LAST_WORDS = 2000
"""Characters."""


@dataclass(slots=True)
class Storm:
    """Kills one worker of *fleet* after another, and counts what that put in doubt."""

    fleet: Deployment
    pause: Callable[[], Awaitable[object]]
    """Waits from one kill to the next."""
    most: int
    """Kills after which it calms down."""
    chance: random.Random
    workers: int
    """So many are kept alive."""
    spared: WorkerProcess | None = None
    """A worker that lives through it."""
    kills: int = 0
    during_payment: set[str] = field(default_factory=set)
    """Requests whose worker was killed between the right to pay and the stored ticket."""
    held: dict[Path, set[str]] = field(default_factory=dict)
    """What each dead worker had in hand, by its log, as far as Redis knew; numbers of processes come again."""
    deaths: dict[Path, float] = field(default_factory=dict)
    """When each was killed, in Unix seconds."""
    truce: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while nobody is to be killed."""
    restarts: set[asyncio.Task[WorkerProcess]] = field(default_factory=set)
    victims: set[Path] = field(default_factory=set)
    """Those that were killed, and those whose end was seen."""
    exits: list[str] = field(default_factory=list)
    """The last words of workers that ended by themselves though they had been at work: none should."""
    turned_away: int = 0
    """Workers that could not begin, since something was away."""

    async def rage(self) -> None:
        """Kill workers that got to work, until cancelled; each is replaced at once."""
        while self.kills < self.most:
            await self.pause()
            async with self.truce:  # whoever is alive before it may be dead after it
                working = [
                    one
                    for one in self.alive()
                    if one is not self.spared and one.times("worker.started")
                ]
                if working:
                    await self.kill(self.chance.choice(working))

    async def all_started(self) -> list[WorkerProcess]:
        """Wait until as many as there were are ready again, and return them."""

        async def all_ready() -> bool:
            pages = await asyncio.gather(*(one.probe("/readyz") for one in self.alive()))
            return [status for status, _ in pages] == [HTTPStatus.OK] * self.workers

        await until(all_ready, "all workers started again")
        return self.alive()

    def alive(self) -> list[WorkerProcess]:
        """Return the workers that are not dead."""
        return [one for one in self.fleet.workers if one.process.returncode is None]

    async def kill(self, worker: WorkerProcess) -> None:
        """Kill one worker, replace it, and note what it had in hand."""
        self.victims.add(worker.output)
        await worker.kill()
        self.kills += 1
        self.deaths[worker.output] = time.time()
        self._replace()
        owner = f"-{worker.process.pid}-"
        await until(lambda: self._unheard_by_redis(owner), "Redis heard the last of a dead worker")
        with suppress(RedisError, OSError):  # Redis may be killed as well
            stages = await stages_of(self.fleet, owner)
            self.held[worker.output] = set(stages)
            self.during_payment |= {name for name, stage in stages.items() if stage == b"paying"}

    async def supervise(self) -> None:
        """Start again, until cancelled, what ended by itself, as containers are: one that cannot begin ends."""
        while True:
            for one in self.fleet.workers:
                if one.process.returncode is not None and one.output not in self.victims:
                    self.victims.add(one.output)
                    self.deaths[one.output] = time.time()
                    self._note_exit(one)
                    self._replace()
            await asyncio.sleep(LOOK)

    def _note_exit(self, worker: WorkerProcess) -> None:
        if worker.process.returncode == EX_UNAVAILABLE and not worker.times("worker.started"):
            self.turned_away += 1
        else:
            self.exits.append(worker.output.read_text()[-LAST_WORDS:])

    def _replace(self) -> None:
        restart = asyncio.create_task(self.fleet.start())
        self.restarts.add(restart)
        restart.add_done_callback(self.restarts.discard)

    async def _unheard_by_redis(self, owner: str) -> bool:
        """Whether Redis noticed the death: then all that the dead one had sent is done."""
        try:
            clients = await self.fleet.redis.client_list()
        except (RedisError, OSError):
            return False
        return not any(owner in client["name"] for client in clients)


async def stages_of(fleet: Deployment, owner: str = "") -> dict[str, Any]:
    """Find the jobs that a consumer holds, or anybody, and how far they are."""
    redis, space = fleet.redis, f"{{{fleet.namespace}}}"
    found: dict[str, Any] = {}
    held: list[Any] = await redis.xpending_range(f"{space}:requests", "workers", "-", "+", 10_000)
    for entry in (one["message_id"] for one in held if owner in str(one["consumer"])):
        entries: Any = await redis.xrange(f"{space}:requests", entry, entry)
        for _, fields in entries:
            name = json.loads(fields[b"request"])["request_id"]
            found[name] = await redis.hget(f"{space}:job:{name}", "stage")
    return found


@asynccontextmanager
async def storm(
    fleet: Deployment,
    *,
    workers: int,
    pause: Callable[[], Awaitable[object]],
    most: int,
    seed: int,
    spare: bool = False,
) -> AsyncIterator[Storm]:
    """Bring up *workers* and rage as long as the context lasts; in the end all are back.

    With *spare*, one of them is never killed.
    """
    one = Storm(fleet, pause, most, random.Random(seed), workers)
    one.victims = {before.output for before in fleet.workers}
    pool = await asyncio.gather(*(fleet.ready_worker() for _ in range(workers)))
    one.spared = pool[0] if spare else None
    raging = asyncio.create_task(one.rage())
    supervising = asyncio.create_task(one.supervise())
    try:
        yield one
    finally:
        async with one.truce:
            raging.cancel()
        (end,) = await asyncio.gather(raging, return_exceptions=True)
        assert end is None or isinstance(end, asyncio.CancelledError), end
        await one.all_started()
        supervising.cancel()

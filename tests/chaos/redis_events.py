"""What befalls Redis while workers are busy: it comes back older or empty, or a replica takes over."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tests.chaos.forgetful_redis import Forgotten
from tests.chaos.storm import Storm
from tests.daemon.deployment import WorkerProcess, until

LONGEST = 4.0
"""Seconds that Redis may forget."""
AT_ONCE_EVERY = 3
"""Every so manieth event may have workers killed in the midst of it; in the others all of them live."""


class Forgetful(Protocol):
    """A Redis that is hurt in one of several *kinds* of ways."""

    @property
    def kinds(self) -> Sequence[str]:
        """The ways, in turn."""

    @property
    def forgotten(self) -> Sequence[Forgotten]:
        """What was forgotten."""

    async def befall(self, kind: str, seconds: float) -> None:
        """Hurt it; what it may forget is so old."""

    async def promote(self) -> None:
        """Kill the master, and have a replica take over that follows it to the end."""


@dataclass(slots=True)
class RedisEvents:
    """Hurts *redis*, *most* times."""

    redis: Forgetful
    storm: Storm
    pause: Callable[[], Awaitable[object]]
    """Waits from one event to the next."""
    most: int
    hurt: Callable[[], None] = lambda: None
    """Called when Redis is back."""
    confirmed: bool = False
    """Whether every payment is confirmed by a replica: then Redis and workers are killed together."""
    done: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while it is being hurt."""

    async def run(self) -> None:
        """Go on until it was done so often."""
        for number in range(self.most):
            await self.pause()
            async with self.done:
                if self.confirmed:
                    await self._kill_together()
                elif number % AT_ONCE_EVERY == AT_ONCE_EVERY - 1:
                    await self._hurt(number)
                else:
                    async with self.storm.truce:
                        await self.storm.all_started()
                        await self._hurt(number)
                self.hurt()

    async def _hurt(self, number: int) -> None:
        seconds = self.storm.chance.uniform(0.2, LONGEST)
        kind = self.redis.kinds[number % len(self.redis.kinds)]
        before = [(one, replacements(one)) for one in self.storm.alive()]
        await self.redis.befall(kind, seconds)
        await until(lambda: all_noticed(before), "the workers have written again what they hold")

    async def _kill_together(self) -> None:
        async with self.storm.truce:
            working = await self.storm.all_started()
            victims = [one for one in working if one is not self.storm.spared]
            some = self.storm.chance.sample(victims, self.storm.chance.randint(1, len(victims)))
            before = [(one, replacements(one)) for one in working if one not in some]
            await asyncio.gather(self.redis.promote(), *map(self.storm.kill, some))
        await until(lambda: all_noticed(before), "the workers have written again what they hold")


def replacements(worker: WorkerProcess) -> int:
    """Count how often a worker noticed that Redis was replaced."""
    return worker.times("redis.replaced")


def all_noticed(before: Sequence[tuple[WorkerProcess, int]]) -> bool:
    """Whether each worker that is alive and had started noticed it once more than *before*."""
    return all(
        one.process.returncode is not None
        or not one.times("worker.started")
        or replacements(one) > count
        for one, count in before
    )

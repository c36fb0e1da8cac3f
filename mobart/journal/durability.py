"""Waiting, before a payment, until the right to pay cannot be lost with one server.

A right to pay that only one Redis knows of is gone if that server is lost in the same moment as the
worker.  WAIT has replicas confirm it, WAITAOF the disk; then each worker that finds the job reads it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from mobart.core.errors import Code, Unavailable
from mobart.journal.connection import AWAY
from mobart.journal.scripts import Run

WAIT_SECONDS = 3.0
"""Below the socket's time-out."""


@dataclass(frozen=True, slots=True)
class Durability:
    """How many *replicas* must have a write, and whether the server's *disk* must."""

    replicas: int = 0
    disk: bool = False
    """Needs Redis 7.2 and `appendonly yes`."""

    async def run(
        self, redis: Redis, run: Run, keys: Sequence[str], args: Sequence[str | bytes | float]
    ) -> bytes:
        """Run a script and wait for its write; raises Unavailable if it is not confirmed in time."""
        if not self.replicas and not self.disk:
            answer: bytes = await run(keys, args)
            return answer
        async with redis.client() as one:  # both commands wait for the writes of their connection
            answer = await run(keys, args, client=one)
            if answer == b"stored":
                await self._wait(one)
        return answer

    async def _wait(self, one: Redis) -> None:
        milliseconds = int(WAIT_SECONDS * 1000)
        if self.disk:
            on_disk, replicas = await one.waitaof(1, self.replicas, milliseconds)
        else:
            on_disk, replicas = 1, await one.wait(self.replicas, milliseconds)
        if not on_disk or replicas < self.replicas:
            detail = f"redis: written to {on_disk} disk, {replicas} of {self.replicas} replicas"
            raise Unavailable(Code.INTERNAL, AWAY, detail=detail)


NO_WAIT = Durability()

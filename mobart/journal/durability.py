"""Waiting, before a payment, until the right to pay cannot be lost with one server.

A right to pay that only one Redis knows of is gone if that server is lost in the same moment as the
worker.  WAIT has replicas confirm it, WAITAOF the disk; then each worker that finds the job reads it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from mobart.core.errors import Code, Rejected, Unavailable
from mobart.journal.failures import AWAY, translated
from mobart.journal.scripts import Run
from mobart.journal.server_checks import configured

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

    async def check(self, redis: Redis) -> None:
        """Prove that Redis can be asked for that.  Raises Rejected or Unavailable."""
        try:
            with translated():
                if self.disk:
                    await redis.waitaof(1, 0, 1)
                elif self.replicas:
                    await redis.wait(1, 1)
        except ResponseError as error:
            wanted = (
                "MOBART_REDIS_WAIT_DISK needs Redis 7.2, appendonly yes, and for a user +waitaof"
            )
            raise Rejected(Code.INTERNAL, AWAY, detail=f"{wanted}: {error}") from error

    async def warnings(self, redis: Redis) -> list[str]:
        """Return what a failover may cost, where there are replicas, or none that are waited for."""
        with translated():
            replicas = int((await redis.info("replication")).get("connected_slaves", 0))
        found = []
        if replicas < self.replicas:
            found.append(
                f"MOBART_REDIS_WAIT_REPLICAS is {self.replicas}, and Redis has {replicas} replicas:"
                " nothing is paid until it has as many"
            )
        if replicas and not self.replicas:
            found.append(
                "MOBART_REDIS_WAIT_REPLICAS is 0, and Redis has replicas: after a failover, what was"
                " paid last may be paid again; set 1"
            )
        if replicas and await configured(redis, "min-replicas-to-write") == "0":
            found.append(
                "min-replicas-to-write is 0, and Redis has replicas: a master that is cut off from them"
                " takes requests that are lost when it comes back; set 1"
            )
        return found

    async def _wait(self, one: Redis) -> None:
        milliseconds = int(WAIT_SECONDS * 1000)
        try:
            if self.disk:
                on_disk, replicas = await one.waitaof(1, self.replicas, milliseconds)
            else:
                on_disk, replicas = 1, await one.wait(self.replicas, milliseconds)
        except ResponseError as error:  # the right is taken, and must not be used
            raise Unavailable(Code.INTERNAL, AWAY, detail=f"redis: {error}") from error
        if not on_disk or replicas < self.replicas:
            detail = f"redis: written to {on_disk} disk, {replicas} of {self.replicas} replicas"
            raise Unavailable(Code.INTERNAL, AWAY, detail=detail)


NO_WAIT = Durability()

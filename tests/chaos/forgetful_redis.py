"""A Redis that forgets: brought back older, or empty, or replaced by a replica that was behind.

Two servers take turns at one address, a link to the Unix socket of the one that is the master.
"""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from redis.asyncio import Redis

from mobart_local.redis import LOOPBACK, RedisServer
from tests.daemon.deployment import until

SAFE = (
    "--appendfsync",
    "always",
    "--auto-aof-rewrite-percentage",
    "0",
    "--repl-diskless-sync-delay",
    "0",
)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What Redis forgot: what was written between two moments, in Unix seconds."""

    kind: str
    since: float
    killed_at: float
    back_at: float
    everything: bool = False


@dataclass(slots=True)
class ForgetfulRedis:
    """A `RedisServer` to whom is given its address."""

    folder: Path
    password: str
    active: RedisServer = field(init=False)
    spare: RedisServer | None = None
    """Follows the master, where one is attached."""
    count: int = 0
    forgotten: list[Forgotten] = field(default_factory=list)
    kinds: Sequence[str] = ("roll-back", "failover", "roll-back", "demotion", "roll-back", "loss")

    @property
    def url(self) -> str:
        """The address, whoever is the master."""
        return f"unix://:{quote(self.password, safe='')}@{self._link}?db=0"

    async def befall(self, kind: str, seconds: float) -> None:
        """Forget what the last *seconds* brought, or everything."""
        if kind == "loss":
            await self.lose()
        elif kind == "roll-back":
            await self.roll_back(seconds)
        else:
            await self.fail_over(seconds, demoted=kind == "demotion")

    async def roll_back(self, seconds: float) -> None:
        """Kill the master, and bring it back as it was so many *seconds* ago."""
        await self._compact()
        since, earlier = time.time(), self.folder / "earlier"
        await asyncio.to_thread(shutil.copytree, self.active.folder, earlier, ignore=NO_SOCKET)
        await asyncio.sleep(seconds)
        self._note("roll-back", since, await asyncio.to_thread(self._bring_back, earlier))

    async def lose(self) -> None:
        """Kill the master, and bring it back empty."""
        since = time.time()
        self._note("loss", since, await asyncio.to_thread(self._bring_back, None), everything=True)

    async def fail_over(self, seconds: float, *, demoted: bool = False) -> None:
        """Promote a replica that lost touch so many *seconds* ago.

        The master is killed, or lives on as a replica of the new one and keeps its connections.
        """
        spare = self.spare or await self.attach()
        since = time.time()
        await self._command(spare, "REPLICAOF", "NO", "ONE")
        await asyncio.sleep(seconds)
        old, self.active, self.spare = self.active, spare, None
        killed_at = time.time()
        if demoted:
            self._point()
            await self._command(old, "REPLICAOF", LOOPBACK, spare.port)
            await asyncio.sleep(3.0)  # workers notice by themselves
        await asyncio.to_thread(old.kill)
        self._point()
        self._note("demotion" if demoted else "failover", since, killed_at)

    async def promote(self) -> None:
        """Kill the master, and promote the replica that followed it to the end."""
        spare = self.spare or await self.attach()
        since = time.time()
        await asyncio.to_thread(self.active.kill)
        await self._command(spare, "REPLICAOF", "NO", "ONE")
        self.active, self.spare = spare, None
        self._point()
        self._note("promotion", since, since)
        await self.attach()

    async def attach(self) -> RedisServer:
        """Have another server follow the master."""
        spare = self._server()
        await asyncio.to_thread(spare.start)
        await self._command(spare, "REPLICAOF", LOOPBACK, self.active.port)

        async def follows() -> bool:
            return "master_link_status:up" in await self._info(spare, "replication")

        await until(follows, "the replica follows")
        self.spare = spare
        return spare

    def _note(self, kind: str, since: float, killed_at: float, *, everything: bool = False) -> None:
        self.forgotten.append(Forgotten(kind, since, killed_at, time.time(), everything))

    def _bring_back(self, earlier: Path | None) -> float:
        killed_at = time.time()
        self.active.kill()
        shutil.rmtree(self.active.folder)
        if earlier:
            earlier.rename(self.active.folder)
        self.active.start()
        return killed_at

    async def _compact(self) -> None:
        """Have the master write its data anew, so that it is quickly read."""
        await self._command(self.active, "BGREWRITEAOF")

        async def written() -> bool:
            told = await self._info(self.active, "persistence")
            return "aof_rewrite_in_progress:0" in told and "aof_rewrite_scheduled:0" in told

        await until(written, "the data is written anew")

    async def _info(self, server: RedisServer, section: str) -> str:
        answer = await self._command(server, "INFO", section)
        return answer.decode() if isinstance(answer, bytes) else str(answer)

    async def _command(self, server: RedisServer, *words: str | int) -> object:
        async with Redis.from_url(server.url, protocol=2, single_connection_client=True) as redis:
            redis.response_callbacks.clear()
            run: Callable[..., Awaitable[object]] = redis.execute_command
            return await run(*words)

    def _server(self) -> RedisServer:
        self.count += 1
        folder = self.folder / str(self.count)
        options = (
            *SAFE,
            "--masterauth",
            self.password,
            "--unixsocket",
            str(folder.resolve() / "s"),
        )
        return RedisServer(folder, password=self.password, options=options)

    @property
    def _link(self) -> Path:
        return self.folder / "redis.sock"

    def _point(self) -> None:
        fresh = self.folder / "next.sock"
        fresh.symlink_to(self.active.folder.resolve() / "s")
        fresh.rename(self._link)

    def start(self) -> None:
        """Start the master."""
        self.folder.mkdir(parents=True)
        self.active = self._server()
        self.active.start()
        self._point()

    def stop(self) -> None:
        """End all servers."""
        for server in (self.active, self.spare):
            if server is not None:
                server.kill()


NO_SOCKET = shutil.ignore_patterns("s", "redis.log")


@asynccontextmanager
async def forgetful_redis(folder: Path, *, password: str) -> AsyncIterator[ForgetfulRedis]:
    """Run one."""
    one = ForgetfulRedis(folder, password)
    one.start()
    try:
        yield one
    finally:
        one.stop()

"""A Redis Cluster under fire: the master that has the keys is killed, or their slot moves away."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from redis import Redis

from mobart_local.redis import RedisServer
from tests.chaos.forgetful_redis import Forgotten
from tests.daemon.deployment import until
from tests.support.hosts import HUB, Hosts
from tests.support.redis_groups import (
    cluster_of,
    follow,
    is_owner,
    move_slot,
    owner_of,
    until_whole,
)

MASTERS = 3
FIRST = HUB + 1
"""The host of the first node, where each has one of its own."""


@dataclass(slots=True)
class ForgetfulCluster:
    """Masters with a replica each, of which one has the slot of *key*."""

    servers: Sequence[RedisServer]
    key: str
    forgotten: list[Forgotten] = field(default_factory=list)
    kinds: Sequence[str] = ("failover", "move", "freeze")

    @property
    def active(self) -> RedisServer:
        """The master that has the keys."""
        return self.servers[owner_of(self.servers, self.key)]

    @property
    def url(self) -> str:
        """The address, by way of all nodes."""
        return f"redis+cluster://{','.join(urlsplit(one.url).netloc for one in self.servers)}"

    async def befall(self, kind: str, seconds: float) -> None:
        """Kill or freeze the master, and let a replica take over; or move the slot."""
        del seconds
        ways = {"failover": self.promote, "move": self.move_slot, "freeze": self.freeze}
        await ways[kind]()

    async def promote(self) -> None:
        """Kill the master, wait for its replica to take over, and bring it back as a replica."""
        old, killed_at = self.active, time.time()
        await asyncio.to_thread(old.kill)
        await until(self._is_served, "a replica takes over")
        self.forgotten.append(Forgotten("failover", killed_at, killed_at, time.time()))
        await asyncio.to_thread(old.start)

    async def freeze(self) -> None:
        """Freeze the master until a replica has taken over: it wakes, and takes itself for the master."""
        old, frozen_at = self.active, time.time()
        old.freeze()
        await until(lambda: self._is_served(but=old), "a replica takes over")
        thawed_at = time.time()
        old.thaw()
        await until(lambda: asyncio.to_thread(lambda: not is_master(old)), "it is told so")
        self.forgotten.append(Forgotten("freeze", frozen_at, thawed_at, time.time()))

    async def part(self, there: Hosts) -> None:
        """Cut the master off from the other nodes, and from nobody else, until a replica has taken over.

        For the time-out of a node it goes on to take writes, all of which are forgotten.
        """
        home, cut_at = owner_of(self.servers, self.key), time.time()
        old, number = self.servers[home], FIRST + home
        others = [FIRST + other for other in range(len(self.servers)) if other != home]
        there.part(number, others)
        await until(lambda: self._is_served(but=old), "a replica takes over")
        mended_at = time.time()
        there.part(number, others, off=False)
        await until(lambda: asyncio.to_thread(lambda: not is_master(old)), "it is told so")
        self.forgotten.append(Forgotten("partition", cut_at, mended_at, time.time()))

    async def move_slot(self) -> None:
        """Move the keys to another master."""
        home = owner_of(self.servers, self.key)
        masters = [number for number, one in enumerate(self.servers) if is_master(one)]
        there = masters[masters.index(home) - 1]
        await asyncio.to_thread(move_slot, self.servers, self.key, to=there)

    async def _is_served(self, *, but: RedisServer | None = None) -> bool:
        asked = [server for server in self.servers if server is not but]
        return await asyncio.to_thread(lambda: any(is_owner(one, self.key) for one in asked))


def is_master(server: RedisServer) -> bool:
    """Return whether a node takes writes."""
    with Redis.from_url(server.url) as redis:
        return bool(redis.info("replication")["role"] == "master")


@asynccontextmanager
async def forgetful_cluster(folder: Path, *, key: str) -> AsyncIterator[ForgetfulCluster]:
    """Run one."""
    with cluster_of(folder, MASTERS, spares=MASTERS) as servers:
        await until_whole(servers)
        pairs = zip(servers, servers[MASTERS:], strict=False)
        await asyncio.gather(*(follow(*pair) for pair in pairs))
        yield ForgetfulCluster(servers, key)

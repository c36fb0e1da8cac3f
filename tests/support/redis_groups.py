"""Several Redis servers that belong together: a master with a replica and a Sentinel, a cluster."""

import asyncio
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from mobart_local.redis import RedisServer, bundled_binary
from tests.support.servers import redis_server

SLOTS = 16_384
GLANCE = 0.05


@dataclass(frozen=True)
class Watched:
    """A master, its replica, and the port of a Sentinel that watches them as `mymaster`."""

    master: RedisServer
    replica: RedisServer
    sentinel: int

    def url(self) -> str:
        """Return the address by way of the Sentinel."""
        return f"redis+sentinel://127.0.0.1:{self.sentinel}/mymaster/0"


@contextmanager
def watched_by_sentinel(folder: Path, port: int) -> Iterator[Watched]:
    """Start them; the Sentinel is alone, and takes a second to call the master dead."""
    with (
        redis_server(folder / "master") as master,
        redis_server(
            folder / "replica", options=("--replicaof", "127.0.0.1", str(master.port))
        ) as replica,
    ):
        configuration = folder / "sentinel.conf"
        configuration.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
            f"sentinel monitor mymaster 127.0.0.1 {master.port} 1\n"
            "sentinel down-after-milliseconds mymaster 1000\n"
            "sentinel failover-timeout mymaster 5000\n"
        )
        command = [str(bundled_binary()), str(configuration), "--sentinel"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as sentinel:
            try:
                yield Watched(master, replica, port)
            finally:
                sentinel.kill()


@contextmanager
def cluster_of(folder: Path, masters: int) -> Iterator[Sequence[RedisServer]]:
    """Start a cluster without replicas, whose slots are shared out evenly, in their order."""
    with ExitStack() as stack:
        options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
        servers = [
            stack.enter_context(redis_server(folder / f"node-{number}", options=options))
            for number in range(masters)
        ]
        share = SLOTS // masters
        for number, server in enumerate(servers):
            last = SLOTS - 1 if number == masters - 1 else (number + 1) * share - 1
            with Redis.from_url(server.url) as redis:
                redis.execute_command("CLUSTER", "ADDSLOTSRANGE", number * share, last)
                redis.execute_command("CLUSTER", "MEET", "127.0.0.1", servers[0].port)
        yield servers


async def until_whole(servers: Sequence[RedisServer]) -> None:
    """Wait until every node knows who has each slot."""

    def is_whole(server: RedisServer) -> bool:
        with Redis.from_url(server.url) as redis:
            try:
                told = redis.cluster("INFO")
            except RedisError:
                return False
        return told.get("cluster_state") == "ok" and int(told["cluster_known_nodes"]) == len(
            servers
        )

    async with asyncio.timeout(60):
        for server in servers:
            while not await asyncio.to_thread(is_whole, server):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(GLANCE)


def owner_of(servers: Sequence[RedisServer], key: str) -> int:
    """Return which of *servers* has the slot of *key*."""
    with Redis.from_url(servers[0].url) as redis:
        slot = int(redis.cluster("KEYSLOT", key))
    return min(slot // (SLOTS // len(servers)), len(servers) - 1)


def move_slot(servers: Sequence[RedisServer], key: str, *, to: int) -> None:
    """Move the slot of *key* and all that is in it to another node, as redis-cli does."""
    here = servers[owner_of(servers, key)]
    there = servers[to]
    with Redis.from_url(here.url) as old, Redis.from_url(there.url) as new:
        slot = int(old.cluster("KEYSLOT", key))
        names = [one.execute_command("CLUSTER", "MYID").decode() for one in (old, new)]
        new.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", names[0])
        old.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", names[1])
        while keys := old.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 100):
            old.execute_command(
                "MIGRATE", "127.0.0.1", there.port, "", 0, 5000, "REPLACE", "KEYS", *keys
            )
        for one in (new, old):
            one.execute_command("CLUSTER", "SETSLOT", slot, "NODE", names[1])

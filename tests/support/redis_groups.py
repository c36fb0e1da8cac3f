"""Several Redis servers that belong together: a master with a replica and a Sentinel, a cluster."""

import asyncio
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from mobart_local.redis import LOOPBACK, RedisServer, bundled_binary
from tests.daemon.deployment import until
from tests.support.servers import redis_server

SLOTS = 16_384
CLUSTER = (
    *("--cluster-enabled", "yes", "--cluster-node-timeout", "2000"),
    *("--repl-diskless-sync-delay", "0"),
)


@dataclass(frozen=True)
class Watched:
    """A master, its replica, and the address by way of a Sentinel that watches them as `mymaster`."""

    master: RedisServer
    replica: RedisServer
    url: str


@contextmanager
def watched_by_sentinel(folder: Path, port: int) -> Iterator[Watched]:
    """Start them; the Sentinel is alone, and takes a second to call the master dead."""
    with (
        redis_server(folder / "master") as master,
        redis_server(
            folder / "replica", options=("--replicaof", LOOPBACK, str(master.port))
        ) as replica,
        sentinel(
            folder / "sentinel", port, f"sentinel monitor mymaster {LOOPBACK} {master.port} 1"
        ),
    ):
        yield Watched(master, replica, f"redis+sentinel://127.0.0.1:{port}/mymaster/0")


@contextmanager
def sentinel(
    folder: Path, port: int, *lines: str, binary: Path | None = None, patience: int = 1000
) -> Iterator[None]:
    """Run a Sentinel with these *lines* in its configuration, the one with its master among them.

    It calls the master dead after so many milliseconds.
    """
    folder.mkdir(parents=True)
    configuration = folder / "sentinel.conf"
    after = [
        f"sentinel down-after-milliseconds mymaster {patience}",
        "sentinel failover-timeout mymaster 5000",
    ]
    text = [f"port {port}", f"bind {LOOPBACK}", f"dir {folder}", *lines, *after]
    configuration.write_text("\n".join(text) + "\n")
    command = [str(binary or bundled_binary()), str(configuration), "--sentinel"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


@contextmanager
def cluster_of(
    folder: Path,
    masters: int,
    *,
    spares: int = 0,
    binary: Path | None = None,
    each: Sequence[tuple[int, Sequence[str]]] = (),
) -> Iterator[Sequence[RedisServer]]:
    """Start a cluster whose slots are shared out evenly, in their order; *spares* have none, and come last.

    *each* has, for every node, a port for TLS, if there is one, and more options.
    """
    with ExitStack() as stack:
        ways = each or [(0, ())] * (masters + spares)
        servers = [
            stack.enter_context(
                redis_server(folder / f"node-{number}", binary=binary, options=(*CLUSTER, *more))
            )
            for number, (_, more) in enumerate(ways)
        ]
        ports = [port or one.port for (port, _), one in zip(ways, servers, strict=True)]
        share_slots(servers, masters, [(LOOPBACK, port) for port in ports])
        yield servers


def share_slots(
    servers: Sequence[RedisServer], masters: int, addresses: Sequence[tuple[str, int]]
) -> None:
    """Have *servers* meet at their *addresses*, and the first *masters* share the slots evenly."""
    share = SLOTS // masters
    for number, server in enumerate(servers):
        last = SLOTS - 1 if number == masters - 1 else (number + 1) * share - 1
        with Redis.from_url(server.url) as redis:
            if number < masters:
                redis.execute_command("CLUSTER", "ADDSLOTSRANGE", number * share, last)
            redis.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            for host, port in addresses[:number]:
                redis.execute_command("CLUSTER", "MEET", host, port)


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

    for server in servers:
        await until(lambda one=server: asyncio.to_thread(is_whole, one), "the cluster is whole")


async def follow(master: RedisServer, replica: RedisServer) -> None:
    """Make a node of a cluster the replica of another one, and wait until it has its data."""

    def follows() -> bool:
        with Redis.from_url(replica.url) as redis:
            return bool(redis.info("replication").get("master_link_status") == "up")

    with Redis.from_url(master.url) as old, Redis.from_url(replica.url) as new:
        new.execute_command("CLUSTER", "REPLICATE", old.execute_command("CLUSTER", "MYID"))
    await until(lambda: asyncio.to_thread(follows), "the replica follows")


def is_owner(server: RedisServer, key: str) -> bool:
    """Whether this node takes itself for the master that has the slot of *key*."""
    with Redis.from_url(server.url) as redis:
        try:
            redis.type(key)
        except (RedisError, OSError):
            return False
    return True


def owner_of(servers: Sequence[RedisServer], key: str) -> int:
    """Return which of *servers* has the slot of *key*."""
    return next(number for number, one in enumerate(servers) if is_owner(one, key))


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
                "MIGRATE", "127.0.0.1", there.port, "", 0, 60_000, "REPLACE", "KEYS", *keys
            )
        for one in (new, old):
            one.execute_command("CLUSTER", "SETSLOT", slot, "NODE", names[1])

"""A replica that was promoted: how long it has been up says nothing of what it lacks."""

import asyncio
from pathlib import Path

import pytest
from redis import Redis

from mobart.journal.keys import GROUP, Keys
from mobart.journal.scripts import text_of
from mobart_local.redis import RedisServer
from tests.daemon.deployment import until
from tests.support.servers import redis_binaries, redis_server

KEYS = Keys("promoted", completed_channel="done")
UP_FOR_LONG = ("local HOUR = 3600", "local HOUR = -1")
"""Makes a server that has just started look as if it had been up for hours."""
LEASE_MS = 30_000


def opened(server: RedisServer, worker: str) -> int:
    """Open the history for a worker that remembers none; return the milliseconds to wait."""
    arguments = [KEYS.history, KEYS.requests, GROUP, worker, "", LEASE_MS]
    with Redis.from_url(server.url) as redis:
        answer: list[bytes] = redis.eval(text_of("open").replace(*UP_FOR_LONG), 2, *arguments)
    return int(answer[1])


def follow(server: RedisServer, host: str, port: str) -> None:
    """Make *server* a replica, or a master again."""
    with Redis.from_url(server.url) as redis:
        redis.replicaof(host, port)


def opened_at(server: RedisServer) -> object:
    """Return where the history was opened that *server* has."""
    with Redis.from_url(server.url) as redis:
        return redis.hget(KEYS.history, "server")


@pytest.mark.parametrize("binary", redis_binaries())
async def test_a_newcomer_waits_at_a_replica_that_was_promoted(tmp_path: Path, binary: str) -> None:
    """Whoever joined after it fell behind may hold what it does not know; a restart alone is no reason."""
    program = redis_binaries()[binary]
    with (
        redis_server(tmp_path / "master", binary=program) as master,
        redis_server(tmp_path / "replica", binary=program) as replica,
    ):
        assert opened(master, "first") == 0
        await asyncio.to_thread(master.restart)
        assert opened(master, "second") == 0
        follow(replica, "127.0.0.1", str(master.port))
        await until(lambda: opened_at(replica) is not None, "the replica follows")
        assert opened(master, "third") == 0  # its first replica gave it another id
        await until(lambda: opened_at(replica) == opened_at(master), "the replica knows that")
        follow(replica, "NO", "ONE")
        assert opened(replica, "fourth") > 0

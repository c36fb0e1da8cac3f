"""A replica that was promoted: how long it has been up says nothing of what it lacks."""

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis

from mobart.journal.keys import GROUP, Keys
from mobart.journal.scripts import text_of
from tests.daemon.deployment import until
from tests.support.servers import redis_binaries, redis_server

KEYS = Keys("promoted", completed_channel="done")
UP_FOR_LONG = ("local HOUR = 3600", "local HOUR = -1")
"""Makes a server that has just started look as if it had been up for hours."""
LEASE_MS = 30_000


async def opened(redis: Redis, worker: str) -> int:
    """Open the history for a worker that remembers none; return the milliseconds to wait."""
    text = text_of("open").replace(*UP_FOR_LONG)
    arguments = [KEYS.history, KEYS.requests, GROUP, worker, "", LEASE_MS]
    _, wait = await redis.eval(text, 2, *arguments)
    return int(wait)


@pytest.mark.parametrize("binary", redis_binaries())
async def test_a_newcomer_waits_at_a_replica_that_was_promoted(tmp_path: Path, binary: str) -> None:
    """Whoever joined after it fell behind may hold what it does not know; a restart alone is no reason."""
    program = redis_binaries()[binary]
    with (
        redis_server(tmp_path / "master", binary=program) as master,
        redis_server(tmp_path / "replica", binary=program) as replica,
    ):
        old, new = Redis.from_url(master.url), Redis.from_url(replica.url)
        assert await opened(old, "first") == 0
        await asyncio.to_thread(master.restart)
        assert await opened(old, "second") == 0
        await new.replicaof("127.0.0.1", str(master.port))

        async def follows() -> bool:
            return bool(await new.exists(KEYS.history))

        await until(follows, "the replica follows")
        await new.replicaof("NO", "ONE")
        assert await opened(new, "third") > 0
        await old.aclose()
        await new.aclose()

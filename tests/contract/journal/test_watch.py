"""The role of the server, and connections that stand at one which is no master any more."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ReadOnlyError, ResponseError

from mobart.core.events import LogEvent
from mobart.journal.connection import connect
from mobart.journal.watch import MasterWatch
from tests.support.observers import Notes
from tests.support.servers import redis_binaries, redis_server


@pytest.fixture(params=redis_binaries())
async def server(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Redis]:
    """Connect to a server of this test's own."""
    with redis_server(tmp_path, binary=redis_binaries()[request.param]) as running:
        client = connect(running.url, name="watched")
        yield client
        await client.aclose()


@dataclass(slots=True)
class Standing:
    """A subscription that counts how often it is opened anew."""

    server: str = ""
    opened_anew: int = 0

    def reopen(self) -> None:
        """Count."""
        self.opened_anew += 1


async def demote(server: Redis) -> None:
    """Make it the replica of a server that is not there."""
    await server.replicaof("127.0.0.1", "1")


async def test_a_pooled_connection_leaves_a_replica(server: Redis) -> None:
    """The next command has a new one; any other error leaves it as it is."""
    connection = await server.client_id()
    await server.set("text", "x")
    with pytest.raises(ResponseError):
        await server.incr("text")
    assert await server.client_id() == connection
    await demote(server)
    with pytest.raises(ReadOnlyError):
        await server.set("text", "y")
    assert await server.client_id() != connection


async def test_a_demotion_is_told_once_and_so_is_its_end(server: Redis) -> None:
    """While it lasts, each look has a connection of its own."""
    notes = Notes()
    watch = MasterWatch(server, observer=notes, subscription=Standing())
    await watch.look()
    assert notes.taken == []
    await demote(server)
    await watch.look()
    connection = await server.client_id()
    await watch.look()
    assert await server.client_id() != connection
    await server.replicaof("NO", "ONE")
    for _ in range(2):
        await watch.look()
    assert notes.events == [LogEvent.REDIS_DEMOTED, LogEvent.REDIS_PROMOTED]


async def test_a_subscription_at_another_server_is_opened_anew(server: Redis) -> None:
    """Once: its address may stand for both.  One at the same server stays, and one at an unknown."""
    run_id = (await server.info("server"))["run_id"]
    there, here, anywhere = Standing("another"), Standing(run_id), Standing()
    watches = [
        MasterWatch(server, observer=Notes(), subscription=one) for one in (there, here, anywhere)
    ]
    for watch in (*watches, *watches):
        await watch.look()
    assert [one.opened_anew for one in (there, here, anywhere)] == [1, 0, 0]
    there.server = "a third"
    await demote(server)
    await watches[0].look()
    assert there.opened_anew == 1
    await server.replicaof("NO", "ONE")
    await watches[0].look()
    assert there.opened_anew == 2

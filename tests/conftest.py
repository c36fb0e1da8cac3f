"""Fixtures that several kinds of tests share."""

import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from itertools import count

import pytest
from hypothesis import HealthCheck, settings

from mobart_local.redis import RedisServer
from tests.support.backends import MemoryWorld, RedisWorld, World
from tests.support.observers import MISFITS
from tests.support.servers import redis_binaries, redis_server

pytest.register_assert_rewrite("tests.support.submit_answers")
settings.register_profile(
    "mobart",
    deadline=None,  # nothing here is about time
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("mobart")

if (
    signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
):  # tests under `nohup` start workers that are not
    signal.signal(signal.SIGHUP, lambda *_: None)  # a handler is not passed on, what is ignored is

NAMESPACES = count()
Servers = Callable[[str], RedisServer]


@pytest.fixture(autouse=True)
def events_fit_the_table() -> Iterator[None]:
    """Fail a test during which an event was noted with other facts than its row lists."""
    MISFITS.clear()
    yield
    assert MISFITS == []


@pytest.fixture(scope="session")
def redis_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Lend the Redis server of a name out of `redis_binaries`; it is started when first asked for."""
    running: dict[str, RedisServer] = {}
    with ExitStack() as stack:

        def lend(name: str) -> RedisServer:
            if name not in running:
                server = redis_server(
                    tmp_path_factory.mktemp("redis"),
                    binary=redis_binaries()[name],
                    options=("--appendonly", "no"),
                )
                running[name] = stack.enter_context(server)
            return running[name]

        yield lend


@pytest.fixture(params=redis_binaries())
async def redis_world(
    request: pytest.FixtureRequest,
    redis_servers: Servers,
) -> AsyncIterator[RedisWorld]:
    """Open a namespace of its own on each Redis server of this machine."""
    world = await RedisWorld.open(
        redis_servers(request.param).url, namespace=f"test-{next(NAMESPACES)}"
    )
    yield world
    await world.close()


@pytest.fixture(params=["memory", *redis_binaries()])
async def world(request: pytest.FixtureRequest, redis_servers: Servers) -> AsyncIterator[World]:
    """Open every world there is, one a test."""
    if request.param == "memory":
        yield MemoryWorld()
        return
    url = redis_servers(request.param).url
    world = await RedisWorld.open(url, namespace=f"test-{next(NAMESPACES)}")
    yield world
    await world.close()

"""Fixtures of the tests that run the real daemon."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest

from mobart.local.redis import RedisServer
from mobart.local.s3 import S3Server
from mobart.local.standin import Script
from tests.daemon.deployment import Deployment, deployed
from tests.servers import QUICK, redis_server, s3_server

NAMESPACES = count()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """Run one S3 for all daemon tests."""
    with s3_server() as server:
        yield server


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Run one Redis for the daemon tests that leave it alone."""
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """Run a Redis for a test that kills, freezes or fills it."""
    with redis_server(tmp_path / "redis", options=("--appendfsync", "always")) as server:
        yield server


@pytest.fixture
def script() -> Script:
    """Return how the stand-in behaves unless a test tells it otherwise."""
    return QUICK


@pytest.fixture
async def deployment(
    request: pytest.FixtureRequest,
    s3: S3Server,
    tmp_path: Path,
    script: Script,
) -> AsyncIterator[Deployment]:
    """Deploy on the shared Redis, or on one of its own where the test asks for `own_redis`."""
    name = "own_redis" if "own_redis" in request.fixturenames else "shared_redis"
    server: RedisServer = request.getfixturevalue(name)
    namespace = f"daemon-{next(NAMESPACES)}"
    async with deployed(server, s3, tmp_path, namespace=namespace, script=script) as one:
        yield one

"""Fixtures of the tests that run the real daemon."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest

from mobart_local.redis import RedisServer
from mobart_local.s3 import S3Server
from mobart_local.standin import Script
from tests.daemon.deployment import REDIS_PASSWORD, Deployment, deployed
from tests.support.servers import QUICK, redis_server, s3_server

NAMESPACES = count()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """Run one S3 for all daemon tests."""
    with s3_server() as server:
        yield server


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Run one Redis for the daemon tests that leave it alone."""
    with redis_server(tmp_path_factory.mktemp("redis"), password=REDIS_PASSWORD) as server:
        yield server


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """Run a Redis for a test that kills, freezes or fills it."""
    with redis_server(
        tmp_path / "redis",
        password=REDIS_PASSWORD,
        options=("--appendfsync", "always"),
    ) as server:
        yield server


@pytest.fixture
def own_s3(tmp_path: Path) -> Iterator[S3Server]:
    """Run an S3 for a test that stops it; what it stores outlives that."""
    with s3_server("mobart-own", folder=tmp_path / "s3") as server:
        yield server


@pytest.fixture
def script() -> Script:
    """Return how the stand-in behaves unless a test tells it otherwise."""
    return QUICK


@pytest.fixture
async def deployment(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    script: Script,
) -> AsyncIterator[Deployment]:
    """Deploy on the shared servers, or on those of its own that the test asks for."""
    asked = request.fixturenames
    redis: RedisServer = request.getfixturevalue(
        "own_redis" if "own_redis" in asked else "shared_redis"
    )
    s3: S3Server = request.getfixturevalue("own_s3" if "own_s3" in asked else "s3")
    s3.reset()  # the same ids come again in other tests, and pictures are not overwritten
    namespace = f"daemon-{next(NAMESPACES)}"
    async with deployed(redis, s3, tmp_path, namespace=namespace, script=script) as one:
        yield one

"""Fixtures of the tests under fire: those of the daemon tests, and servers to be hurt."""

from tests.daemon.conftest import deployment, own_redis, own_s3, s3, script, shared_redis

__all__ = ["deployment", "own_redis", "own_s3", "s3", "script", "shared_redis"]

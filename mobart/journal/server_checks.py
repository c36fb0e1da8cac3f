"""Whether a Redis is fit for the journal."""

from redis.asyncio import Redis
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    RedisError,
    ResponseError,
)

from mobart.core.errors import Code, Rejected
from mobart.journal.connection import AWAY, translated
from mobart.journal.permissions import Permissions

OLDEST = (6, 2)
"""XAUTOCLAIM came with this version."""


async def check(redis: Redis, permissions: Permissions) -> None:
    """Prove that Redis answers, is new enough and allows what is needed.

    Raises:
        Rejected: it refuses us, or is too old; the detail says what to change.
        Unavailable: it cannot be reached.

    """
    try:
        with translated():
            info = await redis.info("server")
            lacking = await permissions.missing(redis)
    except ResponseError as error:
        raise _refused(str(error)) from error
    except Exception as error:
        if isinstance(error.__cause__, AuthenticationError | NoPermissionError):
            raise _refused(str(error.__cause__)) from error
        raise
    version = str(info.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < OLDEST:
        raise _refused(f"version {version} is too old, 6.2 or newer is needed")
    if lacking:
        raise _refused(f"its user lacks the ACL rules {' '.join(lacking)}")


async def ping(redis: Redis) -> None:
    """Prove that Redis answers.  Raises Unavailable."""
    with translated():
        await redis.ping()


async def warnings(redis: Redis) -> list[str]:
    """Return what is dangerous about its configuration, as far as it lets us look."""
    found = []
    policy = await _configured(redis, "maxmemory-policy")
    if policy not in {None, "noeviction"}:
        found.append(f"maxmemory-policy is {policy}: Redis may drop jobs; set noeviction")
    if await _configured(redis, "appendonly") == "no":
        found.append("appendonly is off: jobs do not survive a restart of Redis")
    return found


async def _configured(redis: Redis, name: str) -> str | None:
    try:
        answer = await redis.config_get(name)
    except RedisError:  # managed services hide CONFIG
        return None
    return next((str(value) for key, value in answer.items() if str(key) == name), None)


def _refused(why: str) -> Rejected:
    return Rejected(Code.INTERNAL, AWAY, detail=f"Redis refuses: {why}")

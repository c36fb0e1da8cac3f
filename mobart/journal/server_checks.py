"""Whether a Redis is fit for the journal."""

import ssl
from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import (
    AuthenticationError,
    InvalidResponse,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from mobart.core.errors import Code, Rejected, Unavailable
from mobart.journal.failures import AWAY, translated
from mobart.journal.locating import REFUSED
from mobart.journal.permissions import Permissions

OLDEST = (6, 2)
"""XAUTOCLAIM came with this version."""
LASTING = (*REFUSED, InvalidResponse)
"""What no patience helps against at the start."""
CUT = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
"""Errors of TLS that only tell of a connection that was cut."""
MASTER = "master"
REPLICA = "it is a replica of another server, and takes no writes: give the address of the master"
BETWEEN = "the master of our keys has just become a replica, and the new one is not known yet"
SENTINEL = (
    "it is a Sentinel, which keeps no data: give redis+sentinel:// and the name of the service that it"
    " watches, or the address of the master"
)


async def check(
    redis: Redis, permissions: Permissions, *, may_evict: bool = False, sought: bool = False
) -> None:
    """Prove that Redis is a master, new enough, allows what is needed, and holds our keys' slot.

    And that it drops no job when it is full, unless it *may_evict* some.  Nothing is left behind.
    *sought*: Sentinels or nodes are asked for the master, not the settings.

    Raises:
        Rejected: it refuses us, or is of the wrong kind; the detail says what to change.
        Unavailable: it cannot be reached, or the master changes just now.

    """
    try:
        with translated():
            info = await redis.info()
            _judge_kind(info)
            if is_replica(info):
                await _leave_replica(redis, sought=sought or _mode(info) == "cluster")
            _judge_eviction(info, allowed=may_evict)
            lacking = await permissions.missing(redis)
            if not lacking:  # a write that changes nothing, where a job's keys would be
                await redis.pexpire(permissions.keys.job("check"), 1)
    except ResponseError as error:
        raise _refused(_explained(error, permissions)) from error
    except Unavailable as error:
        cause = error.__cause__
        if isinstance(cause, LASTING):
            raise _refused(_explained(cause, permissions)) from cause
        if why := _tls_refusal(cause):
            raise _refused(why) from cause
        raise
    if lacking:
        raise _refused(f"{_needed(permissions)}, and lacks the ACL rules {' '.join(lacking)}")


def _explained(error: Exception, permissions: Permissions) -> str:
    if isinstance(error, InvalidResponse):
        return "what answers there is no Redis: the address is that of another service"
    if isinstance(error, NoPermissionError):
        return f"{error}; {_needed(permissions)}"
    return str(error)


def is_lasting(error: Exception) -> bool:
    """Whether no patience helps against that error of Redis."""
    return isinstance(error.__cause__, LASTING) or bool(_tls_refusal(error.__cause__))


def _tls_refusal(error: BaseException | None) -> str:
    """Return what TLS has against the other side, or that has against us; "" if it is not that."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    if error is None or isinstance(error, CUT):
        return ""
    why = getattr(error, "verify_message", "") or str(error.reason).lower().replace("_", " ")
    return f"TLS fails with: {why}; see ssl_ca_certs, ssl_certfile and ssl_keyfile in the address"


def _needed(permissions: Permissions) -> str:
    # Redis 6 gives a new user all channels, and then takes no rule for one
    return f"its user needs ACL SETUSER <name> resetchannels {' '.join(permissions.rules)}"


def _judge_kind(info: Mapping[str, Any]) -> None:
    """Refuse what is no Redis of its own.  Raises Rejected."""
    if _mode(info) == "sentinel":
        raise _refused(SENTINEL)
    version = str(info.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < OLDEST:
        raise _refused(f"version {version} is too old, 6.2 or newer is needed")


async def _leave_replica(redis: Redis, *, sought: bool) -> None:
    """Refuse it where the settings name it; where the master is *sought*, the next connection asks again.

    During a failover a replica is met by a worker that begins just then, and soon the new master is known.
    Raises Rejected or Unavailable.
    """
    if not sought:
        raise _refused(REPLICA)
    await redis.connection_pool.disconnect(inuse_connections=False)
    raise Unavailable(Code.INTERNAL, AWAY, detail=f"redis: {BETWEEN}")


def _judge_eviction(info: Mapping[str, Any], *, allowed: bool) -> None:
    """Refuse what drops any key when it is full, a job that nobody finished among them.

    What only drops keys with a time to live costs what is finished, and many services have it by
    default: it is warned about.  So is what has no limit and drops nothing.  Raises Rejected.
    """
    policy = str(info.get("maxmemory_policy", ""))
    if policy.startswith("allkeys") and info.get("maxmemory") and not allowed:
        raise _refused(
            f"maxmemory-policy is {policy}, so that it drops jobs, paid ones too, when it is full: set"
            " noeviction, or MOBART_REDIS_MAY_EVICT=true to start all the same"
        )


def is_replica(info: Mapping[str, Any]) -> bool:
    """Return whether that is the INFO of a replica; a service that tells no role is none."""
    return bool(info.get("role", MASTER) != MASTER)


def _mode(info: Mapping[str, Any]) -> str:
    """Return "standalone", "cluster" or "sentinel", as Redis and Valkey call it."""
    return str(info.get("redis_mode") or info.get("server_mode") or "")


async def problem(redis: Redis, permissions: Permissions) -> str:
    """Return why jobs cannot be recorded here, "" if they can.  Raises Unavailable.

    A full disk or memory, or too few replicas, stop only what writes: so that is tried, and changes nothing.
    """
    try:
        with translated():
            if is_replica(await redis.info("replication")):
                return "is a replica, and takes no writes"
            if lacking := await permissions.missing(redis):
                return f"its user lacks the ACL rules {' '.join(lacking)}"
            await redis.xadd(permissions.keys.job("check"), {"": ""}, nomkstream=True)
    except (Unavailable, ResponseError) as error:
        if why := _refusal(error.__cause__ or error):
            return why
        raise
    return ""


def _refusal(error: BaseException) -> str:
    """Return what a Redis that answers says against its use; "" if it does not answer."""
    if isinstance(error, AuthenticationError):
        return "refuses the login"
    if isinstance(error, NoPermissionError):
        return f"refuses its user: {error}"
    if not isinstance(error, ResponseError):
        return ""
    words = {OutOfMemoryError: "OOM", ReadOnlyError: "READONLY"}
    return f"takes no writes ({words.get(type(error)) or str(error).split(maxsplit=1)[0]})"


async def ping(redis: Redis) -> None:
    """Prove that Redis answers.  Raises Unavailable."""
    with translated():
        await redis.ping()


async def warnings(redis: Redis) -> list[str]:
    """Return what is dangerous about its configuration, as far as it lets us look."""
    found = []
    with translated():
        policy = (await redis.info("memory")).get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        lost = (
            "jobs" if policy.startswith("allkeys") else "finished jobs, which are then paid again"
        )
        found.append(f"maxmemory-policy is {policy}: Redis may drop {lost}; set noeviction")
    if await configured(redis, "appendonly") == "no":
        found.append("appendonly is off: jobs do not survive a restart of Redis")
    return found


async def configured(redis: Redis, name: str) -> str | None:
    """Return a setting of Redis; None where it lets nobody look."""
    try:
        answer = await redis.config_get(name)
    except RedisError:  # managed services hide CONFIG
        return None
    return next((str(value) for key, value in answer.items() if str(key) == name), None)


def _refused(why: str) -> Rejected:
    return Rejected(Code.INTERNAL, AWAY, detail=f"Redis refuses: {why}")

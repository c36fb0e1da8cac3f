"""Clients for Redis with explicit defaults, and the translation of Redis's errors.

The client library's own retries are off: it would repeat a command whose answer was lost, and
run an XADD or a PUBLISH twice.  Every write here is a script that may be repeated, and the caller
repeats it.  A connection on which a server calls itself a replica is closed, so that the next
command goes where the address leads by then.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AskError,
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    ConnectionError,  # noqa: A004 - Redis's own is not the builtin one
    InvalidResponse,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TimeoutError,  # noqa: A004 - as above
    TryAgainError,
)

from mobart.core.errors import Code, Unavailable

SOCKET_TIMEOUT = 5.0
"""Seconds for one answer; blocking reads ask for less."""
AWAY = "The service is temporarily unavailable."
PASSING = (
    AskError,
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    ConnectionError,
    InvalidResponse,
    OutOfMemoryError,
    ReadOnlyError,
    TimeoutError,
    TryAgainError,
    OSError,
)
PASSING_WORDS = (
    *("MISCONF", "NOREPLICAS", "BUSY", "MASTERDOWN", "LOADING", "OOM", "READONLY"),
    *("NOAUTH", "NOPERM", "NOGROUP", "UNBLOCKED", "CLUSTERDOWN"),
)
"""How errors begin that heal by themselves and have no class of their own."""
_RUN_ID = re.compile(rb"run_id:(\w+)")
_IN_SCRIPT = re.compile(r"^Error running script .*?: (@user_script: ?\d+: )+-?")
"""What Redis before 7 puts in front of an error of a command in a script."""


def connect(url: str, *, name: str, connections: int = 64) -> Redis:
    """Return a client that shows itself as *name*; nothing is sent yet.

    RESP2, because the answers of RESP3 cost nearly twice the CPU.  More than *connections*
    commands at once wait for a free connection instead of failing.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=SOCKET_TIMEOUT,
        protocol=2,
        client_name=name,
        socket_timeout=SOCKET_TIMEOUT,
        socket_connect_timeout=SOCKET_TIMEOUT,
        **({} if url.startswith("unix:") else {"socket_keepalive": True}),
        health_check_interval=0,
        retry=Retry(NoBackoff(), 0),
        retry_on_timeout=False,
    )
    kind = pool.connection_class  # for TCP, TLS or a Unix socket
    pool.connection_class = type(kind.__name__, (_LeavingReplicas, kind), {})
    return Redis.from_pool(pool)


class _LeavingReplicas(AbstractConnection):
    """A connection that does not stay at a server which takes no writes."""

    async def read_response(self, *args: Any, **kwargs: Any) -> Any:
        """Read an answer."""
        try:
            return await super().read_response(*args, **kwargs)
        except ReadOnlyError:
            await self.disconnect(nowait=True)
            raise


async def server_of(pubsub: Any) -> str:
    """Return the run id of the server that *pubsub*, not subscribed yet, is at; "" if it does not tell.

    Raises RedisError and OSError.
    """
    await pubsub.connect()
    await pubsub.connection.send_command("INFO", "server")
    told = await pubsub.connection.read_response()
    found = _RUN_ID.search(told) if isinstance(told, bytes) else None
    return found[1].decode() if found else ""


@contextmanager
def translated() -> Iterator[None]:
    """Turn what Redis raises into `Unavailable`; a ResponseError about our own use is a bug."""
    try:
        yield
    except PASSING as error:
        raise _unavailable(error) from error
    except ResponseError as error:
        if not _IN_SCRIPT.sub("", str(error)).startswith(PASSING_WORDS):
            raise
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> Unavailable:
    detail = f"redis: {type(error).__name__}: {error}"
    if isinstance(error, AskError):  # MovedError is one
        detail = (
            f"redis: the keys are at another node of this Redis Cluster, {error.host}:{error.port}"
        )
    return Unavailable(Code.INTERNAL, AWAY, detail=detail)

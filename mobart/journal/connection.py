"""Clients for Redis with explicit defaults, and the translation of Redis's errors.

The client library's own retries are off: it would repeat a command whose answer was lost, and
run an XADD or a PUBLISH twice.  Every write here is a script that may be repeated, and the caller
repeats it.  A connection on which a server calls itself a replica is closed, so that the next
command goes where the address leads by then.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from redis import ConnectionPool
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.connection import ConnectionInterface
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
from redis.retry import Retry

from mobart.core.errors import Code, Unavailable

SOCKET_TIMEOUT = 5.0
"""Seconds for one answer; blocking reads ask for less."""
READ_SIZE = 4 * 1024 * 1024
"""Bytes that are read at once where a thread reads: most of what the system has room for."""
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
        retry=AsyncRetry(NoBackoff(), 0),
        **_options(url, name),
    )
    kind = pool.connection_class  # for TCP, TLS or a Unix socket
    pool.connection_class = type(kind.__name__, (_LeavingReplicas, kind), {})
    return Redis.from_pool(pool)


def connector(url: str, *, name: str) -> Callable[[str], ConnectionInterface]:
    """Return what makes a connection for a thread, not yet opened, given what it is for.

    It has the same options, and reads megabytes at a time; see `mobart.journal.reading`.
    """

    def make(purpose: str) -> ConnectionInterface:
        options = _options(url, f"{name}:{purpose}") | {"socket_read_size": READ_SIZE}
        pool = ConnectionPool.from_url(url, retry=Retry(NoBackoff(), 0), **options)
        return pool.make_connection()

    return make


def _options(url: str, name: str) -> dict[str, Any]:
    return {
        "protocol": 2,
        "client_name": name,
        "socket_timeout": SOCKET_TIMEOUT,
        "socket_connect_timeout": SOCKET_TIMEOUT,
        "health_check_interval": 0,
        "retry_on_timeout": False,
    } | ({} if url.startswith("unix:") else {"socket_keepalive": True})


class _LeavingReplicas(AbstractConnection):
    """A connection that does not stay at a server which takes no writes."""

    async def read_response(self, *args: Any, **kwargs: Any) -> Any:
        """Read an answer."""
        try:
            return await super().read_response(*args, **kwargs)
        except ReadOnlyError:
            await self.disconnect(nowait=True)
            raise


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

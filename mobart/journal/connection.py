"""Clients for Redis with explicit defaults.

The client library's own retries are off: it would repeat a command whose answer was lost, and
run an XADD or a PUBLISH twice.  Every write here is a script that may be repeated, and the caller
repeats it.  A connection on which a server calls itself a replica is closed, so that the next
command goes where the address leads by then.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

from redis import ConnectionPool
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection as BlockingConnection
from redis.connection import ConnectionInterface
from redis.driver_info import DriverInfo
from redis.exceptions import (
    ClusterDownError,
    MovedError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.retry import Retry

from mobart.core.redis_nodes import nodes_of
from mobart.journal.locating import Locator

SOCKET_TIMEOUT = 5.0
"""Seconds for one answer; blocking reads ask for less."""
READ_SIZE = 4 * 1024 * 1024
"""Bytes that are read at once where a thread reads: most of what the system has room for."""


def connect(url: str, *, name: str, namespace: str = "mobart", connections: int = 64) -> Redis:
    """Return a client that shows itself as *name*; nothing is sent yet.

    RESP2, because the answers of RESP3 cost nearly twice the CPU.  More than *connections*
    commands at once wait for a free connection instead of failing.
    """
    nodes = nodes_of(url)
    pool = BlockingConnectionPool.from_url(
        nodes.url,
        max_connections=connections,
        timeout=SOCKET_TIMEOUT,
        retry=AsyncRetry(NoBackoff(), 0),
        **_options(nodes.url, name),
    )
    bases: list[type] = [_Cancellable, _LeavingReplicas]
    _extend(pool, bases, _Located, Locator(nodes, namespace, pool.connection_kwargs))
    return Redis.from_pool(pool)


def connector(url: str, *, name: str, namespace: str) -> Callable[[str], ConnectionInterface]:
    """Return what makes a connection for a thread, not yet opened, given what it is for.

    It has the same options, and reads megabytes at a time; see `mobart.journal.reading`.  The pool only
    reads the address: one that makes connections counts those that have ended, and refuses the 101st.
    """
    nodes = nodes_of(url)
    options = _options(nodes.url, name) | {"socket_read_size": READ_SIZE}
    pool = ConnectionPool.from_url(nodes.url, retry=Retry(NoBackoff(), 0), **options)
    _extend(pool, [], _LocatedInThread, Locator(nodes, namespace, pool.connection_kwargs))

    def make(purpose: str) -> ConnectionInterface:
        options = pool.connection_kwargs | {"client_name": f"{name}:{purpose}"}
        return cast("ConnectionInterface", pool.connection_class(**options))

    return make


def discard(connection: ConnectionInterface) -> None:
    """End a connection of a thread, which is not opened again, and free the megabytes that it reads into.

    Its parser refers to itself, so they would stay until garbage is looked for.
    """
    connection.disconnect()  # type: ignore[no-untyped-call]
    parser: Any = getattr(connection, "_parser", None)
    if hasattr(parser, "_buffer"):
        parser._buffer = bytearray()  # noqa: SLF001 - there is no other way


def _extend(pool: Any, bases: list[type], located: type, locator: Locator) -> None:
    """Have *pool* make connections of *bases* too; *located* ones, unless it is a Unix socket's."""
    kind = pool.connection_class  # for TCP, TLS or a Unix socket
    if locator.nodes.hosts:
        bases = [located, *bases]
    pool.connection_class = type(kind.__name__, (*bases, kind), {"locator": locator})


def _options(url: str, name: str) -> dict[str, Any]:
    return {
        "protocol": 2,
        "client_name": name,
        "driver_info": _driver(),
        "socket_timeout": SOCKET_TIMEOUT,
        "socket_connect_timeout": SOCKET_TIMEOUT,
        "health_check_interval": 0,
        "retry_on_timeout": False,
    } | ({} if url.startswith("unix:") else {"socket_keepalive": True})


@cache
def _driver() -> DriverInfo:
    """Return what redis-py tells of itself; to look it up for each connection takes 3 ms."""
    return DriverInfo()


class _Cancellable(AbstractConnection):
    """A connection on which no cancellation is lost.

    redis-py sends by `asyncio.wait_for`, and before Python 3.12 that returns as if nothing had been,
    where its task is cancelled at the moment at which it ends: a loop would never stop.
    """

    async def send_packed_command(self, *args: Any, **kwargs: Any) -> None:
        """Send a command, or several."""
        task = asyncio.current_task()
        before = task.cancelling() if task else 0
        await super().send_packed_command(*args, **kwargs)
        if task and task.cancelling() > before:
            await self.disconnect(nowait=True)  # the answer is not read
            raise asyncio.CancelledError


class _LeavingReplicas(AbstractConnection):
    """A connection that does not stay at a server which takes no writes."""

    async def read_response(self, *args: Any, **kwargs: Any) -> Any:
        """Read an answer."""
        try:
            return await super().read_response(*args, **kwargs)
        except ResponseError as error:
            await self.leave_after(error)
            raise

    async def read_answer(self) -> Any:
        """Read an answer that is there soon; an error is returned.  The caller ends a connection that fails.

        `read_response` does more for each, which is a fifth of what the call of a script costs.
        """
        parser: Any = self._parser
        answer = await parser.read_response()
        if isinstance(answer, ResponseError):
            await self.leave_after(answer)
        return answer

    async def leave_after(self, error: ResponseError) -> None:
        """End the connection if *error* says that it leads to the wrong server."""
        if isinstance(error, ReadOnlyError):
            await self.disconnect(nowait=True)


class _Located(_LeavingReplicas):
    """A connection to where the keys are at the moment at which it is opened."""

    locator: Locator
    host: str
    port: int

    async def connect_check_health(self, *args: Any, **kwargs: Any) -> None:
        """Connect, unless that is done."""
        if self.is_connected:
            return
        self.host, self.port = await asyncio.to_thread(self.locator.locate)
        with _doubting(self.locator, RedisError):
            await super().connect_check_health(*args, **kwargs)

    async def leave_after(self, error: ResponseError) -> None:
        """End the connection if *error* says that it leads to the wrong server, and look for the right one."""
        if isinstance(error, MovedError | ClusterDownError | ReadOnlyError):
            self.locator.doubt(in_cluster=not isinstance(error, ReadOnlyError))
            await self.disconnect(nowait=True)


class _LocatedInThread(BlockingConnection):
    """The same for a thread."""

    locator: Locator
    host: str
    port: int

    def connect_check_health(self, *args: Any, **kwargs: Any) -> None:
        """Connect, unless that is done."""
        if self._sock:
            return
        self.host, self.port = self.locator.locate()
        with _doubting(self.locator, RedisError):
            super().connect_check_health(*args, **kwargs)


@contextmanager
def _doubting(locator: Locator, *errors: type[RedisError]) -> Iterator[None]:
    """Have the next connection ask another host first if this one meets one of *errors*."""
    try:
        yield
    except errors as error:
        locator.doubt(in_cluster=isinstance(error, MovedError | ClusterDownError))
        raise

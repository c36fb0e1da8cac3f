"""Bounds what clients of the HTTP ports may hold: connections, and how long each waits.

A connection waits while it has no whole request: from its begin to the end of the headers, and again
after each answer.  It is cut when that takes too long, unless some of a long answer went out meanwhile.  Where there are too many connections, a new
one takes the place of the one that has waited longest, so that a flood of idle or half requests
keeps out neither probes nor callbacks, and leaves descriptors for the worker's own connections.
"""

import asyncio
import resource
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

WAIT_SECONDS = 5.0
"""For the headers of a request, and for reading an answer; probes and scrapers take milliseconds."""
MOST = 256
SHARE = 4
"""One in so many descriptors may be a client's; the others are for Redis, S3 and providers."""


def most_connections() -> int:
    """Return how many connections all HTTP ports together may hold."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else max(8, min(MOST, soft // SHARE))


@dataclass(slots=True)
class Connections:
    """The open connections of all HTTP ports, the one that changed longest ago first."""

    most: int = field(default_factory=most_connections)
    wait: float = WAIT_SECONDS
    """Seconds."""
    _deadlines: dict[asyncio.Transport, asyncio.TimerHandle | None] = field(default_factory=dict)
    """None while a request is being answered."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._deadlines)

    def guard(self, server: Callable[[], asyncio.Protocol]) -> Callable[[], asyncio.Protocol]:
        """Return a protocol factory whose connections are bounded."""
        return lambda: _Guarded(server(), self)

    @web.middleware
    async def answering(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a connection take its time while its request is answered."""
        transport = request.transport
        if transport is None or transport not in self._deadlines:
            return await handler(request)
        self._restart(transport, waiting=False)
        try:
            return await handler(request)
        finally:
            if transport in self._deadlines:
                self._restart(transport, waiting=True)

    def add(self, transport: asyncio.Transport) -> None:
        """Take a new connection, in place of another if there are too many."""
        while len(self._deadlines) >= self.most:
            waiting = (one for one, deadline in self._deadlines.items() if deadline is not None)
            self.cut(next(waiting, next(iter(self._deadlines))))
        self._restart(transport, waiting=True)

    def cut(self, transport: asyncio.Transport) -> None:
        """Close a connection at once."""
        self.remove(transport)
        transport.abort()

    def remove(self, transport: asyncio.Transport) -> None:
        """Forget a connection."""
        deadline = self._deadlines.pop(transport, None)
        if deadline is not None:
            deadline.cancel()

    def _restart(self, transport: asyncio.Transport, *, waiting: bool) -> None:
        self.remove(transport)
        self._deadlines[transport] = self._deadline(transport, 0) if waiting else None

    def _deadline(self, transport: asyncio.Transport, unsent: int) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        return loop.call_later(self.wait, self._expire, transport, unsent)

    def _expire(self, transport: asyncio.Transport, unsent: int) -> None:
        """Cut a connection whose peer reads nothing; *unsent* bytes were left the time before."""
        left = transport.get_write_buffer_size()
        if left and (left < unsent or not unsent):
            self._deadlines[transport] = self._deadline(transport, left)
        else:
            self.cut(transport)


class _Guarded(asyncio.Protocol):
    """Passes on what happens to one connection, and counts it."""

    def __init__(self, inner: asyncio.Protocol, connections: Connections) -> None:
        self._inner = inner
        self._connections = connections
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("the HTTP port listens on sockets")
        self._transport = transport
        self._connections.add(transport)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._connections.remove(self._transport)
        self._inner.connection_lost(exc)

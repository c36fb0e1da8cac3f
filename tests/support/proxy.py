"""A TCP proxy that does to connections what networks do."""

import asyncio
import socket
import struct
from dataclasses import dataclass, field
from typing import Self

LOOPBACK = "127.0.0.1"
CHUNK = 65_536
RESET = struct.pack("ii", 1, 0)
"""Linger for no time: closing then resets the connection instead of ending it."""


@dataclass(slots=True)
class Troubles:
    """What is wrong with the line; all of it can be changed while connections stand."""

    latency: float = 0.0
    """Seconds that every piece takes, in either direction."""
    cut_after: int | None = None
    """Bytes that a connection may carry to the server before it is reset."""
    black_hole: bool = False
    """Pieces vanish, and the connections stay open."""
    refusing: bool = False
    """New connections are taken and reset at once."""
    swallow_every: int = 0
    """Lose every so manieth answer, each with its connection; 0 loses none."""
    canned: bytes | None = None
    """Say this to every piece instead of asking the server."""


@dataclass(slots=True)
class Proxy:
    """Stands in front of a server on loopback: `async with Proxy(port) as proxy`."""

    target: int
    troubles: Troubles = field(default_factory=Troubles)
    port: int = 0
    accepted: int = 0
    answered: int = 0
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens, as a `REDIS_URL`."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    async def open(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._carry, LOOPBACK, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening, so that connections are refused, and cut those that stand."""
        if self._server is not None:
            self._server.close()
        self.reset_all()

    async def __aenter__(self) -> Self:
        """Listen."""
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.close()

    def reset_all(self) -> None:
        """Reset every connection there is."""
        for writer in list(self._writers):
            reset(writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self.troubles.refusing:
            reset(writer)
            return
        try:
            above, below = await asyncio.open_connection(LOOPBACK, self.target)
        except OSError:
            reset(writer)
            return
        ends = {writer, below}
        self._writers |= ends
        ways = [
            asyncio.ensure_future(self._ask(reader, below, back=writer)),
            asyncio.ensure_future(self._answer(above, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._writers -= ends
            for end in ends:
                reset(end)

    async def _ask(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        back: asyncio.StreamWriter,
    ) -> None:
        """Carry what the client says, as long as it may."""
        carried = 0
        while piece := await reader.read(CHUNK):
            carried += len(piece)
            limit = self.troubles.cut_after
            if limit is not None and carried > limit:
                return
            if self.troubles.canned is not None:
                back.write(self.troubles.canned * commands_in(piece))
            elif not self.troubles.black_hole:
                await self._pass_on(piece, writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry what the server says, as long as it may."""
        while piece := await reader.read(CHUNK):
            if self._is_swallowed():
                return
            if not self.troubles.black_hole:
                await self._pass_on(piece, writer)

    def _is_swallowed(self) -> bool:
        self.answered += 1
        every = self.troubles.swallow_every
        return every > 0 and self.answered % every == 0

    async def _pass_on(self, piece: bytes, writer: asyncio.StreamWriter) -> None:
        if self.troubles.latency:
            await asyncio.sleep(self.troubles.latency)
        writer.write(piece)
        await writer.drain()


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection as a crash does: what was not read yet is lost."""
    connection: socket.socket | None = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() >= 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


def commands_in(piece: bytes) -> int:
    """Count the Redis commands in a piece that holds whole ones."""
    return sum(line.startswith(b"*") for line in piece.split(b"\r\n"))

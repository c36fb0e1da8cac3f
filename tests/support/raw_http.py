"""Servers that break HTTP on purpose: raw sockets, one small function for each kind of harm."""

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""What to do with a connection once its request was read; it is closed afterwards."""

TOO_MUCH = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One request, as it came over the wire."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class RawServer:
    """What listens on loopback, and what it heard."""

    origin: str = ""
    heard: list[ReceivedRequest] = field(default_factory=list)
    connections: int = 0
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until_heard(self, count: int, *, seconds: float = 20) -> None:
        """Wait until *count* requests have come in."""
        async with asyncio.timeout(seconds), self.arrived:
            await self.arrived.wait_for(lambda: len(self.heard) >= count)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.origin.rpartition(":")[2])


@asynccontextmanager
async def raw_server(
    *behaviours: Behaviour, tls: ssl.SSLContext | None = None, greeting: bytes = b""
) -> AsyncIterator[RawServer]:
    """Behave to each request in turn as told; the last behaviour stays."""
    told = RawServer()
    left = list(behaviours)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.connections += 1
        writer.write(greeting)
        try:
            told.heard.append(await _read(reader))
            async with told.arrived:
                told.arrived.notify_all()
            await (left.pop(0) if len(left) > 1 else left[0])(writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has left
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    scheme = "https" if tls else "http"
    told.origin = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield told
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def deaf_port() -> Iterator[int]:
    """Give a port whose connections are never completed: its backlog is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        try:
            for caller in waiting:
                caller.setblocking(False)
                caller.connect_ex(listener.getsockname())
            yield listener.getsockname()[1]
        finally:
            for caller in waiting:
                caller.close()


def closed_port() -> int:
    """Give a port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def says(
    status: int = 200, body: bytes | str | object = b"", headers: Mapping[str, str] | None = None
) -> Behaviour:
    """Answer properly; anything but bytes and text is sent as JSON."""
    content = body if isinstance(body, bytes) else _encode(body)
    fields = {"Content-Length": str(len(content)), "Connection": "close"} | dict(headers or {})
    return sends(head(status, fields) + content)


def sends(data: bytes) -> Behaviour:
    """Send exactly *data* and close."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return behave


async def resets(writer: asyncio.StreamWriter) -> None:
    """Reset the connection."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def hangs(_: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.Event().wait()


def drips(data: bytes, *, pause: float) -> Behaviour:
    """Send *data* byte by byte."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        for place in range(len(data)):
            writer.write(data[place : place + 1])
            await writer.drain()
            await asyncio.sleep(pause)

    return behave


def pours(start: bytes, more: bytes, end: bytes = b"") -> Behaviour:
    """Send *start*, then *more* until it is too much for anybody, then *end*."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        for _ in range(TOO_MUCH // len(more)):
            writer.write(more)
            await writer.drain()
        writer.write(end)

    return behave


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """Write a status line and headers."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def _encode(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


async def _read(reader: asyncio.StreamReader) -> ReceivedRequest:
    start, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, target, _ = start.split(" ")
    return ReceivedRequest(method, target, headers, body)

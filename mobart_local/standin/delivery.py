"""The ways in which an answer can leave the house, one small function each."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from types import MappingProxyType

from aiohttp import web

from mobart_local.standin.replies import Delivery, Spoken

DRIP_SECONDS = 0.05
FLOOD_HEADERS = 100_000

Sender = Callable[[web.Request, Spoken], Awaitable[web.StreamResponse]]


async def send(request: web.Request, spoken: Spoken) -> web.StreamResponse:
    """Send the answer in its manner."""
    return await SENDERS[spoken.delivery](request, spoken)


async def _whole(_: web.Request, spoken: Spoken) -> web.StreamResponse:
    return web.Response(status=spoken.status, headers=spoken.headers, body=spoken.body)


async def _dropped(request: web.Request, _: Spoken) -> web.StreamResponse:
    return _hang_up(request)


async def _reset(request: web.Request, _: Spoken) -> web.StreamResponse:
    if request.transport is not None:
        connection: socket.socket = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()


async def _held(request: web.Request, spoken: Spoken) -> web.StreamResponse:
    await asyncio.sleep(spoken.hold_seconds)
    return _hang_up(request)


async def _cut(request: web.Request, spoken: Spoken) -> web.StreamResponse:
    _write(
        request,
        _head(spoken, len(spoken.body)) + spoken.body[: len(spoken.body) // 2],
    )
    return _hang_up(request)


async def _overlong(request: web.Request, spoken: Spoken) -> web.StreamResponse:
    _write(request, _head(spoken, len(spoken.body) // 2) + spoken.body)
    return _hang_up(request)


async def _dripped(request: web.Request, spoken: Spoken) -> web.StreamResponse:
    _write(request, _head(spoken, len(spoken.body)))
    for offset in range(len(spoken.body)):
        _write(request, spoken.body[offset : offset + 1])
        await asyncio.sleep(DRIP_SECONDS)
    return _hang_up(request)


async def _endless(request: web.Request, spoken: Spoken) -> web.StreamResponse:
    response = web.StreamResponse(status=spoken.status, headers=spoken.headers)
    response.enable_chunked_encoding()
    await response.prepare(request)
    with suppress(ConnectionError):
        while True:
            await response.write(spoken.body)
    return response


async def _flooded(request: web.Request, spoken: Spoken) -> web.StreamResponse:
    flood = {f"X-Flood-{number}": "x" for number in range(FLOOD_HEADERS)}
    drowned = Spoken(spoken.status, {**spoken.headers, **flood}, spoken.body, spoken.delivery, 0)
    _write(request, _head(drowned, len(spoken.body)) + spoken.body)
    return _hang_up(request)


SENDERS: Mapping[Delivery, Sender] = MappingProxyType(
    {
        Delivery.WHOLE: _whole,
        Delivery.DROPPED: _dropped,
        Delivery.RESET: _reset,
        Delivery.HELD: _held,
        Delivery.CUT: _cut,
        Delivery.OVERLONG: _overlong,
        Delivery.DRIPPED: _dripped,
        Delivery.ENDLESS: _endless,
        Delivery.FLOODED: _flooded,
    },
)


def _head(spoken: Spoken, length: int) -> bytes:
    """Write the status line and headers by hand, since aiohttp refuses to tell lies."""
    headers = {**spoken.headers, "Content-Length": str(length)}
    lines = [f"HTTP/1.1 {spoken.status} {HTTPStatus(spoken.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def _write(request: web.Request, data: bytes) -> None:
    """Send raw bytes; raises ConnectionResetError when the client has left."""
    if request.transport is None or request.transport.is_closing():
        raise ConnectionResetError
    request.transport.write(data)


def _hang_up(request: web.Request) -> web.StreamResponse:
    """Close the connection once what was written has gone out."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()  # aiohttp finds the connection closed and drops this

"""The ways in which an answer can leave the state, one small function each."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from types import MappingProxyType

from aiohttp import web

from mobart_local.standin.replies import Delivery, RawResponse

DRIP_SECONDS = 0.05
FLOOD_HEADERS = 100_000

Sender = Callable[[web.Request, RawResponse], Awaitable[web.StreamResponse]]


async def send(request: web.Request, response: RawResponse) -> web.StreamResponse:
    """Send the answer in its way of delivery."""
    return await SENDERS[response.delivery](request, response)


async def _whole(_: web.Request, response: RawResponse) -> web.StreamResponse:
    return web.Response(status=response.status, headers=response.headers, body=response.body)


async def _dropped(request: web.Request, _: RawResponse) -> web.StreamResponse:
    return _close(request)


async def _reset(request: web.Request, _: RawResponse) -> web.StreamResponse:
    if request.transport is not None:
        connection: socket.socket = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()


async def _held(request: web.Request, response: RawResponse) -> web.StreamResponse:
    await asyncio.sleep(response.hold_seconds)
    return _close(request)


async def _cut(request: web.Request, response: RawResponse) -> web.StreamResponse:
    _write(request, _head(response, len(response.body)) + response.body[: len(response.body) // 2])
    return _close(request)


async def _overlong(request: web.Request, response: RawResponse) -> web.StreamResponse:
    _write(request, _head(response, len(response.body) // 2) + response.body)
    return _close(request)


async def _dripped(request: web.Request, response: RawResponse) -> web.StreamResponse:
    _write(request, _head(response, len(response.body)))
    for offset in range(len(response.body)):
        _write(request, response.body[offset : offset + 1])
        await asyncio.sleep(DRIP_SECONDS)
    return _close(request)


async def _endless(request: web.Request, response: RawResponse) -> web.StreamResponse:
    stream = web.StreamResponse(status=response.status, headers=response.headers)
    stream.enable_chunked_encoding()
    await stream.prepare(request)
    with suppress(ConnectionError):
        while True:
            await stream.write(response.body)
    return stream


async def _flooded(request: web.Request, response: RawResponse) -> web.StreamResponse:
    flood = {f"X-Flood-{number}": "x" for number in range(FLOOD_HEADERS)}
    flooded = RawResponse(
        response.status, {**response.headers, **flood}, response.body, response.delivery, 0
    )
    _write(request, _head(flooded, len(response.body)) + response.body)
    return _close(request)


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
    }
)


def _head(response: RawResponse, length: int) -> bytes:
    """Write the status line and headers by hand, since aiohttp refuses to tell lies."""
    headers = {**response.headers, "Content-Length": str(length)}
    lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def _write(request: web.Request, data: bytes) -> None:
    """Send raw bytes; raises ConnectionResetError when the client has left."""
    if request.transport is None or request.transport.is_closing():
        raise ConnectionResetError
    request.transport.write(data)


def _close(request: web.Request) -> web.StreamResponse:
    """Close the connection once what was written has gone out."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()  # aiohttp finds the connection closed and drops this

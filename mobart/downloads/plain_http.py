"""HTTP answers as browsers read them, for servers whose answers a strict parser refuses.

Lengths that are told twice or not in digits, lines that are no headers, very long ones, and bytes behind the
end are no reason to lose a picture.  What counts of them: WHATWG Fetch, RFC 9112 §6.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from aiohttp.abc import AbstractResolver
from aiohttp.http import HttpProcessingError
from multidict import CIMultiDict
from yarl import URL

from mobart.downloads.guard import Refuses, guarded_socket

LONGEST_HEAD = 1 << 18
"""Bytes of status and headers: as many as browsers read."""
STEP = 1 << 16
"""Bytes that are read at a time."""
_HEAD = re.compile(rb"\s*HTTP/\d(?:\.\d)?[ \t]+(\d{3})([^\n]*\n(?:.*?\n)??)\r?\n", re.DOTALL)
_LENGTH = re.compile(r"(\d{1,18})\s*(?:,|$)")
_CHUNK = re.compile(rb"\s*([0-9A-Fa-f]{1,8})[^\n]*\n")
_LAST_CHUNK = b"0\r\n\r\n"


class NoHttp(HttpProcessingError):
    """What came is no answer at all."""


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """What came of an answer."""

    status: int
    headers: Mapping[str, str]
    """By their names in any letters; of several the first."""
    body: bytes


async def get(
    url: URL, headers: Mapping[str, str], *, resolver: AbstractResolver, refuses: Refuses,
    tls: ssl.SSLContext, max_bytes: int,
) -> PlainAnswer:  # fmt: skip
    """Ask for *url* on a connection of its own; of a longer body the first *max_bytes*, and one more.

    Raises OSError, or NoHttp.
    """
    secure = url.scheme == "https"
    reader, writer = await asyncio.open_connection(
        sock=await _connected(url, resolver, refuses),
        ssl=tls if secure else None,
        server_hostname=url.raw_host if secure else None,
    )
    try:
        writer.write(_request(url, headers))
        raw = await _received(reader, max_bytes)
    finally:
        writer.close()
    return read_answer(raw, max_bytes + 1)


def read_answer(raw: bytes | bytearray, most: int) -> PlainAnswer:
    """Read what came of an answer, with *most* bytes of its body.  Raises NoHttp."""
    head = _head_of(raw)
    if head is None:
        raise NoHttp(message="no HTTP")
    headers = _headers(head[2])
    start, length = head.end(), _length(headers)
    if _is_chunked(headers):
        body = _joined(raw, start, most)
    else:
        body = bytes(raw[start : start + min(most, most if length is None else length)])
    return PlainAnswer(int(head[1]), headers, body)


async def _connected(url: URL, resolver: AbstractResolver, refuses: Refuses) -> socket.socket:
    """Connect to the first address of the host that answers; each is judged before."""
    loop, make = asyncio.get_running_loop(), guarded_socket(refuses)
    failure = OSError("no address")
    for found in await resolver.resolve(url.raw_host or "", url.port or 0):
        address = (found["host"], found["port"])
        sock = make((found["family"], socket.SOCK_STREAM, found["proto"], "", address))
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, address)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure


def _request(url: URL, headers: Mapping[str, str]) -> bytes:
    host = f"{url.raw_authority}".rpartition("@")[2]
    lines = [f"GET {url.raw_path_qs} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def _received(reader: asyncio.StreamReader, max_bytes: int) -> bytearray:
    """Read to the end of the answer, or until the line breaks."""
    raw = bytearray()
    with suppress(OSError):
        while len(raw) <= LONGEST_HEAD + max_bytes and not _has_ended(raw):
            step = await reader.read(STEP)
            if not step:
                break
            raw += step
    return raw


def _has_ended(raw: bytearray) -> bool:
    head = _head_of(raw)
    if head is None:
        return len(raw) > LONGEST_HEAD
    headers = _headers(head[2])
    if _is_chunked(headers):
        return raw.endswith(_LAST_CHUNK)
    length = _length(headers)
    return length is not None and len(raw) >= head.end() + length


def _head_of(raw: bytes | bytearray) -> re.Match[bytes] | None:
    """Find status and headers, behind those that only announce them (1xx)."""
    head = _HEAD.match(raw, 0, LONGEST_HEAD)
    while head is not None and head[1].startswith(b"1"):
        head = _HEAD.match(raw, head.end(), head.end() + LONGEST_HEAD)
    return head


def _headers(lines: bytes) -> CIMultiDict[str]:
    found = CIMultiDict[str]()
    for line in lines.decode("utf-8", "surrogateescape").split("\n")[1:]:
        name, colon, value = line.partition(":")
        if colon and not name[:1].isspace():
            found.setdefault(name.strip(), value.strip())
    return found


def _is_chunked(headers: Mapping[str, str]) -> bool:
    return "chunked" in headers.get("Transfer-Encoding", "").lower()


def _length(headers: Mapping[str, str]) -> int | None:
    told = _LENGTH.match(headers.get("Content-Length", ""))
    return int(told[1]) if told else None


def _joined(raw: bytes | bytearray, at: int, most: int) -> bytes:
    """Join the chunks that came; the last one may be cut off."""
    body = bytearray()
    while len(body) < most and (size := _CHUNK.match(raw, at)) and int(size[1], 16):
        at = size.end() + int(size[1], 16)
        body += raw[size.end() : at]
    return bytes(body[:most])

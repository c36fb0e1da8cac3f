"""Connections that lead to public hosts only, checked at the last moment.

A name may resolve to a private address, or to another one a second later.  So all answers of the
resolver are checked and handed on, and once more, straight before connecting, the very address
that the socket is about to call; that also sees addresses that need no resolver.
"""

import socket
from collections.abc import Callable
from ipaddress import ip_address

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

from mobart.downloads.addresses import IPAddress

Refuses = Callable[[IPAddress], bool]


class AddressRefused(OSError):
    """The address of a host may not be called."""


class GuardedResolver(AbstractResolver):
    """Passes the answers of another resolver on only if all of them may be called."""

    def __init__(self, resolver: AbstractResolver, refuses: Refuses) -> None:
        """Wrap *resolver*; *refuses* judges its answers."""
        self._resolver = resolver
        self._refuses = refuses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Resolve *host*.  Raises AddressRefused, or OSError if it cannot be resolved."""
        answers = await self._resolver.resolve(host, port, family)
        if any(self._refuses(ip_address(answer["host"])) for answer in answers):
            raise AddressRefused("a name that leads to a private or special address")
        return answers

    async def close(self) -> None:
        """Close the wrapped resolver."""
        await self._resolver.close()


def guarded_socket(refuses: Refuses) -> Callable[[AddrInfoType], socket.socket]:
    """Make a socket factory that refuses before a single packet has left."""

    def open_socket(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        if refuses(ip_address(address[0])):
            raise AddressRefused("a private or special address")
        return socket.socket(family=family, type=kind, proto=protocol)

    return open_socket

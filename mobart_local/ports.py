"""Ports for servers of one's own."""

import socket
from contextlib import suppress
from random import SystemRandom

FIRST, LAST = 10_000, 32_000
"""Between those of well-known services and those that systems give to connections which go out: one of these is never
taken while a server is away that wants it back."""


def free_port(last: int = LAST) -> int:
    """Return a port of loopback that nobody has right now, below *last*."""
    while True:
        port = SystemRandom().randrange(FIRST, last)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port

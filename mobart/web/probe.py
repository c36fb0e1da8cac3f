"""Asking a running worker whether it is well, as a container's health check does.

Standard library only: the check runs every few seconds as a process of its own, and must not cost
the start of everything that the worker imports.
"""

from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit


def probe(url: str, timeout: float = 3.0) -> bool:
    """Return whether *url* (http) answers with a 2xx; never raises.

    No step (connect, send, answer) may take longer than *timeout* seconds.  Neither proxies nor
    redirects are followed: what is asked is this machine.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            return False
        connection = HTTPConnection(parts.hostname, parts.port, timeout=timeout)
        try:
            connection.request("GET", parts.path or "/", headers={"Connection": "close"})
            return 200 <= connection.getresponse().status < 300  # noqa: PLR2004 - 2xx
        finally:
            connection.close()
    except (HTTPException, OSError, OverflowError, ValueError):
        return False

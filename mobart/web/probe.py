"""Asking a running worker whether it is well, as a container's health check does.

Standard library only: the check runs every few seconds as a process of its own, and must not cost
the start of everything that the worker imports.
"""

from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener


class _Stay(HTTPRedirectHandler):
    """Takes a redirect for the answer it is: not a 2xx."""

    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        return None


def probe(url: str, timeout: float = 3.0) -> bool:
    """Return whether *url* (http) answers with a 2xx within *timeout* seconds; never raises.

    Proxies of the environment are not used: what is asked is this machine.
    """
    if not url.startswith("http://"):
        return False
    opener = build_opener(ProxyHandler({}), _Stay())
    try:
        with opener.open(Request(url, method="GET"), timeout=timeout) as answer:  # noqa: S310 - http only, checked above
            return 200 <= int(answer.status) < 300  # noqa: PLR2004 - that is what 2xx means
    except (HTTPError, HTTPException, OSError, ValueError):
        return False

"""The key of PiAPI and LegNext."""

from aiohttp import web

from mobart_local.standin.state import STATE


def wrong_key(request: web.Request) -> str | None:
    """Judge `x-api-key`: the row that refuses it, or none."""
    key, known = request.headers.get("x-api-key", ""), request.app[STATE].api_key
    return "401" if not key or (known is not None and key != known) else None

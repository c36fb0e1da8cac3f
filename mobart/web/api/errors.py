"""Errors of the API as JSON, those included that come before any call is reached."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

PREFIX = "/v1/"
ERROR = 400
"""The first status that is an error."""


@web.middleware
async def json_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Write what aiohttp and the gate refuse, such as an unknown address, as the API's other errors."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        is_plain = error.status >= ERROR and error.content_type == "text/plain"
        if request.path.startswith(PREFIX) and is_plain:
            error.text = json.dumps({"error": error.text})
            error.content_type = "application/json"
        raise

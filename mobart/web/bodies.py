"""Bodies of requests: read whole, in time, and never trusted to be what they say they are."""

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

BODY_SECONDS = 5.0
"""For the whole body of a request."""
MOST_FIELDS = 100


async def body_of(request: web.Request) -> bytes:
    """Return the body.

    Raises:
        web.HTTPException: it does not come, is too large, or is not in the coding that it names.

    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (HttpProcessingError, web.RequestPayloadError):
        raise web.HTTPBadRequest(text="The body cannot be read.\n") from None


async def form_of(request: web.Request) -> Mapping[str, str]:
    """Return the fields of a form as browsers send those of our pages; raises like `body_of`."""
    text = (await body_of(request)).decode(errors="replace")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise web.HTTPBadRequest(text="The form has too many fields.\n") from None

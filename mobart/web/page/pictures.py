"""Pictures of requests, served by Mobart itself: the browser never fetches what a provider made.

Assets are PNGs that Mobart wrote, and their bytes are checked against their digest.  A raw picture is
decoded and written anew in a picture process, like one that is being made.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from mobart.core.errors import Rejected
from mobart.core.ports import RequestReads
from mobart.core.views import RequestView

CACHED = 48 * 2**20
"""Bytes of raw pictures, written anew, that are remembered."""
Loading = Callable[[str], Awaitable[bytes]]
"""Returns what is stored under a key; raises Rejected or Unavailable."""
Repainting = Callable[[bytes], Awaitable[bytes]]
"""Returns a picture as a PNG; raises Rejected or Unavailable."""


@dataclass(slots=True, eq=False)
class Pictures:
    """Serves the pictures of completed requests."""

    requests: RequestReads
    load: Loading
    repaint: Repainting
    _known: OrderedDict[str, bytes] = field(default_factory=OrderedDict)

    async def asset(self, request: web.Request) -> web.Response:
        """Send the finished picture, or the one of another tile."""
        view = await self._view(request)
        key, digest = _stored(view, request.query.get("tile", "1"))
        png = await self._loaded(key)
        if hashlib.sha256(png).hexdigest() != digest:
            raise web.HTTPNotFound(text="What is in the bucket is not this picture.\n")
        return _png(png)

    async def raw(self, request: web.Request) -> web.Response:
        """Send the picture as its provider made it, written anew."""
        view = await self._view(request)
        key = view.told("raw_key")
        if not key:
            raise web.HTTPNotFound(text="The picture as it came was not kept.\n")
        if key not in self._known:
            try:
                self._remember(key, await self.repaint(await self._loaded(key)))
            except Rejected as no:
                raise web.HTTPNotFound(text="The picture cannot be shown.\n") from no
        return _png(self._known[key])

    async def _view(self, request: web.Request) -> RequestView:
        view = await self.requests.find(request.match_info["request_id"])
        if view is None or view.status != "completed":
            raise web.HTTPNotFound(text="There is no such picture.\n")
        return view

    async def _loaded(self, key: str) -> bytes:
        try:
            return await self.load(key)
        except Rejected as no:
            raise web.HTTPNotFound(text="The picture is not in the bucket any more.\n") from no

    def _remember(self, key: str, png: bytes) -> None:
        self._known[key] = png
        while len(self._known) > 1 and sum(map(len, self._known.values())) > CACHED:
            self._known.popitem(last=False)


def _stored(view: RequestView, tile: str) -> tuple[str, str]:
    """Return key and digest of a tile."""
    told = view.completion
    with suppress(ValueError, IndexError, KeyError, TypeError):
        number = int(tile)
        variants = told.get("variants")
        chosen = told if number == 1 else variants[number - 2] if number > 1 and variants else None  # type: ignore[index]
        if isinstance(chosen, dict):
            return str(chosen["s3_key"]), str(chosen["sha256"])
    raise web.HTTPNotFound(text="There is no such tile.\n")


def _png(png: bytes) -> web.Response:
    return web.Response(
        body=png,
        content_type="image/png",
        headers={"Content-Security-Policy": "default-src 'none'; sandbox"},
    )

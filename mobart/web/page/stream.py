"""Server-sent events: the first page follows what happens without asking."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from mobart.core.errors import MobartError
from mobart.core.ports import Clock

EVERY = 1.0
"""Seconds between two looks; what has not changed is not sent."""
QUIET = 15
"""Looks without news after which a comment shows that the connection lives."""
LONGEST = 900
"""Looks after which the browser has to come again, and be let in again."""
MOST = 32
"""Browsers that one worker serves; more are told to come back."""


@dataclass(slots=True, eq=False)
class LiveStream:
    """Sends what *write* returns whenever that has changed."""

    write: Callable[[], Awaitable[str]]
    clock: Clock
    _open: int = 0

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send news until the browser leaves."""
        if self._open >= MOST:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "10"})
        self._open += 1
        try:
            return await self._send(request)
        finally:
            self._open -= 1

    async def _send(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        told, quiet = "", 0
        try:
            for _ in range(LONGEST):
                news = await self._look()
                quiet += 1
                if news and news != told:
                    told, quiet = news, 0
                    await answer.write(event(news))
                elif quiet >= QUIET:
                    quiet = 0
                    await answer.write(b": still here\n\n")
                await self.clock.sleep(EVERY)
        except ConnectionError:
            return answer
        await answer.write_eof()
        return answer

    async def _look(self) -> str:
        """Return the news; "" while Redis is away."""
        try:
            return await self.write()
        except MobartError:
            return ""


def event(text: str) -> bytes:
    """Write *text* as an event."""
    lines = "".join(f"data: {line}\n" for line in text.splitlines())
    return f"event: live\n{lines}\n".encode()

"""A backend that asks for very many requests, reads all outcomes, and asks again for what is unknown."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import RedisError

from tests.daemon.deployment import Deployment, until

IN_FLIGHT = 60
"""Requests that wait or run at a time."""
QUIET = 300.0
"""Seconds in which a worker that is not leaking gets rid of what it has in hand."""
AGAIN_AFTER = 8.0
"""Seconds without an outcome after which the backend looks whether its request is known."""
LOOK = 0.2


@dataclass(slots=True)
class Backend:
    """Asks on the channel and in the stream by turns."""

    deployment: Deployment
    prompt_of: Callable[[str], str]
    unrest: Callable[[], bool] = lambda: False
    """Whether Redis is being hurt, or was a moment ago: then nothing is asked again."""
    asked: dict[str, float] = field(default_factory=dict)
    asked_again: list[tuple[str, float]] = field(default_factory=list)
    """What Redis had neither a record nor an entry of, and when."""
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The first completion of each request that was read in the stream."""
    kept_at: dict[str, float] = field(default_factory=dict)
    over: bool = False
    """Set when it is to read no more: before Python 3.12 the Redis client may lose a cancellation."""
    _last: str = "-"

    async def feed(self, names: Sequence[str]) -> None:
        """Ask for all of *names*, never more than so many at a time, and wait for their outcomes."""
        for name in names:
            await until(lambda: len(self._open()) < IN_FLIGHT, "room for more", QUIET)
            await self._ask(name)
        self.deployment.prompts = {self.prompt_of("").split(",")[0].strip()}
        await until(lambda: not self._open(), "all outcomes", QUIET)

    async def progress(self, outcomes: int) -> None:
        """Wait until so many more requests have ended."""
        enough = len(self.ended()) + outcomes
        while len(self.ended()) < enough:  # noqa: ASYNC110 - for any time
            await asyncio.sleep(LOOK)

    async def has_nothing_left(self) -> bool:
        """Whether the stream is empty: what Redis remembers anew is done again, though its outcome is known."""
        with suppress(RedisError, OSError):
            return not await self.deployment.redis.xlen(f"{{{self.deployment.namespace}}}:requests")
        return False

    def ended(self) -> dict[str, float]:
        """Return when the outcome of each request was known, in Unix seconds."""
        known = dict(self.kept_at)
        for name, at in self.deployment.heard_at.items():
            known[name] = min(at, known.get(name, at))
        return known

    def told(self) -> dict[str, dict[str, Any]]:
        """Return the last completion of each request."""
        heard = {str(body["request_id"]): body for _, body in self.deployment.heard}
        return self.kept | heard

    def announced(self) -> Counter[str]:
        """Count the announcements that were not replays, by request."""
        heard = (body for _, body in self.deployment.heard if "duplicate" not in body)
        return Counter(str(body["request_id"]) for body in heard)

    def _open(self) -> list[str]:
        known = self.deployment.heard_at
        return [name for name in self.asked if name not in known and name not in self.kept_at]

    async def _ask(self, name: str) -> None:
        self.asked[name] = time.time()
        prompt = self.prompt_of(name)
        ask = self.deployment.ask if int(name[2:]) % 2 else self.deployment.enqueue
        with suppress(RedisError, OSError):  # it is asked again
            await ask(name, prompt)

    async def watch(self) -> None:
        """Read completions, and ask again for what is unknown, until it is over."""
        while not self.over:
            with suppress(RedisError, OSError):
                await self._read()
                if not self.unrest():
                    await self._ask_again()
            await asyncio.sleep(LOOK)

    def reread(self) -> None:
        """Read the completions from the first on: Redis may have other ones now."""
        self._last = "-"

    async def _read(self) -> None:
        key = f"{{{self.deployment.namespace}}}:completions"
        entries: Any = await self.deployment.redis.xrange(key, min=self._last)
        for entry, fields in entries:
            body = json.loads(fields[b"completion"])
            name = str(body["request_id"])
            if name not in self.kept:
                self.kept[name], self.kept_at[name] = body, time.time()
            self._last = f"({entry.decode()}"

    async def _ask_again(self) -> None:
        late = time.time() - AGAIN_AFTER
        overdue = [name for name in self._open() if self.asked[name] < late]
        redis, space = self.deployment.redis, f"{{{self.deployment.namespace}}}"
        if not overdue:
            return
        entries: Any = await redis.xrange(f"{space}:requests")
        queued = {json.loads(fields[b"request"])["request_id"] for _, fields in entries}
        for name in overdue:
            if name not in queued and not await redis.exists(f"{space}:job:{name}"):
                self.asked_again.append((name, time.time()))
                await self._ask(name)

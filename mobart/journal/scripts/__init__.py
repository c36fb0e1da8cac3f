"""The Lua scripts, loaded from the files beside this one."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

SHARED = ("prelude", "turns", "outcomes", "known", "leases")
"""What stands in front of every script, in this order."""


class Run(Protocol):
    """How a script is called: keys and arguments as its head lists them."""

    async def __call__(
        self,
        keys: Sequence[str],
        args: Sequence[str | bytes | float],
        client: Any = None,
    ) -> Any:
        """Run it, on another *client* or pipeline if one is given; return what its head says."""


def script(redis: Redis, name: str) -> Run:
    """Return the script *name*, sent by its digest and in full only where Redis forgot it."""
    registered: AsyncScript = redis.register_script(text_of(name))
    return registered


@cache
def text_of(name: str) -> str:
    """Return the text of the script *name*, with what stands before every script."""
    return "\n".join((files(__package__) / f"{part}.lua").read_text() for part in (*SHARED, name))

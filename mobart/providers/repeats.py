"""Asking a free generator again: with growing pauses, and only a few times.

It costs no money, but it occupies a GPU: a prompt that makes the generator fail would otherwise be
generated over and over until the job's deadline.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from mobart.core.errors import Code, InDoubt, Rejected
from mobart.core.ports import Clock
from mobart.providers.sentences import FAILED

T = TypeVar("T")
PAUSES = (5.0, 20.0)
"""Seconds before the second and the third try."""
TRIES = len(PAUSES) + 1


async def repeat(attempt: Callable[[float], Awaitable[T]], *, clock: Clock, seconds: float) -> T:
    """Call *attempt* with the seconds that are left until it ends without a doubt.

    Raises:
        Rejected: all tries ended in doubt, or *seconds* are over.
        Rejected, Unavailable: as *attempt* does.
    """
    begun, doubt, tries = clock.monotonic(), "not tried", 0
    for pause in (0.0, *PAUSES):
        if pause >= seconds - (clock.monotonic() - begun):
            break
        await clock.sleep(pause)
        tries += 1
        try:
            return await attempt(seconds - (clock.monotonic() - begun))
        except InDoubt as again:
            doubt = str(again)  # no more: by its traceback it would refer to itself
    detail = f"after {tries} of {TRIES} tries: {doubt}"
    raise Rejected(Code.GENERATION_FAILED, FAILED, detail=detail)

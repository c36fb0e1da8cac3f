"""What became of a call, as a value that a test can compare."""

from collections.abc import Awaitable

from mobart.core.errors import MobartError


async def outcome(act: Awaitable[object]) -> object:
    """Return what *act* returns or raises; only errors of Mobart may come out."""
    try:
        return await act
    except MobartError as error:
        return error

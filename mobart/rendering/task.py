"""What a studio is given to do, and how it may end."""

from collections.abc import Callable
from typing import TypeVar

from mobart.core.domain import Rendering
from mobart.core.errors import Code, Rejected

Recipe = TypeVar("Recipe")

SPOILED = "The picture could not be processed."


def attempt(
    render_function: Callable[[bytes, Recipe], Rendering], raw: bytes, recipe: Recipe
) -> Rendering:
    """Paint one picture; a bug in *paint* is this picture's failure.

    Raises:
        Rejected: as *paint* raised it, or `PROCESSING_FAILED` for what it should not raise.
        MemoryError: there was not enough, whatever *paint* made of it.

    """
    try:
        return render_function(raw, recipe)
    except MemoryError:
        raise
    except Rejected as no:
        if isinstance(no.__cause__, MemoryError):
            raise no.__cause__ from no
        raise
    except Exception as bug:
        raise failure(f"{type(bug).__name__}: {bug}") from bug


def failure(detail: str) -> Rejected:
    """Say that a picture could not be processed; *detail* is private."""
    return Rejected(Code.PROCESSING_FAILED, SPOILED, detail=detail)

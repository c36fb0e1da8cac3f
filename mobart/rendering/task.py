"""Runs a render function on one picture and sorts its failures."""

from collections.abc import Callable

from mobart.core.domain import Rendering
from mobart.core.errors import Code, Rejected

SPOILED = "The picture could not be processed."


def attempt(render: Callable[[], Rendering]) -> Rendering:
    """Render one picture; a bug in *render* is this picture's failure.

    Raises:
        Rejected: as *render* raised it, or `PROCESSING_FAILED` for what it should not raise.
        MemoryError: there was not enough, whatever *render* made of it.
    """
    try:
        return render()
    except MemoryError:
        raise
    except Rejected as no:
        if isinstance(no.__cause__, MemoryError):
            raise no.__cause__ from no
        raise
    except Exception as bug:
        raise failure(f"{type(bug).__name__}: {bug}") from bug


def failure(detail: str) -> Rejected:
    """Return the error of a picture that could not be processed; *detail* is private."""
    return Rejected(Code.PROCESSING_FAILED, SPOILED, detail=detail)

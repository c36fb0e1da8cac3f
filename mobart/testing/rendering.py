"""A renderer without child processes: for tests, and for development with trusted pictures."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from mobart.core.domain import Rendering
from mobart.rendering.task import attempt, failure

Recipe = TypeVar("Recipe")


class InlineRenderer(Generic[Recipe]):
    """A `Renderer` that renders in threads of this process.

    Nothing is isolated: a crash is the worker's crash, memory and time are not limited, and a
    cancelled picture is rendered to its end.
    """

    def __init__(self, *, render_function: Callable[[bytes, Recipe], Rendering]) -> None:
        """*render_function* is called with the recipe of the request, in any thread."""
        self._render_function = render_function

    @property
    def trouble(self) -> str:
        """See `Renderer`: a thread can always be had."""
        return ""

    async def check(self) -> None:
        """See `Renderer`."""

    async def render(self, raw: bytes, recipe: Recipe) -> Rendering:
        """Post-process *raw*.  Raises Rejected."""
        try:
            return await asyncio.to_thread(attempt, partial(self._render_function, raw, recipe))
        except MemoryError as fault:
            raise failure(f"out of memory over {len(raw)} bytes") from fault

"""A render function that only the children import: the parent needs none of its packages."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from mobart.core.domain import Rendering


@dataclass(frozen=True, slots=True)
class NamedFunction:
    """The function *name* of a module; what is unpickled is the function itself."""

    module: str
    name: str

    def __call__(self, raw: bytes, recipe: object) -> Rendering:
        """Render one picture in this process."""
        return load(self.module, self.name)(raw, recipe)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, str]]:
        """Travel as the name alone."""
        return load, (self.module, self.name)


def load(module: str, name: str) -> Callable[[bytes, Any], Rendering]:
    """Import the function *name* of *module*."""
    function: Callable[[bytes, Any], Rendering] = getattr(import_module(module), name)
    return function

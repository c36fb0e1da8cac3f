"""Which request the current task is about: its ids stand in every line, moment and span of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_ids: ContextVar[Mapping[str, str | None]] = ContextVar("ids", default=MappingProxyType({}))


@contextmanager
def about(**ids: str | None) -> Iterator[None]:
    """Have `known_ids` return *ids* as well while inside, in tasks begun here too."""
    token = _ids.set({**_ids.get(), **ids})
    try:
        yield
    finally:
        _ids.reset(token)


def known_ids() -> Mapping[str, str | None]:
    """Return the ids of the request that this task is about; none outside of jobs."""
    return _ids.get()

"""Which request the current task is about: its ids stand in every line, moment and span of it."""

from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType

_ids: ContextVar[Mapping[str, str | None]] = ContextVar("ids", default=MappingProxyType({}))


class about:  # noqa: N801 - reads as what it does
    """Have `known_ids` return *ids* as well while inside, in tasks begun here too."""

    __slots__ = ("_known", "_token")

    def __init__(self, **ids: str | None) -> None:
        """Take the ids."""
        self._known = ids

    def __enter__(self) -> None:
        """Go inside."""
        self._token = _ids.set({**_ids.get(), **self._known})

    def __exit__(self, *_: object) -> None:
        """Go out again."""
        _ids.reset(self._token)


def known_ids() -> Mapping[str, str | None]:
    """Return the ids of the request that this task is about; none outside of jobs."""
    return _ids.get()

"""Downloads in memory, for tests and models."""

import asyncio
from collections.abc import Iterable, Mapping

from mobart.core.domain import Picture
from mobart.core.errors import Code, Rejected, Unavailable


class MemoryDownloads:
    """`Downloads` out of a table; *files* is by address, *default* stands for all others."""

    def __init__(
        self,
        files: Mapping[str, bytes] | None = None,
        *,
        default: bytes | None = None,
        failures: Iterable[Rejected | Unavailable] = (),
    ) -> None:
        """*failures* are raised first, one a fetch, before anything is found."""
        self.fetched: list[str] = []
        self._files = dict(files or {})
        self.default = default
        self._failures = list(failures)

    async def fetch(self, picture: Picture, *, partial: bool = False) -> bytes:  # noqa: ARG002 - its files are whole
        """Return the file of the first address that has one.  See `Downloads.fetch`."""
        await asyncio.sleep(0)
        if self._failures:
            raise self._failures.pop(0)
        for url in picture.urls:
            data = self._files.get(url, self.default)
            if data is not None:
                self.fetched.append(url)
                return data
        raise Rejected(Code.DOWNLOAD_FAILED, "There is no such picture.")

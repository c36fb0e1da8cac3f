"""Pictures that are read from our own store, beside those that come over HTTP."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mobart.core.domain import Picture
from mobart.core.ports import Downloads
from mobart.downloads.formats import check_whole


@dataclass(frozen=True, slots=True)
class StoredDownloads:
    """`Downloads` that read stored raw pictures, and leave all other addresses to *elsewhere*."""

    scheme: str
    """What the address of a stored picture begins with."""
    load: Callable[[str], Awaitable[bytes]]
    elsewhere: Downloads

    async def fetch(self, picture: Picture) -> bytes:
        """See `Downloads`."""
        keys = [url for url in picture.urls if url.startswith(self.scheme)]
        if not keys:
            return await self.elsewhere.fetch(picture)
        return check_whole(await self.load(keys[0].removeprefix(self.scheme)))

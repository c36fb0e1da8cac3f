"""Pictures from our own store or in their address itself, beside those that come over HTTP."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mobart.core.data_uri import file_in, is_data_uri
from mobart.core.domain import Picture
from mobart.core.ports import Downloads
from mobart.downloads.formats import check_whole


@dataclass(frozen=True, slots=True)
class StoredDownloads:
    """`Downloads` that read stored raw pictures and `data:` URIs; *elsewhere* fetches all others."""

    scheme: str
    """What the address of a stored picture begins with."""
    load: Callable[[str], Awaitable[bytes]]
    elsewhere: Downloads

    async def fetch(self, picture: Picture, *, partial: bool = False) -> bytes:
        """See `Downloads`."""
        inline = [url for url in picture.urls if is_data_uri(url)]
        if inline:
            return check_whole(file_in(inline[0]), partial=partial)
        keys = [url for url in picture.urls if url.startswith(self.scheme)]
        if not keys:
            return await self.elsewhere.fetch(picture, partial=partial)
        stored = await self.load(keys[0].removeprefix(self.scheme))
        return check_whole(stored, partial=partial)

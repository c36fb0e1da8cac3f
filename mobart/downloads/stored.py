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

    async def fetch(self, picture: Picture) -> bytes:
        """See `Downloads`."""
        inline = [url for url in picture.urls if is_data_uri(url)]
        if inline:
            return check_whole(file_in(inline[0]))
        keys = [url for url in picture.urls if url.startswith(self.scheme)]
        if not keys:
            return await self.elsewhere.fetch(picture)
        return check_whole(await self.load(keys[0].removeprefix(self.scheme)))

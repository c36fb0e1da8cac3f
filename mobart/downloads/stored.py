"""Pictures that are fetched from the vault, beside those that come over HTTP."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mobart.core.domain import Picture
from mobart.core.errors import Code, Rejected
from mobart.core.ports import Downloads
from mobart.downloads.formats import is_whole, sniff

SPOILED = "What the image provider delivered is not a usable picture."


@dataclass(frozen=True, slots=True)
class StoredDownloads:
    """`Downloads` that ask the vault for addresses of its own, and *elsewhere* for all others."""

    scheme: str
    """What an address of the vault begins with."""
    load: Callable[[str], Awaitable[bytes]]
    elsewhere: Downloads

    async def fetch(self, picture: Picture) -> bytes:
        """See `Downloads`."""
        keys = [url for url in picture.urls if url.startswith(self.scheme)]
        if not keys:
            return await self.elsewhere.fetch(picture)
        raw = await self.load(keys[0].removeprefix(self.scheme))
        kind = sniff(raw)
        if kind is None or not is_whole(raw, kind):
            raise Rejected(Code.IMAGE_INVALID, SPOILED, detail="the kept picture is broken")
        return raw

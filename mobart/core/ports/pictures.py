"""What becomes of a picture: fetched, made fit for games, kept."""

from typing import Protocol

from mobart.core.domain import (
    Asset,
    GenerationRequest,
    Picture,
    Rendering,
)


class Downloads(Protocol):
    """Where generated pictures are fetched."""

    async def fetch(self, picture: Picture) -> bytes:
        """Return the bytes of the first address that yields a whole picture.

        Raises:
            Rejected: no address may be, or can be, used.
            Unavailable: worth another try.

        """


class Renderer(Protocol):
    """Where pictures are made fit for games."""

    async def render(self, raw: bytes, request: GenerationRequest) -> Rendering:
        """Post-process a picture off the event loop.  Raises Rejected or Unavailable."""


class AssetStore(Protocol):
    """Where finished pictures are kept."""

    async def put(self, key: str, rendering: Rendering) -> Asset:
        """Store a picture under *key*; the same picture again is no harm.

        Another picture that has this key is never overwritten: the new one is stored beside it,
        and the asset tells its key.  A rendering's sidecar is stored with it under the same name,
        as `.json`.  Raises Unavailable, or Rejected where trying again is no use.
        """

    async def check(self) -> None:
        """Prove that the store is there and can be written.  Raises Rejected or Unavailable."""

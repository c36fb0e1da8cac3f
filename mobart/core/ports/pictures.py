"""Fetching, processing and storing pictures."""

from typing import Protocol, TypeVar

from mobart.core.domain import Asset, Picture, Rendering

Recipe_contra = TypeVar("Recipe_contra", contravariant=True)


class Downloads(Protocol):
    """Fetches generated pictures."""

    async def fetch(self, picture: Picture, *, partial: bool = False) -> bytes:
        """Return the bytes of the first address that yields a whole picture.

        If *partial*, and none does, return what there is of a picture that is cut short.

        Raises:
            Rejected: no address may be used, or none leads to a picture.
            Unavailable: worth another try.
        """


class Renderer(Protocol[Recipe_contra]):
    """Turns generated pictures into game assets."""

    @property
    def trouble(self) -> str:
        """Why no picture at all can be processed, as it was last tried; empty if one can."""

    async def check(self) -> None:
        """Try whether pictures can be processed.  Raises Unavailable."""

    async def render(self, raw: bytes, recipe: Recipe_contra) -> Rendering:
        """Post-process a picture off the event loop.  Raises Rejected or Unavailable."""


class ReferenceStore(Protocol):
    """Pictures that are in the bucket already, for requests that refer to them."""

    async def get_bounded(self, key: str, max_bytes: int) -> bytes:
        """Return what is under *key*; Rejected if nothing is, or too much.  Raises Unavailable."""

    async def sign(self, key: str, seconds: float) -> str:
        """Return an address from which it can be fetched for some time.  Raises Unavailable."""


class AssetStore(Protocol):
    """Stores finished pictures."""

    async def put(self, key: str, rendering: Rendering) -> Asset:
        """Store a picture under *key*; the same picture again is no harm.

        Another picture that has this key is never overwritten: the new one is stored beside it,
        and the asset has its key.  A rendering's sidecar is stored with it under the same name,
        as `.json`.  Raises Unavailable, or Rejected where a retry would fail too.
        """

    async def check(self) -> None:
        """Prove that the store is there and can be written.  Raises Rejected or Unavailable."""

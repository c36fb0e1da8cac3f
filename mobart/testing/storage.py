"""A store in memory, for tests and for development without S3; it can be set to fail."""

from dataclasses import dataclass, field

from mobart.core.domain import Asset, Rendering
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.storage.location import alternate_key
from mobart.storage.problems import NOT_KEPT, NOT_STORED
from mobart.storage.uploads import sidecar_object


@dataclass(slots=True)
class MemoryPictures:
    """`SharedPictures` of one process."""

    room: int = 2**26
    """Bytes of all of them together."""
    held: dict[str, bytes] = field(default_factory=dict)

    async def put(self, key: str, raw: bytes) -> bool:
        """See `SharedPictures`."""
        others = sum(len(one) for name, one in self.held.items() if name != key)
        if others + len(raw) > self.room:
            return False
        self.held[key] = raw
        return True

    async def get(self, key: str) -> bytes | None:
        """See `SharedPictures`."""
        return self.held.get(key)


@dataclass(slots=True)
class MemoryStore:
    """An `AssetStore` whose pictures live as long as it does."""

    base_url: str = "https://assets.invalid"
    objects: dict[str, bytes] = field(default_factory=dict)
    puts: int = 0
    """How often `put` was called, failures included."""
    away: int = 0
    """How many calls will still find the store away."""
    denied: bool = False

    async def put(self, key: str, rendering: Rendering) -> Asset:
        """Keep a picture under *key*, or beside another that has it."""
        wanted = key
        self.puts += 1
        self._be_away()
        if self.denied:
            raise Unavailable(Code.STORAGE_DENIED, NOT_STORED, detail="writing was denied")
        if self.objects.setdefault(key, rendering.png) != rendering.png:
            key = alternate_key(key, rendering.sha256)
            self.objects[key] = rendering.png
        sidecar_key = ""
        if rendering.sidecar:
            sidecar_key, text = sidecar_object(rendering, wanted, key)
            self.objects[sidecar_key] = text
        return Asset(
            key=key,
            url=f"{self.base_url}/{key}",
            width=rendering.width,
            height=rendering.height,
            bytes=len(rendering.png),
            sha256=rendering.sha256,
            sidecar_key=sidecar_key,
        )

    async def put_raw(self, key: str, raw: bytes) -> None:
        """See `RawPictureStore`."""
        self._be_away()
        self.objects[key] = raw

    async def raw_exists(self, key: str) -> bool:
        """See `RawPictureStore`."""
        self._be_away()
        return key in self.objects

    async def get_raw(self, key: str) -> bytes:
        """See `RawPictureStore`."""
        self._be_away()
        if key not in self.objects:
            raise Rejected(Code.DOWNLOAD_FAILED, NOT_KEPT, detail="the store does not have it")
        return self.objects[key]

    async def get_bounded(self, key: str, max_bytes: int) -> bytes:
        """See `ReferenceStore`."""
        raw = await self.get_raw(key)
        if len(raw) > max_bytes:
            raise Rejected(Code.IMAGE_TOO_LARGE, "The picture is too large.")
        return raw

    async def sign(self, key: str, seconds: float) -> str:
        """See `ReferenceStore`."""
        self._be_away()
        return f"{self.base_url}/{key}?expires={seconds:g}&signature=x"

    async def check(self) -> None:
        """Raise Unavailable while `away`, or Rejected if `denied`."""
        self._be_away()
        if self.denied:
            raise Rejected(Code.STORAGE_DENIED, NOT_STORED, detail="writing is denied")

    def _be_away(self) -> None:
        if self.away:
            self.away -= 1
            raise Unavailable(Code.STORAGE_UNAVAILABLE, NOT_STORED, detail="the store is away")

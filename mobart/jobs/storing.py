"""Puts what a job has made into the store: the picture, its variants, and the raw picture."""

from dataclasses import dataclass
from functools import partial

from mobart.core.domain import Asset, Picture, Rendering
from mobart.core.errors import MobartError, Rejected
from mobart.core.events import LogEvent
from mobart.core.ports import AssetStore, Observer, RawPictureStore
from mobart.core.retry import Retrier
from mobart.jobs.spec import JobContext


@dataclass(frozen=True, slots=True)
class Storing:
    """*keep_raw* also stores pictures as their provider made them, to be processed again."""

    store: AssetStore
    raw_store: RawPictureStore
    retrier: Retrier
    observer: Observer
    keep_raw: bool = False

    async def put_assets(
        self, context: JobContext, rendering: Rendering, until: float
    ) -> tuple[Asset, ...]:
        """Store a picture under the request's key, and its variants beside it as `~2` and on.

        Waits for a store that is away, up to *until* (monotonic seconds).  Raises Rejected.
        """
        request = context.request
        stem = f"generated/{request.user_id}/{request.request_id}"
        assets = [await self._put(context, f"{stem}.png", rendering, until)]
        for number, variant in enumerate(rendering.variants, 2):
            assets.append(await self._put(context, f"{stem}~{number}.png", variant, until))
        return tuple(assets)

    async def _put(
        self, context: JobContext, key: str, rendering: Rendering, until: float
    ) -> Asset:
        put = partial(self.store.put, key, rendering)
        put = partial(context.slot.transfer, put, holding=True)
        asset, seconds = await self.retrier.timed_retry(put, until=until)
        if asset.key != key:
            self.observer.note(LogEvent.KEY_TAKEN, key=key)
        self.observer.note(LogEvent.ASSET_STORED, key=asset.key, bytes=asset.bytes, seconds=seconds)
        return asset

    async def keep_spoiled(
        self, no: Rejected, context: JobContext, picture: Picture, raw: bytes
    ) -> None:
        """Keep a paid picture with which nothing can be done, if that is wanted, and say in *no* where."""
        key = await self.put_raw(context, picture, raw) if raw else ""
        if key:
            self.observer.note(LogEvent.RAW_KEPT, key=key, bytes=len(raw))
            no.hint = f"{no.hint} What came is kept as {key}.".strip()

    async def put_raw(self, context: JobContext, picture: Picture, raw: bytes) -> str:
        """Store a picture as it came, if that is wanted; return its key, or "".

        It is tried once: the asset matters more than a copy of what it was made from.
        """
        if picture.raw_key or not self.keep_raw:
            return picture.raw_key
        request = context.request
        key = f"raw/{request.user_id}/{request.request_id}"
        try:
            await context.slot.transfer(partial(self.raw_store.put_raw, key, raw), holding=True)
        except MobartError as error:
            self.observer.note(LogEvent.RAW_LOST, key=key, detail=str(error))
            return ""
        return key

"""Puts what a job has made into the store: the picture, its variants, and the raw picture."""

from dataclasses import dataclass
from functools import partial

from mobart.core.domain import Asset, Picture, Rendering
from mobart.core.errors import MobartError, Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.ports import AssetStore, Downloads, Observer, RawPictureStore
from mobart.core.retry import Retrier
from mobart.jobs.polling import Polling
from mobart.jobs.spec import JobContext


@dataclass(frozen=True, slots=True)
class Storing:
    """*keep_raw* also stores pictures as their provider made them, to be processed again."""

    store: AssetStore
    raw_store: RawPictureStore
    polling: Polling
    downloads: Downloads
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
        self, no: Rejected, context: JobContext, picture: Picture, raw: bytes, until: float
    ) -> None:
        """Keep a paid picture with which nothing can be done, if that is wanted, and say in *no* where.

        It is all that there is for the money, so a store that is away is waited for.
        """
        if not raw or not self._wants(picture):
            return
        key = picture.raw_key or await self._put_raw(context, raw, until)
        if key:
            self.observer.note(LogEvent.RAW_KEPT, key=key, bytes=len(raw))
            no.hint = f"{no.hint} What came is kept as {key}.".strip()

    async def put_raw(self, context: JobContext, picture: Picture, raw: bytes) -> str | None:
        """Store a picture as it came, if that is wanted; return its key, or "".

        None is for one that the store may take once it has taken the asset: that matters more than a copy of
        what it was made from, and nobody keeps both in memory while a store is away.
        """
        if picture.raw_key or not self._wants(picture):
            return picture.raw_key
        if picture.unstored:
            return None
        try:
            return await self._transfer(context, raw)
        except Unavailable:
            return None
        except MobartError as error:
            return self._lost(context, error)

    async def put_raw_late(self, context: JobContext) -> str:
        """Fetch a picture once more and store it as it came; return its key, or ""."""
        picture = None
        try:
            picture = await self.polling.ask_again(context.claim)
            raw = await context.slot.transfer(partial(self.downloads.fetch, picture))
            return await self._transfer(context, raw)
        except MobartError as error:
            told_before = picture is not None and picture.unstored
            return "" if told_before else self._lost(context, error)

    def _wants(self, picture: Picture) -> bool:
        return self.keep_raw or picture.unstored or bool(picture.raw_key)

    async def _put_raw(self, context: JobContext, raw: bytes, until: float) -> str:
        try:
            return await self.retrier.retry(partial(self._transfer, context, raw), until=until)
        except MobartError as error:
            return self._lost(context, error)

    async def _transfer(self, context: JobContext, raw: bytes) -> str:
        key = raw_key_of(context)
        await context.slot.transfer(partial(self.raw_store.put_raw, key, raw), holding=True)
        return key

    def _lost(self, context: JobContext, error: MobartError) -> str:
        self.observer.note(LogEvent.RAW_LOST, key=raw_key_of(context), detail=str(error))
        return ""


def raw_key_of(context: JobContext) -> str:
    """Return where the raw picture of a job is stored."""
    return f"raw/{context.request.user_id}/{context.request.request_id}"

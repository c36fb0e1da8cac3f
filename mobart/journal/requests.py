"""`RequestReads` on Redis."""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from mobart.core.errors import Code
from mobart.core.views import Moment, Page, Query, RequestView
from mobart.journal.connection import translated
from mobart.journal.keys import UNDELIVERED, Keys
from mobart.journal.record_view import FIELDS, refusal_view, unread_view, view_of
from mobart.journal.recording import decode_moment

CHUNK = 200
"""Records read in one round trip."""
SCANNED = 2000
"""Records that one page looks at; beyond that it ends, and the next page goes on there."""
UNSETTLED = frozenset({"waiting", "running"})


class RedisRequests:
    """Reads records, timelines and the indexes over them."""

    def __init__(self, redis: Redis, *, keys: Keys) -> None:
        """Use *redis* for short commands only."""
        self._redis = redis
        self._keys = keys

    async def find(self, request_id: str) -> RequestView | None:
        """See `RequestReads`."""
        with translated():
            found = (await self._views([request_id]))[0]
            if found is not None:
                return found
            refused: Any = await self._redis.get(self._keys.refused(request_id))
            if refused:
                return refusal_view(refused)
            unread = await self._entries(SCANNED)
        return next((one for one in unread if one.request.request_id == request_id), None)

    async def timeline(self, request_id: str) -> Sequence[Moment]:
        """See `RequestReads`."""
        with translated():
            told: list[Any] = await self._redis.lrange(self._keys.trail(request_id), 0, -1)
        # a batch whose answer was lost is written twice
        return sorted(
            (decode_moment(one) for one in dict.fromkeys(told)), key=lambda moment: moment.at
        )

    async def list_live(self, limit: int) -> Sequence[RequestView]:
        """See `RequestReads`."""
        with translated():
            unread = {one.request.request_id: one for one in await self._entries(limit)}
            known = await self._views(list(unread))
        found = [view or one for view, one in zip(known, unread.values(), strict=True)]
        return [view for view in found if view.status in UNSETTLED]

    async def _entries(self, limit: int) -> Sequence[RequestView]:
        """Return the oldest requests of the stream as they lie there, whatever is known of them."""
        entries: Any = await self._redis.xrange(self._keys.requests, count=limit)
        found = (
            unread_view(fields.get(b"request", b""), at=int(entry.partition(b"-")[0]) / 1000)
            for entry, fields in entries
        )
        return [view for view in found if view is not None]

    async def list_requests(self, query: Query) -> Page:
        """See `RequestReads`."""
        if query.status in UNSETTLED:
            live = [view for view in await self.list_live(SCANNED) if query.matches(view)]
            return Page(list(reversed(live))[: query.limit])
        with translated():
            return await self._page(query, self._keys.index(_index_of(query)))

    async def _page(self, query: Query, index: str) -> Page:
        found: list[RequestView] = []
        start = await self._start(index, query.after)
        for first in range(start, start + SCANNED, CHUNK):
            members: Any = await self._redis.zrevrange(index, first, first + CHUNK - 1)
            ids = [member.decode("utf-8", "replace") for member in members]
            views = await self._known(ids)
            for request_id, view in zip(ids, views, strict=True):
                if view is not None and query.matches(view):
                    found.append(view)
                if len(found) == query.limit:
                    return Page(found, after=request_id)
            if len(ids) < CHUNK or all(_too_old(view, query) for view in views):
                return Page(found)
        return Page(found, after=ids[-1])

    async def _start(self, index: str, after: str) -> int:
        """Return the position behind *after*, or 0 if that is not known."""
        rank: Any = await self._redis.zrevrank(index, after) if after else None
        return 0 if rank is None else rank + 1

    async def _known(self, ids: Sequence[str]) -> list[RequestView | None]:
        """Read records, and refusals where there is none."""
        views = await self._views(ids)
        gone = [one for one, view in zip(ids, views, strict=True) if view is None]
        if not gone:
            return views
        told: list[Any] = await self._redis.mget([self._keys.refused(one) for one in gone])
        refused = {one: refusal_view(each) for one, each in zip(gone, told, strict=True) if each}
        return [view or refused.get(one) for one, view in zip(ids, views, strict=True)]

    async def _views(self, ids: Sequence[str]) -> list[RequestView | None]:
        if not ids:
            return []
        pipeline = self._redis.pipeline(transaction=False)
        for request_id in ids:
            pipeline.hmget(self._keys.job(request_id), FIELDS)
        answers: list[Any] = await pipeline.execute(raise_on_error=False)
        return [view_of(one) if isinstance(one, list) else None for one in answers]


def _index_of(query: Query) -> str:
    """Return the name of the index that leaves least to look at."""
    if query.undelivered:
        return UNDELIVERED
    if query.user_id:
        return f"user:{query.user_id}"
    if query.code in set(Code):
        return f"code:{query.code}"
    if query.status == "in_doubt":
        return "doubt"
    # only what was completed says by which preset and provider
    fields = ("preset", "provider", "status") if query.status == "completed" else ("status",)
    chosen = next((field for field in fields if getattr(query, field)), "")
    return f"{chosen}:{getattr(query, chosen)}" if chosen else "all"


def _too_old(view: RequestView | None, query: Query) -> bool:
    return view is None or view.changed_at < query.since

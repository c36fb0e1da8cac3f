"""`RequestReads` on Redis."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from redis.asyncio import Redis

from mobart.core.errors import Code
from mobart.core.views import Moment, Page, Query, RequestView
from mobart.journal.failures import translated
from mobart.journal.keys import UNDELIVERED, Keys
from mobart.journal.record_view import FIELDS, refusal_view, unread_view, view_of
from mobart.journal.recording import decode_moment

Views = Sequence[tuple[str, RequestView | None]]
"""Requests as they stand, by their ids; None for one that is forgotten."""
Reading = Callable[[int, int], Awaitable[Views]]
"""Returns so many requests from a position on."""
CHUNK = 200
"""Records read in one round trip, at most."""
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
            found = await self._stand(await self._entries(limit))
        return [view for view in found if view.status in UNSETTLED]

    async def _entries(self, limit: int) -> Sequence[RequestView]:
        """Return the oldest requests of the stream as they lie there, whatever is known of them."""
        entries: Any = await self._redis.xrange(self._keys.requests, count=limit)
        found = (
            unread_view(fields.get(b"request", b""), at=int(entry.partition(b"-")[0]) / 1000)
            for entry, fields in entries
        )
        return list({view.request.request_id: view for view in found if view}.values())

    async def _stand(self, unread: Sequence[RequestView]) -> list[RequestView]:
        """Return requests of the stream as their records say, where there are any."""
        known = await self._views([one.request.request_id for one in unread])
        return [view or one for view, one in zip(known, unread, strict=True)]

    async def list_requests(self, query: Query) -> Page:
        """See `RequestReads`."""
        with translated():
            if query.status in UNSETTLED:
                newest = (await self._entries(SCANNED))[::-1]
                ids = [one.request.request_id for one in newest]
                start = ids.index(query.after) + 1 if query.after in ids else 0
                return await self._page(query, start, partial(self._read_live, newest))
            index = self._keys.index(_index_of(query))
            start = await self._start(index, query.after)
            return await self._page(query, start, partial(self._read_index, index))

    async def _page(self, query: Query, start: int, read: Reading) -> Page:
        """Look at what *read* returns from *start* on, ever more at once, until the page is full."""
        found, last = list[RequestView](), ""
        first, chunk = start, min(query.limit, CHUNK)
        while first < start + SCANNED:
            views = await read(first, chunk)
            for last, view in views:
                if view is not None and query.matches(view):
                    found.append(view)
                if len(found) == query.limit:
                    return Page(found, after=last)
            if len(views) < chunk or all(_too_old(view, query) for _, view in views):
                return Page(found)
            first, chunk = first + chunk, min(2 * chunk, CHUNK)
        return Page(found, after=last)

    async def _read_index(self, index: str, first: int, count: int) -> Views:
        members: Any = await self._redis.zrevrange(index, first, first + count - 1)
        ids = [member.decode("utf-8", "replace") for member in members]
        return list(zip(ids, await self._known(ids), strict=True))

    async def _read_live(self, newest: Sequence[RequestView], first: int, count: int) -> Views:
        some = await self._stand(newest[first : first + count])
        return [(one.request.request_id, one) for one in some]

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

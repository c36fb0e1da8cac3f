"""`Recording`, `RequestReads`, `StatusReads` and `UserReads` in memory."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mobart.core.domain import Stage
from mobart.core.spending import most_expensive, spent_by_provider
from mobart.core.views import (
    MOMENTS_KEPT,
    Batch,
    Bucket,
    Failures,
    Moment,
    Page,
    Query,
    RequestView,
    Spending,
    Spent,
    UserView,
    WorkerStatus,
)
from mobart.journal.record_view import refusal_view, unread_view
from mobart.journal.recording import SILENCE
from mobart.journal.requests import UNSETTLED
from mobart.journal.status import BY_MINUTE, PAID
from mobart.testing.memory_redis import ANY_TIME_AGO, Record
from mobart.testing.memory_view import MemoryView


@dataclass(frozen=True, slots=True)
class MemoryRecording:
    """Writes as `RedisRecording` does."""

    view: MemoryView

    async def write(self, batch: Batch) -> None:
        """See `Recording`."""
        redis, now = self.view.redis, self.view.clock.now()
        for request_id, moments in batch.moments.items():
            told = [*redis.trails.get(request_id, ()), *moments]
            redis.trails[request_id] = told[-MOMENTS_KEPT:]
        redis.undelivered |= set(batch.undelivered)
        if batch.status is None:
            return
        redis.workers[batch.status.worker] = (now.timestamp(), batch.status)
        bought = redis.buyers.setdefault(now.date(), {})
        for user, spent in batch.buyers.items():
            bought[user] = bought.get(user, Spent()) + spent
        for span in (60, 3600):
            bucket = redis.stats.setdefault((span, int(now.timestamp()) // span), Counter())
            bucket.update(batch.counts)
            bucket["outstanding"] = max(bucket["outstanding"], len(redis.entries))


@dataclass(frozen=True, slots=True)
class MemoryRequests:
    """Reads as `RedisRequests` does."""

    view: MemoryView

    async def find(self, request_id: str) -> RequestView | None:
        """See `RequestReads`."""
        record = self.view.redis.records.get(request_id)
        if record is not None:
            return self._shown(record)
        told = (one for one in self.view.redis.completions if request_id.encode() in one)
        refused = [one for one in map(refusal_view, told) if one.request.request_id == request_id]
        if refused:
            return refused[-1]
        return next((one for one in self._unread() if one.request.request_id == request_id), None)

    async def timeline(self, request_id: str) -> Sequence[Moment]:
        """See `RequestReads`."""
        moments = self.view.redis.trails.get(request_id, [])
        return sorted(moments, key=lambda moment: moment.at)

    async def list_live(self, limit: int) -> Sequence[RequestView]:
        """See `RequestReads`."""
        shown = [*map(self._shown, self.view.redis.records.values()), *self._unread()]
        return [one for one in shown if one.stage is not Stage.SETTLED][:limit]

    async def list_requests(self, query: Query) -> Page:
        """See `RequestReads`."""
        shown = [*map(self._shown, self.view.redis.records.values()), *self._unread()]
        if query.status not in UNSETTLED:  # the indexes know only what was taken in
            shown = [one for one in shown if one.taken_in]
        newest = sorted(shown, key=lambda one: one.changed_at, reverse=True)
        never = self.view.redis.undelivered
        if query.undelivered:
            newest = [one for one in newest if one.request.request_id in never]
        found = [one for one in newest if query.matches(one)]
        ids = [one.request.request_id for one in found]
        first = ids.index(query.after) + 1 if query.after in ids else 0
        page = found[first : first + query.limit]
        full = len(page) == query.limit
        return Page(page, after=page[-1].request.request_id if full else "")

    def _unread(self) -> Sequence[RequestView]:
        """Return what lies in the stream and has no record yet."""
        entries = self.view.redis.entries.values()
        times = [(one.payload, self._wall(one.added_at) or 0.0) for one in entries]
        views = [unread_view(payload, at=at) for payload, at in times]
        known = self.view.redis.records
        return [one for one in views if one is not None and one.request.request_id not in known]

    def _shown(self, record: Record) -> RequestView:
        told = json.loads(record.completion or b"{}")
        in_doubt = record.settled and told.get("paid") == "unknown" and not record.resolved
        return RequestView(
            record.job.request,
            record.job.stage,
            provider=record.job.provider,
            ticket=record.job.ticket.reference if record.job.ticket else "",
            accepted_at=self._wall(record.heard_at),
            claimed_at=self._wall(record.claimed_at),
            paying_at=self._wall(record.paying_at),
            paid_at=self._wall(record.paid_at),
            settled_at=self._wall(record.settled_at),
            completion=told,
            in_doubt=in_doubt,
            made_from=record.job.made_from,
            cancelled=record.cancelled,
        )

    def _wall(self, at: float | None) -> float | None:
        clock = self.view.clock
        return None if at is None else clock.now().timestamp() - (clock.monotonic() - at)


@dataclass(frozen=True, slots=True)
class MemoryStatus:
    """Reads as `RedisStatus` does."""

    view: MemoryView

    async def workers(self) -> Sequence[WorkerStatus]:
        """See `StatusReads`."""
        oldest = self.view.clock.now().timestamp() - SILENCE
        told = self.view.redis.workers.values()
        return sorted((one for at, one in told if at > oldest), key=lambda one: one.worker)

    async def failures(self, *, since: float) -> Sequence[Failures]:
        """See `StatusReads`."""
        query = Query(since=since, limit=10**6)
        page = await MemoryRequests(self.view).list_requests(query)
        failed = [one for one in page.requests if one.told("error_code")]
        counts = Counter(one.told("error_code") for one in failed)
        paid = Counter((one.told("error_code"), one.told("paid").lower()) for one in failed)
        return [
            Failures(code, count, {each: paid[code, each] for each in PAID})
            for code, count in counts.most_common()
        ]

    async def spending(self, *, days: int = 1) -> Spending:
        """See `StatusReads`."""
        today, redis = self.view.clock.now().date(), self.view.redis
        first = today.toordinal() - days + 1
        total = sum(count for (day, _), count in redis.spent.items() if day == today)
        epoch = date(1970, 1, 1).toordinal()
        return Spending(
            Spent(total, redis.money[today] / 1_000_000),
            spent_by_provider(
                counts
                for (span, number), counts in redis.stats.items()
                if span == 3600 and number // 24 + epoch >= first  # noqa: PLR2004 - hours
            ),
            most_expensive(
                pair
                for day, users in redis.buyers.items()
                if day.toordinal() >= first
                for pair in users.items()
            ),
            days,
        )

    async def history(self, *, minutes: int) -> Sequence[Bucket]:
        """See `StatusReads`."""
        span = 60 if minutes <= BY_MINUTE else 3600
        last = int(self.view.clock.now().timestamp()) // span
        numbers = range(last - minutes * 60 // span + 1, last + 1)
        stats = self.view.redis.stats
        return [Bucket(number * span, dict(stats.get((span, number), {}))) for number in numbers]

    async def user(self, user_id: str) -> UserView:
        """See `UserReads`."""
        redis, clock = self.view.redis, self.view.clock
        left = redis.suspended.get(user_id, ANY_TIME_AGO) - clock.monotonic()
        spent = redis.spent[clock.now().date(), user_id]
        return UserView(user_id, spent, redis.busy(user_id), max(0.0, left))

    async def paused(self) -> bool:
        """See `UserReads`."""
        return self.view.redis.paused

    async def outstanding(self) -> int:
        """See `UserReads`."""
        return len(self.view.redis.entries)

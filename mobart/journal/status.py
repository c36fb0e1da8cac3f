"""`StatusReads` and `UserReads` on Redis."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from redis.asyncio import Redis

from mobart.core.errors import Code
from mobart.core.ports import Clock
from mobart.core.spending import date_of, most_expensive, spent_by_provider
from mobart.core.views import (
    Bucket,
    Failures,
    Progress,
    Spending,
    Spent,
    UserView,
    WorkerStatus,
)
from mobart.journal.failures import translated
from mobart.journal.keys import Keys

BY_MINUTE = 120
"""Minutes that are shown one by one; beyond that, hours are."""
MOST_BUYERS = 1000
"""Users of one day that are looked at."""
DAY, HOUR, HOURS = 86_400, 3600, 24
MILLION = 1_000_000
PAID = ("true", "false", "unknown")
MOST_WORKERS = 500


class RedisStatus:
    """Reads what workers tell and what was counted."""

    def __init__(self, redis: Redis, *, keys: Keys, clock: Clock) -> None:
        """Use *redis* for short commands only."""
        self._redis = redis
        self._keys = keys
        self._clock = clock

    async def workers(self) -> Sequence[WorkerStatus]:
        """See `StatusReads`."""
        with translated():
            names: Any = await self._redis.zrevrange(self._keys.workers, 0, MOST_WORKERS - 1)
            keys = [self._keys.worker(name.decode()) for name in names]
            told: list[Any] = await self._redis.mget(keys) if keys else []
        return sorted((decode_status(one) for one in told if one), key=lambda one: one.worker)

    async def failures(self, *, since: float) -> Sequence[Failures]:
        """See `StatusReads`."""
        pipeline, first = self._redis.pipeline(transaction=False), int(since * 1000)
        for code in Code:
            for name in (f"code:{code}", *(f"code:{code}:{paid}" for paid in PAID)):
                pipeline.zcount(self._keys.index(name), first, "+inf")
        with translated():
            counts: list[int] = await pipeline.execute()
        found = [
            Failures(str(code), counts[at], dict(zip(PAID, counts[at + 1 : at + 4], strict=True)))
            for at, code in zip(range(0, len(counts), 4), Code, strict=True)
        ]
        return sorted((one for one in found if one.count), key=lambda one: -one.count)

    async def spending(self, *, days: int = 1) -> Spending:
        """See `StatusReads`."""
        keys, pipeline = self._keys, self._redis.pipeline(transaction=False)
        with translated():
            hour = int((await self._redis.time())[0]) // HOUR
        today = int(self._clock.now().timestamp()) // DAY
        pipeline.get(keys.spent)
        pipeline.hget(keys.money, "micros")
        for number in range(today - days + 1, today + 1):
            for name in (keys.buyers(date_of(number)), keys.payers(date_of(number))):
                pipeline.zrevrange(name, 0, MOST_BUYERS - 1, withscores=True)
        for number in range(hour - hour % HOURS - (days - 1) * HOURS, hour + 1):
            pipeline.hgetall(f"{keys.stats}h:{number}")
        with translated():
            count, money, *told = await pipeline.execute()
        bought, hours = told[: 2 * days], told[2 * days :]
        return Spending(
            Spent(int(count or 0), int(money or 0) / MILLION),
            spent_by_provider(_counts(hour) for hour in hours),
            most_expensive(
                (user.decode(), Spent(int(amount)) if at % 2 == 0 else Spent(0, amount / MILLION))
                for at, users in enumerate(bought)
                for user, amount in users
            ),
            days,
        )

    async def history(self, *, minutes: int) -> Sequence[Bucket]:
        """See `StatusReads`."""
        unit, span = ("m", 60) if minutes <= BY_MINUTE else ("h", 3600)
        with translated():
            last = int((await self._redis.time())[0]) // span
        numbers = range(last - minutes * 60 // span + 1, last + 1)
        pipeline = self._redis.pipeline(transaction=False)
        for number in numbers:
            pipeline.hgetall(f"{self._keys.stats}{unit}:{number}")
        with translated():
            told: list[Any] = await pipeline.execute()
        return [
            Bucket(number * span, _counts(counts))
            for number, counts in zip(numbers, told, strict=True)
        ]

    async def user(self, user_id: str) -> UserView:
        """See `UserReads`."""
        keys, pipeline = self._keys, self._redis.pipeline(transaction=False)
        pipeline.get(keys.spent_by(user_id))
        pipeline.zcard(keys.busy(user_id))
        pipeline.pttl(keys.suspended(user_id))
        with translated():
            spent, busy, left = await pipeline.execute()
        return UserView(user_id, int(spent or 0), busy, max(0, left) / 1000)

    async def paused(self) -> bool:
        """See `UserReads`."""
        with translated():
            return bool(await self._redis.exists(self._keys.paused))

    async def outstanding(self) -> int:
        """See `UserReads`."""
        with translated():
            return int(await self._redis.xlen(self._keys.requests))


def _counts(told: Mapping[bytes, bytes]) -> Mapping[str, float]:
    return {name.decode(): float(count) for name, count in told.items()}


def decode_status(text: bytes) -> WorkerStatus:
    """Read what a worker told of itself; fields that only a newer version knows are left out."""
    told = json.loads(text)
    known = {name: told[name] for name in WorkerStatus.__slots__ if name in told}
    progress = [Progress(**one) for one in known.pop("progress", [])]
    return WorkerStatus(**known, progress=progress)

"""`Recording` on Redis: one round trip a batch, beside the steps of jobs and never in their way."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from pydantic_core import to_json
from redis.asyncio import Redis

from mobart.core.errors import Code
from mobart.core.limits import micros
from mobart.core.ports import Clock
from mobart.core.views import MOMENTS_KEPT, Batch, Moment, WorkerStatus
from mobart.journal.failures import translated
from mobart.journal.keys import GROUP, RECORD_SECONDS, REFUSAL_SECONDS, UNDELIVERED, Keys
from mobart.journal.pipeline import Pipeline

SILENCE = 15
"""Seconds after which a worker that tells nothing is no longer shown."""
INDEXED = 100_000
"""Requests that an index holds, the newest."""
BUYERS = 5000
"""Users of whom it is kept what they bought on a day, those who bought most."""
WRITTEN_AT_ONCE = 500
"""Requests that one step writes of: some milliseconds of Redis's time."""
READ_AT_ONCE = 50
"""Completions that one script lists, so that nobody waits long for Redis."""
ROUNDS = 10
"""Scripts of one batch that list completions; what is left then comes with the next one."""


class RedisRecording:
    """Writes timelines, the state of a worker, and counts."""

    def __init__(self, redis: Redis, *, keys: Keys, clock: Clock) -> None:
        """Use *redis* for short commands only."""
        self._redis = redis
        self._keys = keys
        self._clock = clock
        pipeline = Pipeline(redis)  # it packs the many arguments in C
        self._trail, self._pulse, self._index = (
            pipeline.script(name) for name in ("trail", "pulse", "index")
        )

    async def write(self, batch: Batch) -> None:
        """See `Recording`."""
        with translated():
            names = list({**batch.moments, **batch.accepted})
            for first in range(0, len(names), WRITTEN_AT_ONCE):
                await self._trail(*self._trails(batch, names[first : first + WRITTEN_AT_ONCE]))
            if batch.undelivered:
                at = int(self._clock.now().timestamp() * 1000)
                listed = dict.fromkeys(batch.undelivered, at)
                await self._redis.zadd(self._keys.index(UNDELIVERED), listed)
            if batch.status is None:
                return
            await self._pulse(*self._beat(batch, batch.status))
            for _ in range(ROUNDS):
                if await self._index(*self._settled()) < READ_AT_ONCE:
                    break

    def _trails(
        self, batch: Batch, names: Sequence[str]
    ) -> tuple[list[str], list[str | bytes | float]]:
        keys = [self._keys.index("all")]
        args: list[str | bytes | float]
        args = [MOMENTS_KEPT, RECORD_SECONDS, REFUSAL_SECONDS, self._keys.index("")]
        for request_id in names:
            keys += [self._keys.trail(request_id), self._keys.job(request_id)]
            kept = batch.moments.get(request_id, ())[-MOMENTS_KEPT:]
            args += [request_id, batch.accepted.get(request_id, ""), len(kept)]
            args += [encode_moment(moment) for moment in kept]
        return keys, args

    def _beat(
        self, batch: Batch, status: WorkerStatus
    ) -> tuple[list[str], list[str | bytes | float]]:
        keys, name = self._keys, status.worker
        today = day(self._clock)
        names = [keys.workers, keys.worker(name), keys.requests]
        names += [keys.buyers(today), keys.payers(today)]
        told = json.dumps(asdict(status), separators=(",", ":"))
        args: list[str | bytes | float]
        args = [name, told, SILENCE, keys.stats, GROUP, len(batch.counts), BUYERS]
        for counter, count in batch.counts.items():
            args += [counter, count]
        for user, spent in batch.buyers.items():
            args += [user, spent.pictures, micros(spent.usd)]
        return names, args

    def _settled(self) -> tuple[list[str], list[str | bytes | float]]:
        keys = self._keys
        kept: list[str | bytes | float]
        kept = [READ_AT_ONCE, INDEXED, RECORD_SECONDS, REFUSAL_SECONDS]
        return [keys.completions, keys.indexed], [keys.index(""), keys.job(""), *kept, *Code]


def encode_moment(moment: Moment) -> bytes:
    """Write a moment as the timeline holds it."""
    told = {
        "at": round(moment.at, 3),
        "event": moment.event,
        "worker": moment.worker,
        "facts": dict(moment.facts),
    }
    try:
        return to_json(told)
    except ValueError:  # half an emoji, cut by whoever counts in UTF-16, has no form in UTF-8
        return json.dumps(told, separators=(",", ":")).encode()


def decode_moment(text: bytes) -> Moment:
    """Read what `encode_moment` wrote."""
    return Moment(**json.loads(text))


def day(clock: Clock) -> str:
    """Return today's date in UTC."""
    return datetime.fromtimestamp(clock.now().timestamp(), UTC).date().isoformat()

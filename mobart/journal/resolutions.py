"""`Resolutions` on Redis, and the kill switch."""

import json

from redis.asyncio import Redis

from mobart.core import completions, wire
from mobart.core.domain import Failed, GenerationRequest, Job
from mobart.core.errors import Code
from mobart.core.operations import NOT_TAKEN
from mobart.core.ports import Clock
from mobart.journal.failures import translated
from mobart.journal.keys import COMPLETIONS_KEPT, COMPLETIONS_MS, UNDELIVERED, Keys
from mobart.journal.scripts import script


class RedisResolutions:
    """Changes records as operators want, each change one script."""

    def __init__(self, redis: Redis, *, keys: Keys, clock: Clock) -> None:
        """Use *redis* for short commands only."""
        self._redis = redis
        self._keys = keys
        self._clock = clock
        self._announce, self._resolve, self._derive, self._lift, self._switch = (
            script(redis, name) for name in ("announce", "resolve", "derive", "lift", "switch")
        )

    async def announce_again(self, request_id: str) -> bool:
        """See `Resolutions`."""
        keys = self._keys
        with translated():
            told: int = await self._announce(
                [keys.job(request_id), keys.completions, keys.index(UNDELIVERED)],
                [keys.completed_channel, COMPLETIONS_MS, COMPLETIONS_KEPT, request_id],
            )
        return told == 1

    async def resolve(self, request: GenerationRequest, *, unpaid: bool) -> bool:
        """See `Resolutions`."""
        keys, corrected = self._keys, b""
        if unpaid:
            job = Job(request, correction=True)
            outcome = Failed(Code.PROVIDER_UNAVAILABLE, NOT_TAKEN, paid=False)
            corrected = completions.encode_outcome(job, outcome, at=self._clock.now())
        with translated():
            done: int = await self._resolve(
                [
                    keys.job(request.request_id),
                    keys.completions,
                    keys.spent,
                    keys.spent_by(request.user_id),
                    keys.money,
                ],
                [corrected, keys.completed_channel, COMPLETIONS_MS, COMPLETIONS_KEPT],
            )
        return done == 1

    async def derive(
        self,
        request: GenerationRequest,
        *,
        made_from: str,
        reuses: bool = False,
        raw_key: str = "",
        grid: bool = False,
    ) -> bool | None:
        """See `Resolutions`."""
        keys = self._keys
        kept = json.dumps({"key": raw_key, "grid": grid}) if raw_key else ""
        with translated():
            made: int = await self._derive(
                [keys.job(made_from), keys.job(request.request_id), keys.requests],
                [
                    wire.encode_request(request),
                    wire.fingerprint(request),
                    made_from,
                    "1" if reuses else "",
                    kept,
                ],
            )
        return None if made == -1 else made == 1

    async def lift(self, user_id: str) -> bool:
        """See `Resolutions`."""
        keys = [self._keys.suspended(user_id), self._keys.blocked(user_id)]
        answer: bytes | int | None = b""
        with translated():
            while isinstance(answer, bytes):
                answer = await self._lift(keys, [answer])
        return answer == 1

    async def switch(self, *, paused: bool) -> None:
        """See `KillSwitch`."""
        keys, wanted = [self._keys.paused, self._keys.switched], "1" if paused else ""
        with translated():
            last = await self._switch(keys, [b"", wanted])
            while last:
                last = await self._switch(keys, [last, wanted])

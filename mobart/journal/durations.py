"""`DurationStore` on Redis: a short list a kind, which nobody misses when Redis forgets it."""

import re
from collections.abc import Mapping, Sequence

from redis.asyncio import Redis

from mobart.core.poll_plan import KEPT, Duration
from mobart.journal.failures import translated
from mobart.journal.keys import Keys
from mobart.journal.scripts import script

DURATION_SECONDS = 7 * 24 * 3600
"""How long the durations of a kind are kept after the last one."""
WRITTEN = re.compile(rb"(<?)(\d{1,9}(?:\.\d{1,9})?)")


class RedisDurations:
    """What the workers of one namespace learnt."""

    def __init__(self, redis: Redis, *, keys: Keys) -> None:
        """Use *redis* for short commands only."""
        self._exchange = script(redis, "durations")
        self._keys = keys

    async def exchange(
        self, learnt: Mapping[str, Sequence[Duration]]
    ) -> Mapping[str, Sequence[Duration]]:
        """See `DurationStore`."""
        args: list[str | bytes | float] = [KEPT, DURATION_SECONDS]
        for some in learnt.values():
            args += [len(some), *(f"{'<' * one.at_most}{one.seconds:.3f}" for one in some)]
        with translated():
            told: list[list[bytes]] = await self._exchange(
                [self._keys.durations(kind) for kind in learnt], args
            )
        return {kind: _read(written) for kind, written in zip(learnt, told, strict=True)}


def _read(written: Sequence[bytes]) -> list[Duration]:
    """Read what this or another version wrote; what is no duration is left out."""
    found = (WRITTEN.fullmatch(one) for one in written)
    return [Duration(float(one[2]), at_most=bool(one[1])) for one in found if one]

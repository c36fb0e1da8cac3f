"""`DurationStore` in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mobart.core.poll_plan import KEPT, Duration
from mobart.core.ports import Clock
from mobart.journal.durations import DURATION_SECONDS
from mobart.testing.memory_redis import InMemoryRedis


@dataclass(frozen=True, slots=True)
class MemoryDurations:
    """What the workers of one `InMemoryRedis` learnt."""

    redis: InMemoryRedis
    clock: Clock

    async def exchange(
        self, learnt: Mapping[str, Sequence[Duration]]
    ) -> Mapping[str, Sequence[Duration]]:
        """See `DurationStore`."""
        return {kind: self._add(kind, some) for kind, some in learnt.items()}

    def _add(self, kind: str, some: Sequence[Duration]) -> Sequence[Duration]:
        now, kept = self.clock.monotonic(), self.redis.durations
        until, known = kept.get(kind, (now, []))
        known = known if now < until else []
        if some:
            known, until = [*known, *some][-KEPT:], now + DURATION_SECONDS
            kept[kind] = until, known
        return known

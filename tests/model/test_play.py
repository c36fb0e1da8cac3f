"""Whatever happens in whatever order: paid at most once, told exactly once, nothing lost."""

from collections.abc import Callable
from itertools import count

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from mobart_local.redis import RedisServer
from tests.model.machine import Play
from tests.support.backends import MemoryWorld, RedisWorld, World

NAMESPACES = count()


class PlayInMemory(Play):
    """On a `InMemoryRedis`."""

    async def world(self) -> World:
        """See `Play`."""
        return MemoryWorld()


def test_every_play_in_memory_ends_well() -> None:
    """Many plays, since memory is fast."""
    run_state_machine_as_test(
        PlayInMemory, settings=settings(max_examples=120, stateful_step_count=40)
    )


def test_every_play_on_redis_ends_well(redis_servers: Callable[[str], RedisServer]) -> None:
    """Fewer plays, with the scripts instead of the table."""
    url = redis_servers("bundled").url

    class PlayOnRedis(Play):
        opened: RedisWorld | None = None

        async def world(self) -> World:
            self.opened = await RedisWorld.open(url, namespace=f"play-{next(NAMESPACES)}")
            return self.opened

        async def leave_world(self) -> None:
            if self.opened is not None:
                await self.opened.close()

    run_state_machine_as_test(
        PlayOnRedis, settings=settings(max_examples=4, stateful_step_count=12)
    )

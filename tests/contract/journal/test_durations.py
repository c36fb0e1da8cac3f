"""What every `DurationStore` promises."""

from mobart.core.poll_plan import KEPT, Duration
from mobart.journal.durations import DURATION_SECONDS
from tests.support.backends import RedisWorld, World

FOX = "midjourney/v7"
TOOK = [Duration(31.25), Duration(8.0, at_most=True)]


async def test_what_one_worker_learnt_the_others_hear(world: World) -> None:
    """Of the kinds that they ask for, in the order in which it was learnt."""
    store = world.durations()
    assert await store.exchange({FOX: TOOK[:1], "fal/schnell": []}) == {
        FOX: TOOK[:1],
        "fal/schnell": [],
    }
    assert await store.exchange({FOX: TOOK[1:]}) == {FOX: TOOK}
    assert await store.exchange({"fal/schnell": TOOK}) == {"fal/schnell": TOOK}
    assert await store.exchange({}) == {}


async def test_the_latest_are_kept(world: World) -> None:
    """So that a provider which has become faster is seen to be."""
    store = world.durations()
    await store.exchange({FOX: [Duration(float(number)) for number in range(KEPT)]})
    told = await store.exchange({FOX: TOOK})
    assert told[FOX] == [*(Duration(float(number)) for number in range(2, KEPT)), *TOOK]


async def test_a_kind_that_is_not_used_any_more_is_forgotten(world: World) -> None:
    """Asking for it does not keep it."""
    store = world.durations()
    await store.exchange({FOX: TOOK})
    await world.pass_time(DURATION_SECONDS - 60.0)
    assert await store.exchange({FOX: []}) == {FOX: TOOK}
    await world.pass_time(120.0)
    assert await store.exchange({FOX: []}) == {FOX: []}


async def test_what_somebody_else_wrote_there_disturbs_nobody(redis_world: RedisWorld) -> None:
    """Entries that are no durations are left out, and a key of another type is replaced."""
    key, store = redis_world.keys.durations(FOX), redis_world.durations()
    await redis_world.redis.rpush(key, "soon", "-1", "<", "12.5", "nan", "9" * 40)
    assert await store.exchange({FOX: []}) == {FOX: [Duration(12.5)]}
    await redis_world.redis.set(key, "12.5")
    assert await store.exchange({FOX: TOOK}) == {FOX: TOOK}

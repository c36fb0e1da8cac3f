"""What every `SharedPictures` promises."""

import pytest

from mobart.core.errors import Unavailable
from mobart.core.ports import SharedPictures
from mobart.journal import pictures
from mobart.journal.pictures import RedisPictures
from mobart.testing.storage import MemoryPictures
from tests.support.backends import DONE, NO, REQUEST, RedisWorld, World, settled

ROOM = 100
HELD = f"raw/{REQUEST.user_id}/{REQUEST.request_id}"


@pytest.fixture
def shared(world: World, monkeypatch: pytest.MonkeyPatch) -> SharedPictures:
    """Return what has room for so many bytes."""
    monkeypatch.setattr(pictures, "ROOM", ROOM)
    if isinstance(world, RedisWorld):
        return RedisPictures(world.redis, keys=world.keys, seconds=60)
    return MemoryPictures(ROOM)


async def test_what_was_put_is_got(shared: SharedPictures) -> None:
    """Whatever its bytes; the same again takes no more room."""
    raw = bytes(range(60))
    assert await shared.get("raw/u/1") is None
    assert [await shared.put("raw/u/1", raw) for _ in range(3)] == [True] * 3
    assert await shared.get("raw/u/1") == raw


async def test_there_is_room_for_few(shared: SharedPictures) -> None:
    """What does not fit is refused, and pushes nothing out."""
    told = [await shared.put(f"raw/u/{number}", bytes(40)) for number in range(3)]
    assert told == [True, True, False]
    assert [await shared.get(f"raw/u/{number}") for number in range(3)] == [bytes(40)] * 2 + [None]
    assert await shared.put("raw/u/3", bytes(20))


async def test_in_redis_they_are_for_a_time(
    redis_world: RedisWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then there is room for others."""
    monkeypatch.setattr(pictures, "ROOM", ROOM)
    keys = redis_world.keys
    shared = RedisPictures(redis_world.redis, keys=keys, seconds=60)
    await shared.put("raw/u/1", bytes(80))
    assert 0 < await redis_world.redis.ttl(keys.picture("raw/u/1")) <= 60
    assert 0 < await redis_world.redis.ttl(keys.pictures) <= 60
    assert not await shared.put("raw/u/2", bytes(80))
    await redis_world.redis.delete(keys.picture("raw/u/1"))  # its time has come
    assert await shared.put("raw/u/2", bytes(80))


async def test_in_redis_no_list_is_kept_of_pictures_that_are_gone(redis_world: RedisWorld) -> None:
    """Thousands are held and delivered within an hour, and each time all that are listed are looked at."""
    keys, redis = redis_world.keys, redis_world.redis
    shared = RedisPictures(redis, keys=keys, seconds=60)
    for number in range(5):
        await shared.put(f"raw/u/{number}", b"x")
        await redis.delete(keys.picture(f"raw/u/{number}"))
    assert await redis.zcard(keys.pictures) == 1


@pytest.fixture
async def held(redis_world: RedisWorld, monkeypatch: pytest.MonkeyPatch) -> RedisPictures:
    """Return what is full with the picture of `REQUEST`."""
    monkeypatch.setattr(pictures, "ROOM", ROOM)
    shared = RedisPictures(redis_world.redis, keys=redis_world.keys, seconds=60)
    assert await shared.put(HELD, bytes(ROOM))
    return shared


async def test_in_redis_a_picture_that_is_delivered_takes_no_room(
    redis_world: RedisWorld, held: RedisPictures
) -> None:
    """The next outage needs it."""
    claim = await (await redis_world.view("a")).paid()
    assert not await held.put("raw/u/2", b"x")
    await (await redis_world.view("a")).journal.record(claim, settled(DONE))
    assert await held.get(HELD) is None
    assert await held.put("raw/u/2", bytes(ROOM))


async def test_in_redis_the_picture_of_a_cancelled_job_takes_no_room(
    redis_world: RedisWorld, held: RedisPictures
) -> None:
    """Nobody wants it."""
    view = await redis_world.view("a")
    await view.paid()
    await view.intake.cancel(REQUEST.request_id)
    assert await held.put("raw/u/2", bytes(ROOM))


async def test_in_redis_the_picture_of_a_failed_job_is_there_until_there_is_need_of_room(
    redis_world: RedisWorld, held: RedisPictures
) -> None:
    """An operator may have it processed again."""
    view = await redis_world.view("a")
    await view.journal.record(await view.paid(), settled(NO))
    assert await held.get(HELD) == bytes(ROOM)
    assert await held.put("raw/u/2", bytes(ROOM))
    assert await held.get(HELD) is None


async def test_a_redis_that_is_full_is_told(redis_world: RedisWorld) -> None:
    """So that the worker keeps the picture itself."""
    shared = RedisPictures(redis_world.redis, keys=redis_world.keys, seconds=60)
    await redis_world.redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(Unavailable):
            await shared.put("raw/u/1", b"x")
    finally:
        await redis_world.redis.config_set("maxmemory", "0")

"""Old and new workers at once, as in every rollout: what a worker does not understand it leaves alone."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from mobart.core import wire
from mobart.core.domain import Stage
from mobart.core.errors import LeaseLost
from mobart.core.ports import Claim
from tests.support.backends import DONE, LEASE, REQUEST, STARTED, RedisWorld, WorkerView, settled

Fields = Mapping[Any, Any]
PAYLOAD = wire.encode_request(REQUEST)
FOREIGN: dict[str, Fields] = {
    "unknown stage": {"stage": "upscaling"},
    "newer version": {"version": 2},
    "newer request": {"fingerprint": "of-more-fields"},
}
foreign = pytest.mark.parametrize("fields", FOREIGN.values(), ids=FOREIGN)


async def left_by_a_newer_worker(world: RedisWorld, fields: Fields) -> WorkerView:
    """Take a request in, have its record as a newer version writes it, and let its lease end."""
    view = await world.view("new")
    claim = await view.accepted()
    await world.redis.hset(world.keys.job("request-1"), mapping=fields)
    await view.queue.release(claim)
    return await world.view("old")


async def everything(world: RedisWorld) -> object:
    """Return the record without its times, the stream and what was announced."""
    record: Any = await world.redis.hgetall(world.keys.job("request-1"))
    record = {name: value for name, value in record.items() if not name.endswith(b"_at")}
    return record, await world.redis.xrange(world.keys.requests), await world.announced()


@foreign
async def test_a_job_of_a_newer_version_is_left_as_it_is(
    redis_world: RedisWorld, fields: Fields
) -> None:
    """Neither settled nor dropped nor taken, however often it comes along."""
    old = await left_by_a_newer_worker(redis_world, fields)
    before = await everything(redis_world)
    for _ in range(3):
        (delivery,) = await old.queue.rescue(1, held=())
        with pytest.raises(LeaseLost, match="another version"):
            await old.queue.claim(delivery, REQUEST)
        await redis_world.pass_time(LEASE + 1)
    assert await everything(redis_world) == before


@foreign
async def test_a_worker_that_knows_it_goes_on_with_it(
    redis_world: RedisWorld, fields: Fields
) -> None:
    """One lease after an old worker had it in its hands."""
    old = await left_by_a_newer_worker(redis_world, fields)
    known: Any = {"stage": "accepted", "version": 1, "fingerprint": wire.fingerprint(REQUEST)}
    (delivery,) = await old.queue.rescue(1, held=())
    with pytest.raises(LeaseLost):
        await old.queue.claim(delivery, REQUEST)
    await redis_world.redis.hset(redis_world.keys.job("request-1"), mapping=known)
    await redis_world.pass_time(LEASE + 1)
    claim = await (await redis_world.view("newest")).take()
    assert claim.job.stage is Stage.ACCEPTED


@pytest.mark.parametrize("name", ["unknown stage", "newer version"])
async def test_a_newer_job_is_not_cancelled_as_if_nothing_was_paid(
    redis_world: RedisWorld, name: str
) -> None:
    """The wish is kept, for a worker that knows what it means now."""
    old = await left_by_a_newer_worker(redis_world, FOREIGN[name])
    assert not await old.intake.cancel("request-1")
    assert await redis_world.announced() == []
    assert await redis_world.redis.hget(redis_world.keys.job("request-1"), "cancelled") == b"1"


async def test_unknown_fields_of_a_record_are_kept_and_disturb_nobody(
    redis_world: RedisWorld,
) -> None:
    """What is merely added needs no new version."""
    view = await redis_world.view("old")
    claim = await view.accepted()
    await redis_world.redis.hset(redis_world.keys.job("request-1"), "added", "later")
    await view.queue.release(claim)
    again = await view.take()
    await view.journal.record(again, STARTED)
    await view.journal.read(again)
    await view.journal.record(again, settled(DONE))
    assert await redis_world.redis.hget(redis_world.keys.job("request-1"), "added") == b"later"


async def test_a_stage_that_changed_under_a_claim_ends_it(redis_world: RedisWorld) -> None:
    """It is no bug of the job."""
    view = await redis_world.view("old")
    claim = await view.paying()
    await redis_world.redis.hset(redis_world.keys.job("request-1"), "stage", "upscaling")
    with pytest.raises(LeaseLost):
        await view.journal.read(claim)


async def test_unknown_fields_of_a_message_are_ignored_and_it_is_one_request(
    redis_world: RedisWorld,
) -> None:
    """A backend may be newer than its workers."""
    view = await redis_world.view("old")
    message = json.dumps(json.loads(PAYLOAD) | {"quality": "high"}).encode()
    await redis_world.add(message)
    (delivery,) = await view.queue.receive(1, wait=0.01)
    request = wire.parse_request(delivery.payload, max_bytes=1000, max_prompt_chars=100)
    assert request == REQUEST
    assert isinstance(await view.queue.claim(delivery, REQUEST), Claim)

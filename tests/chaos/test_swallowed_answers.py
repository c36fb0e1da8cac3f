"""A command was done and its answer lost: repeating it changes nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, cast

import pytest

from mobart.core.errors import Unavailable
from mobart.core.lifecycle import Event, Transition
from mobart.core.ports import Acceptance, Claim
from mobart.core.wire import InvalidRequest, parse_request
from mobart.journal import scripts
from mobart_local.redis import RedisServer
from tests.support.backends import (
    DISPROVED,
    DONE,
    LEASE,
    RECEIVED,
    REQUEST,
    STARTED,
    RedisWorld,
    WorkerView,
    settled,
)
from tests.support.jobs import refusal_of
from tests.support.proxy import Proxy

NO_REQUEST = b'{"request_id": "request-1"}'


@dataclass(frozen=True, slots=True)
class Line:
    """A worker whose Redis is behind a proxy, beside one who sees it directly."""

    proxy: Proxy
    world: RedisWorld
    worker: WorkerView

    async def lose_answer(self, act: Callable[[], Awaitable[object]], *, nth: int = 1) -> None:
        """Run *act*; the answer to its *nth* command gets lost."""
        self.proxy.troubles.swallow_every = self.proxy.answered + nth
        with pytest.raises(Unavailable):
            await act()
        self.proxy.troubles.swallow_every = 0

    async def twice(
        self, act: Callable[[], Awaitable[object]], *, anew: tuple[str, ...] = ()
    ) -> object:
        """Run *act* with its answer lost, then again; return the second answer.

        Nothing in Redis is changed by the second but the fields *anew* of the job.
        """
        await self.lose_answer(act)
        done = await self.snapshot(anew)
        answer = await act()
        assert await self.snapshot(anew) == done
        return answer

    async def snapshot(self, anew: tuple[str, ...]) -> object:
        """Return all there is in Redis but the fields *anew* of the job."""
        contents, held = cast("tuple[dict[Any, Any], object]", await self.world.snapshot())
        job = contents.get(self.world.keys.job(REQUEST.request_id).encode(), {})
        for name in anew:
            job.pop(name.encode(), None)
        return contents, held


@pytest.fixture
async def line(shared_redis: RedisServer) -> AsyncIterator[Line]:
    """Put a proxy between a worker and Redis, which knows the scripts already."""
    world = await RedisWorld.open(shared_redis.url, namespace="swallowed")
    await world.redis.flushdb()
    for path in files(scripts).iterdir():
        name, _, kind = path.name.partition(".")
        if kind == "lua" and name not in scripts.SHARED:
            await world.redis.script_load(scripts.text_of(name))
    async with Proxy(shared_redis.port) as proxy:
        world.url = shared_redis.url.replace(f":{shared_redis.port}", f":{proxy.port}")
        worker = await world.view("worker")
        await worker.queue.paused()  # its connection is open, and answers are those of commands
        yield Line(proxy, world, worker)
        await world.close()


async def test_a_request_is_accepted_once(line: Line) -> None:
    """The repeat is told that it is known, and one entry is in the stream."""
    assert await line.twice(lambda: line.worker.intake.accept(REQUEST)) is Acceptance.REPEATED
    assert await line.world.outstanding() == 1


async def test_a_refusal_is_announced_once(line: Line) -> None:
    """The repeat announces nothing."""
    with pytest.raises(InvalidRequest) as no:
        parse_request(NO_REQUEST, max_bytes=1000, max_prompt_chars=1000)
    refusal = refusal_of(no.value)
    await line.twice(lambda: line.worker.intake.refuse(refusal, payload=NO_REQUEST))
    assert len(await line.world.announced()) == 1


async def test_a_cancellation_is_announced_once(line: Line) -> None:
    """The repeat finds nothing left to cancel."""
    await line.worker.intake.accept(REQUEST)
    await line.lose_answer(lambda: line.worker.intake.cancel("request-1"), nth=3)
    assert await line.worker.intake.cancel("request-1") is None
    assert len(await line.world.announced()) == 1


async def test_a_job_is_claimed_by_one_worker(line: Line) -> None:
    """The repeat opens a new epoch for the same worker, and nobody else has the job."""
    await line.worker.intake.accept(REQUEST)
    (delivery,) = await line.worker.queue.receive(1, wait=0.01)
    await line.lose_answer(lambda: line.worker.queue.claim(delivery, REQUEST))
    first = await line.world.redis.hget(line.world.keys.job(REQUEST.request_id), "epoch")
    claim = await line.worker.queue.claim(delivery, REQUEST)
    assert isinstance(claim, Claim)
    assert claim.job.epoch > int(first or 0)


async def test_an_entry_read_into_a_lost_answer_is_rescued(line: Line) -> None:
    """It is nobody's work, and comes back when its lease is over."""
    await line.worker.queue.receive(1, wait=0.01)  # opens the connection
    await line.worker.intake.accept(REQUEST)
    await line.lose_answer(lambda: line.worker.queue.receive(1, wait=0.01))
    assert await line.worker.queue.receive(1, wait=0.01) == []
    await line.world.pass_time(LEASE + 1)
    assert len(await line.worker.queue.rescue(1, held=())) == 1


@pytest.mark.parametrize(
    ("happenings", "last"),
    [
        pytest.param([], STARTED, id="payment_started"),
        pytest.param([STARTED], DISPROVED, id="payment_disproved"),
        pytest.param([STARTED], RECEIVED, id="ticket_received"),
        pytest.param([STARTED, RECEIVED], settled(DONE), id="outcome_settled"),
    ],
)
async def test_a_record_is_made_once(
    line: Line,
    happenings: list[Transition],
    last: Transition,
) -> None:
    """The repeat is told that it is stored, and nothing is announced a second time.

    Each call for the right to pay has a number, so that right is the second call's.
    """
    claim = await line.worker.accepted()
    for happening in happenings:
        await line.worker.journal.record(claim, happening)
    anew = ("right", "paying_at") if last.event is Event.PAYMENT_STARTED else ()
    await line.twice(lambda: line.worker.journal.record(claim, last), anew=anew)
    assert len(await line.world.announced()) == int(last.event is Event.OUTCOME_SETTLED)


async def test_a_lease_is_renewed_and_released_once(line: Line) -> None:
    """A repeated renewal keeps it, a repeated release gives up nobody else's."""
    claim = await line.worker.accepted()
    assert await line.twice(lambda: line.worker.queue.renew([claim])) == []
    await line.twice(lambda: line.worker.queue.release(claim))
    assert len(await line.worker.queue.rescue(1, held=())) == 1


async def test_a_delivery_is_discarded_once(line: Line) -> None:
    """The repeat finds nothing."""
    await line.world.add(b"no request")
    (delivery,) = await line.worker.queue.receive(1, wait=0.01)
    await line.twice(lambda: line.worker.queue.discard(delivery))
    assert await line.world.outstanding() == 0

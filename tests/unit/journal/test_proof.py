"""What a queue takes for granted of a Redis that did not answer: nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from redis.exceptions import ConnectionError  # noqa: A004 - Redis's own is not the builtin one

from mobart.core.domain import Job
from mobart.core.errors import Unavailable
from mobart.core.ports import Claim
from mobart.journal.connection import connect
from mobart.journal.failures import translated
from mobart.journal.keys import Keys
from mobart.journal.queue import RedisQueue
from mobart.journal.recent import RecentWork
from mobart_local.ports import free_port
from tests.support.backends import LEASE, REQUEST
from tests.support.clocks import SimulatedClock
from tests.support.garbage import left_over
from tests.support.observers import Notes

Ask = Callable[[RedisQueue], Awaitable[object]]
JOB = Job(REQUEST)
ASKED: dict[str, Ask] = {
    "whether work is paused": lambda queue: queue.paused(),
    "for what is next": lambda queue: queue.receive(1, wait=0.0),
    "to renew": lambda queue: queue.renew(()),
    "to release": lambda queue: queue.release(Claim(JOB, "1-1", claimed_at=0.0)),
    "to forget consumers": lambda queue: queue.retire(),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
async def test_after_any_failure_redis_is_asked_before_anything_is_believed(ask: Ask) -> None:
    """Else a round that asked it nothing would tell that it is back."""
    async with queue_of_no_redis() as queue:
        queue._history.proven = True
        with pytest.raises(Unavailable):
            await ask(queue)
        assert not await queue.proven()


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
async def test_a_redis_that_is_away_for_long_does_not_fill_the_memory(ask: Ask) -> None:
    """It is asked every second, and what each error knows, by its traceback, is not left over by the queue."""
    async with queue_of_no_redis() as queue:
        with left_over("mobart.journal.queue") as found:
            with suppress(Unavailable):
                await ask(queue)
            await asyncio.sleep(0)  # tasks that have ended are forgotten by the event loop
        assert found == []


def test_what_led_to_an_error_of_redis_is_not_left_over() -> None:
    """Some frames of redis-py refer to the error that they raise."""

    def fail() -> None:
        error = ConnectionError("Connection closed by server.")
        raise error

    with left_over("tests") as found, suppress(Unavailable), translated():
        fail()
    assert found == []


@asynccontextmanager
async def queue_of_no_redis() -> AsyncIterator[RedisQueue]:
    """Give a queue where nobody listens."""
    redis = connect(f"redis://127.0.0.1:{free_port()}", name="proof")
    clock = SimulatedClock()
    yield RedisQueue(
        redis,
        blocking=redis,
        keys=Keys("proof"),
        clock=clock,
        consumer="a",
        lease=LEASE,
        observer=Notes(),
        recent=RecentWork(clock),
    )
    await redis.aclose()

"""The threads of a worker's loop."""

import asyncio
import threading

import pytest

from mobart.app.checks import NotReady
from mobart.app.threads import started_threads


async def test_no_thread_has_to_be_started_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a process that may start no more goes on."""

    def refuse(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with started_threads(3), monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refuse)
        busy = threading.Barrier(3)
        await asyncio.gather(*(asyncio.to_thread(busy.wait, 10) for _ in range(3)))
        assert await asyncio.gather(*(asyncio.to_thread(len, "four") for _ in range(9))) == [4] * 9


async def test_a_worker_that_may_start_too_few_does_not_begin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And those that were started end, or the process could not."""
    started, begin = list[threading.Thread](), threading.Thread.start

    def refuse_the_second(thread: threading.Thread) -> None:
        if started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        begin(thread)

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refuse_the_second)
        with pytest.raises(NotReady, match="no 3 threads"), started_threads(3):
            pass
    started[0].join(10)
    assert not started[0].is_alive()


def test_the_loop_ends_where_the_system_gives_no_further_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not even in place of one that has ended, where the limit was lowered: a worker that is to stop ends well."""

    def refuse(_: object) -> None:
        raise RuntimeError("can't start new thread")

    async def work() -> int:
        with started_threads(3):
            monkeypatch.setattr(threading.Thread, "start", refuse)
            return await asyncio.to_thread(len, "four")

    assert asyncio.run(work()) == 4

"""The threads of a worker's loop."""

import asyncio
import threading

import pytest

from mobart.app.threads import start_threads


async def test_no_thread_has_to_be_started_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a process that may start no more goes on."""
    start_threads(3)

    def refuse(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refuse)
        busy = threading.Barrier(3)
        await asyncio.gather(*(asyncio.to_thread(busy.wait, 10) for _ in range(3)))
        assert await asyncio.gather(*(asyncio.to_thread(len, "four") for _ in range(9))) == [4] * 9

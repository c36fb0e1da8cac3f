"""Stops the worker on SIGTERM, SIGINT, or the SIGHUP of a terminal that is closed."""

import asyncio
import os
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""What would cut off a paid request in the middle, if nobody listened."""


@contextmanager
def stopped_by_signal() -> Iterator[asyncio.Event]:
    """Yield an event that a signal sets; a second one ends the process at once.

    SIGHUP means nothing to a worker under `nohup`.

    That is safe at any moment: what counts is in the journal, and another worker goes on from it.
    """
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def heard(number: signal.Signals) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in STOPPING:
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, heard, number)
    yield stop


async def done_before(stop: asyncio.Event, act: Coroutine[Any, Any, None]) -> bool:
    """Run *act* and return whether it was done before *stop* was set; else it is cancelled."""
    acting, waiting = asyncio.create_task(act), asyncio.create_task(stop.wait())
    await asyncio.wait([acting, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if stop.is_set():
        acting.cancel()
        await asyncio.wait([acting])
        return False
    await acting
    return True

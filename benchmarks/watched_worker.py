"""`python main.py` with an eye on its event loop; with `bare`, a loop that has nothing else to do.

What was seen is written to the file that `WATCHED` names, when SIGTERM has ended it.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mobart.app import run as life
from mobart.cli import main
from mobart.settings import Settings

run = life.run
EVERY = 0.005
"""Seconds between two looks; how much later one comes is lag."""
FILE = "WATCHED"
Look = tuple[float, float, float]
"""Its Unix seconds, how late it was, and how much of that this thread was computing."""


async def look(seen: list[Look]) -> None:
    """Sleep again and again, and note how late the loop comes back."""
    while True:
        due, spent = time.monotonic() + EVERY, time.thread_time()
        await asyncio.sleep(EVERY)
        late = time.monotonic() - due
        seen.append((time.time(), late, min(late, time.thread_time() - spent)))


@contextmanager
def watched() -> Iterator[None]:
    """Look meanwhile, then write what was seen."""
    seen = list[Look]()
    looking = asyncio.create_task(look(seen))
    try:
        yield
    finally:
        looking.cancel()
        Path(os.environ[FILE]).write_text(json.dumps(seen))


async def bare() -> None:
    """Wait for SIGTERM."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    with watched():
        await ended.wait()


async def worker(settings: Settings) -> None:
    """Be a worker."""
    with watched():
        await run(settings)


if __name__ == "__main__":
    if sys.argv[1:] == ["bare"]:
        sys.exit(asyncio.run(bare()))
    life.run = worker
    sys.exit(main([]))

"""The threads for what blocks (names of hosts, files): all of them from the start.

One more is refused to a process that is out of processes (`ulimit -u`, `pids` of a container): a job that
needed it then would be taken for one that meets a bug.  They end before the event loop does, which then knows of
none: it would start a thread to wait for them, and be refused where the limit was lowered meanwhile.
"""

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

from mobart.app.checks import NotReady

THREADS = min(32, (os.cpu_count() or 1) + 4)
"""As many as asyncio would start, one after the other."""
NO_ROOM = (
    "the system lets this process start no {} threads: see `ulimit -u`, and `pids` of the container"
)


@contextmanager
def started_threads(most: int = THREADS) -> Iterator[None]:
    """Have the threads of the running loop's executor.  Raises NotReady where the system refuses one."""
    executor, all_there = ThreadPoolExecutor(most, "blocking"), Barrier(most)
    try:
        for _ in range(most):  # each holds its thread until there are all, so none is used twice
            executor.submit(all_there.wait)
    except RuntimeError as refusal:
        all_there.abort()  # or those that were started would wait for ever, and the process with them
        executor.shutdown(wait=False, cancel_futures=True)
        raise NotReady([NO_ROOM.format(most)], healing=True) from refusal
    loop = asyncio.get_running_loop()
    loop.set_default_executor(executor)
    with executor:
        yield
    vars(loop)["_default_executor"] = None  # nothing public takes one away again

"""The threads for what blocks (names of hosts, files): all of them from the start.

One more is refused to a process that is out of processes (`ulimit -u`, `pids` of a container): a job that
needed it then would be taken for one that meets a bug.
"""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

THREADS = min(32, (os.cpu_count() or 1) + 4)
"""As many as asyncio would start, one after the other."""


def start_threads(most: int = THREADS) -> None:
    """Start the threads of the running loop's executor.  Raises RuntimeError where the system refuses one."""
    executor, all_there = ThreadPoolExecutor(most, "blocking"), Barrier(most)
    for _ in range(most):
        executor.submit(
            all_there.wait
        )  # each holds its thread until there are all, so none is used twice
    asyncio.get_running_loop().set_default_executor(executor)

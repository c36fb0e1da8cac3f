"""One peer queue at the same work: `python peer_queue.py NAME REDIS_URL` prints CPU seconds a job.

Runs under an interpreter of its own, which has the peers and none of Mobart's packages.  Each works off
a queue that was filled before, as it comes: its own defaults, a hundred jobs at once.
"""

import asyncio
import importlib
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

JOBS = 3000
AT_ONCE = 100


def dramatiq(url: str) -> float:
    """Work in threads; nothing is kept of what a job returned."""
    queue: Any = importlib.import_module("dramatiq")
    redis: Any = importlib.import_module("dramatiq.brokers.redis")
    broker = redis.RedisBroker(url=url)
    queue.set_broker(broker)
    done, everything = [0], threading.Event()

    @queue.actor(max_retries=0)
    def work(_: str) -> None:
        done[0] += 1
        if done[0] == JOBS:
            everything.set()

    for number in range(JOBS):
        work.send(f"r-{number}")
    worker = queue.Worker(broker, worker_threads=AT_ONCE)
    began = time.process_time()
    worker.start()
    everything.wait()
    spent = time.process_time() - began
    worker.stop()
    return spent / JOBS


def arq(url: str) -> float:
    """Work on tasks; results are kept for an hour."""
    connections: Any = importlib.import_module("arq.connections")
    workers: Any = importlib.import_module("arq.worker")
    settings = connections.RedisSettings.from_dsn(url)

    async def work(_: object, name: str) -> None:
        del name

    async def play() -> float:
        pool = await connections.create_pool(settings)
        for number in range(JOBS):
            await pool.enqueue_job("work", f"r-{number}")
        worker = workers.Worker(
            [workers.func(work, name="work")],
            redis_settings=settings,
            burst=True,
            max_jobs=AT_ONCE,
            handle_signals=False,
        )
        began = time.process_time()
        await worker.main()
        return (time.process_time() - began) / JOBS

    return asyncio.run(play())


def taskiq(url: str) -> float:
    """Work off a stream with a group, whose entries are not renewed; results are not kept."""
    brokers: Any = importlib.import_module("taskiq_redis")
    receivers: Any = importlib.import_module("taskiq.receiver")

    async def play() -> float:
        broker = brokers.RedisStreamBroker(url)
        done, everything = [0], asyncio.Event()

        @broker.task(task_name="work")
        async def work(name: str) -> None:
            del name
            done[0] += 1
            if done[0] == JOBS:
                everything.set()

        broker.is_worker_process = True
        await broker.startup()
        for number in range(JOBS):
            await work.kiq(f"r-{number}")
        receiver = receivers.Receiver(broker, max_async_tasks=AT_ONCE, run_startup=False)
        finish = asyncio.Event()
        began = time.process_time()
        listening = asyncio.create_task(receiver.listen(finish))
        await everything.wait()
        spent = time.process_time() - began
        finish.set()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        return spent / JOBS

    return asyncio.run(play())


PEERS: dict[str, Callable[[str], float]] = {"dramatiq": dramatiq, "arq": arq, "taskiq": taskiq}


def main(name: str, url: str) -> int:
    """Play the peer called *name*."""
    print(PEERS[name](url))  # noqa: T201 - the answer
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

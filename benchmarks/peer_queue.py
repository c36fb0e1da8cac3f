"""The leanest peer queue at the same work: `python peer_queue.py REDIS_URL` prints CPU s a job.

Runs under an interpreter of its own, which has dramatiq and none of Mobart's packages.
"""

import sys
import threading
import time

import dramatiq
from dramatiq.brokers.redis import RedisBroker

JOBS = 3000
THREADS = 100


def main(url: str) -> int:
    """Fill the queue, work it off with threads, print what that cost."""
    broker = RedisBroker(url=url)
    dramatiq.set_broker(broker)
    done, everything = [0], threading.Event()

    @dramatiq.actor(max_retries=0)
    def work(_: str) -> None:
        done[0] += 1
        if done[0] == JOBS:
            everything.set()

    for number in range(JOBS):
        work.send(f"r-{number}")
    worker = dramatiq.Worker(broker, worker_threads=THREADS)
    began = time.process_time()
    worker.start()
    everything.wait()
    spent = time.process_time() - began
    worker.stop()
    print(spent / JOBS)  # noqa: T201 - the answer
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

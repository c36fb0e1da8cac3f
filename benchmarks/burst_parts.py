"""The processes beside the worker when bursts are measured: who publishes, and the bare loop.

python burst_parts.py publish URL CHANNEL COUNT SIZE CONNECTIONS RATE
python burst_parts.py listen URL CHANNEL STREAM
"""

import asyncio
import json
import sys
import threading
import time

from redis import Redis as BlockingRedis
from redis.asyncio import Redis

AT_ONCE = 500
"""Commands in one pipeline."""
PROMPT = (
    "a small red dragon with a golden crown, number {}, pixel art, sitting on a stone, 16 colours"
)


def message(number: int, size: int) -> bytes:
    """Return one request, with a field that nobody reads if it has to be larger."""
    request = {
        "request_id": f"r-{number:06d}",
        "user_id": f"player-{number % 500}",
        "prompt": PROMPT.format(number),
    }
    payload = json.dumps(request)
    missing = size - len(payload) - len(', "padding": ""')
    return (json.dumps(request | {"padding": "x" * missing}) if missing > 0 else payload).encode()


def name_of(payload: bytes) -> str:
    """Return the id of a request."""
    name: str = json.loads(payload)["request_id"]
    return name


def publish(
    url: str, channel: str, *, count: int, size: int, connections: int, rate: float
) -> None:
    """Publish from some connections at the same time, as fast as Redis takes it or at a rate."""
    at_once = max(1, min(AT_ONCE, 1_000_000 // max(size, 1), int(rate / 20 / connections) or count))
    payloads = [message(number, size) for number in range(count)] if size * count < 2**28 else None
    sys.stdout.write("now\n")
    sys.stdout.flush()
    began = time.monotonic()

    def part(first: int) -> None:
        with BlockingRedis.from_url(url, protocol=2) as redis:
            numbers = range(first, count, connections)
            for start in range(0, len(numbers), at_once):
                pipe = redis.pipeline(transaction=False)
                for number in numbers[start : start + at_once]:
                    pipe.publish(channel, payloads[number] if payloads else message(number, size))
                pipe.execute()
                if rate:
                    due = began + (start + at_once) * connections / rate
                    time.sleep(max(0.0, due - time.monotonic()))

    threads = [threading.Thread(target=part, args=(first,)) for first in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


async def listen(url: str, channel: str, stream: str) -> None:
    """Add what is heard to a stream, in pipelines, and nothing else."""
    redis, waiting, arrived = Redis.from_url(url, protocol=2), list[bytes](), asyncio.Event()

    async def add() -> None:
        while await arrived.wait():
            arrived.clear()
            while waiting:
                pipe = redis.pipeline(transaction=False)
                for payload in waiting[:AT_ONCE]:
                    pipe.xadd(stream, {"request": payload})
                del waiting[:AT_ONCE]
                await pipe.execute()

    adding = asyncio.create_task(add())
    async with redis.pubsub() as pubsub:
        await pubsub.subscribe(channel)
        while not adding.done():
            heard = await pubsub.get_message(timeout=None)
            if heard is not None and heard["type"] == "message":
                waiting.append(heard["data"])
                arrived.set()


if __name__ == "__main__":
    if sys.argv[1] == "listen":
        asyncio.run(listen(*sys.argv[2:]))
    else:
        count, size, connections = map(int, sys.argv[4:7])
        publish(
            *sys.argv[2:4],
            count=count,
            size=size,
            connections=connections,
            rate=float(sys.argv[7]),
        )

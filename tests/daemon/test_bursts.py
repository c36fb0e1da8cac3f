"""Very many messages at once, and a real worker that hears them."""

import json
import re

from tests.daemon.deployment import Deployment, until

AT_ONCE = 1000
"""Messages published in one pipeline."""
LIMIT = 100.0
"""Seconds until a test gives up; on an idle machine it takes five."""


async def publish(deployment: Deployment, count: int, *, padding: int = 0) -> None:
    """Publish requests as fast as Redis takes them, each with a field that nobody reads."""
    channel = deployment.channel("image_generation_requests")
    for start in range(0, count, AT_ONCE):
        pipe = deployment.redis.pipeline(transaction=False)
        for number in range(start, min(count, start + AT_ONCE)):
            request = {"request_id": f"r-{number}", "user_id": "u", "prompt": f"a dragon {number}"}
            pipe.publish(channel, json.dumps(request | {"padding": "x" * padding}))
        await pipe.execute()


async def accepted(deployment: Deployment, count: int) -> None:
    """Wait until so many requests are outstanding."""
    stream = f"{{{deployment.namespace}}}:requests"

    async def all_of_them() -> bool:
        return bool(await deployment.redis.xlen(stream) >= count)

    await until(all_of_them, f"{count} accepted requests", LIMIT)


async def counted(deployment: Deployment) -> float:
    """Return how many messages the worker says it has received on the channel."""
    _, page = await deployment.workers[0].probe("/metrics")
    found = re.search(r'mobart_messages_received_total\{transport="channel"\} (\S+)', page)
    assert found
    return float(found[1])


async def test_each_of_fifty_thousand_messages_at_once_is_accepted(deployment: Deployment) -> None:
    """And counted, and named in the log."""
    count = 50_000
    await deployment.redis.set(f"{{{deployment.namespace}}}:paused", 1)
    worker = await deployment.ready_worker(LOG_LEVEL="INFO")
    await publish(deployment, count - 1)
    await deployment.ask("last")
    await accepted(deployment, count)
    assert await deployment.redis.xlen(f"{{{deployment.namespace}}}:requests") == count
    assert await counted(deployment) == count
    told = [event["request_ids"] for event in worker.logged("requests.accepted")]
    told += [event["request_id"] for event in worker.logged("request.accepted")]
    assert len(" ".join(told).split()) == count
    assert not worker.logged("intake.interrupted") + worker.logged("log_file.failed")


async def test_no_cancellation_that_follows_a_burst_is_lost(deployment: Deployment) -> None:
    """It overtakes what it cancels, by its own subscription."""
    count, cancelled = 3000, 100
    await deployment.redis.set(f"{{{deployment.namespace}}}:paused", 1)
    await deployment.ready_worker(LOG_LEVEL="INFO")
    await publish(deployment, count, padding=300)
    pipe = deployment.redis.pipeline(transaction=False)
    for number in range(count - cancelled, count):
        order = json.dumps({"request_id": f"r-{number}"})
        pipe.publish(deployment.channel("image_generation_cancel"), order)
    await pipe.execute()
    await until(lambda: len(deployment.announcements()) >= cancelled, "cancellations", LIMIT)
    await accepted(deployment, count - cancelled)
    codes = {deployment.outcomes(f"r-{number}")[0]["error_code"] for number in (2900, 2999)}
    assert codes == {"cancelled"}
    assert deployment.announcements().total() == cancelled


async def test_large_messages_at_once_are_accepted(deployment: Deployment) -> None:
    """Six hundred of 60 KB, more than Redis lets a subscriber leave unread."""
    await deployment.redis.set(f"{{{deployment.namespace}}}:paused", 1)
    worker = await deployment.ready_worker()
    await publish(deployment, 600, padding=60_000)
    await accepted(deployment, 600)
    assert not worker.logged("intake.interrupted")

"""What outlives `kill -9`, and a Redis that goes away."""

import json
from dataclasses import replace
from typing import Any

import aiohttp

from mobart.providers.callback import CallbackAddress
from mobart_local.ports import free_port
from mobart_local.standin import Script
from tests.daemon.deployment import API_KEY, Deployment, until
from tests.support.servers import QUICK


async def test_paid_jobs_of_a_killed_worker_are_completed_by_the_next(
    deployment: Deployment,
) -> None:
    """Ten paid jobs, `kill -9`, a new worker: all complete, none is paid again."""
    deployment.midjourney.play(Script(seconds=2, side=64))
    worker = await deployment.ready_worker()
    for number in range(10):
        await deployment.ask(f"r-{number}")
    await worker.until_logged("job.paid", 10)
    await worker.kill()

    await deployment.ready_worker()

    for number in range(10):
        assert (await deployment.outcome(f"r-{number}"))["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == 10
    assert set(deployment.announcements().values()) == {1}


async def test_workers_share_the_load_and_pay_once(deployment: Deployment) -> None:
    """Two workers hear all 60 requests; each is paid once and announced once."""
    workers = [await deployment.ready_worker() for _ in range(2)]
    for number in range(60):
        await deployment.ask(f"r-{number}")
    await until(lambda: len(deployment.announcements()) == 60, "60 outcomes")

    assert deployment.midjourney.ledger.paid() == 60
    assert not deployment.midjourney.ledger.paid_twice()
    assert set(deployment.announcements().values()) == {1}
    assert all(worker.logged("job.claimed") for worker in workers)


async def test_no_more_jobs_than_allowed_are_in_flight(deployment: Deployment) -> None:
    """200 requests at once, 100 slots: all completed, never more than 100 at the provider."""
    deployment.midjourney.play(Script(seconds=2, side=64))
    await deployment.ready_worker(MOBART_MAX_CONCURRENT_JOBS="100")
    for number in range(200):
        await deployment.ask(f"r-{number}")
    await until(lambda: len(deployment.announcements()) == 200, "200 outcomes")

    assert {told["status"] for _, told in deployment.heard} == {"completed"}
    assert deployment.midjourney.ledger.max_in_flight <= 100


async def test_redis_may_go_and_come_back(deployment: Deployment, own_redis: object) -> None:
    """An accepted job survives a restart of Redis; the gap in hearing is counted and closed."""
    del own_redis
    deployment.midjourney.play(Script(seconds=3, side=64), times=1)
    worker = await deployment.ready_worker()
    await deployment.ask("r-1")
    await worker.until_logged("job.paid")

    deployment.redis_server.kill()
    await worker.until_logged("redis.lost")
    deployment.redis_server.start()

    await worker.until_logged("intake.interrupted")
    await deployment.ask("r-2")
    await until(
        lambda: len(worker.logged("job.settled")) == 2,
        "both jobs settled",
    )
    assert deployment.midjourney.ledger.paid() == 2


async def test_a_lost_answer_is_never_paid_again(deployment: Deployment) -> None:
    """The provider took the order and dropped the line: the job says so and is not repeated."""
    await deployment.ready_worker()
    deployment.midjourney.play(Script(submit="accepted-drop", side=64), marker="lost")
    await deployment.ask("r-1", "a lost dragon")

    told = await deployment.outcome("r-1")

    assert (told["error_code"], told["paid"]) == ("submit_unknown", "unknown")
    assert deployment.midjourney.ledger.paid() == 1


async def test_a_worker_killed_during_its_submit_does_not_pay_twice(
    deployment: Deployment,
) -> None:
    """Killed between the POST and its answer: the rescuer asks, waits, and gives up unpaid."""
    deployment.midjourney.play(Script(submit_delay=300, side=64))
    settings = {"MIDJOURNEY_SUBMIT_TIMEOUT_SECONDS": "1"}
    worker = await deployment.ready_worker(MIDJOURNEY_SUBMIT_TIMEOUT_SECONDS="100")
    await deployment.ask("r-1")
    await deployment.until_paid(1)
    await worker.kill()

    await deployment.ready_worker(**settings)

    told = await deployment.outcome("r-1")
    assert (told["error_code"], told["paid"]) == ("submit_unknown", "unknown")
    assert deployment.midjourney.ledger.paid() == 1


async def test_a_lost_answer_is_found_by_the_callback(deployment: Deployment) -> None:
    """The provider calls back at an address that names the request: the job goes on with that."""
    port = str(free_port())
    public = {"MOBART_HTTP_PORT": port, "MOBART_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    deployment.midjourney.play(Script(submit="accepted-drop", seconds=1, side=64))
    worker = await deployment.start(**public)
    worker.port = int(port)
    await worker.until_ready()
    await deployment.ask("r:1@x")

    assert (await deployment.outcome("r:1@x"))["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == 1


async def test_a_stream_that_an_administrator_deletes_costs_no_accepted_request(
    deployment: Deployment,
) -> None:
    """Accepted, and not taken yet: the worker puts them back, and pays for each once."""
    worker = await deployment.ready_worker(MOBART_LEASE_SECONDS="2")
    await deployment.redis.set(f"{{{deployment.namespace}}}:paused", 1)
    await worker.until_logged("intake.paused")
    names = [f"r-{number}" for number in range(5)]
    for name in names:
        await deployment.ask(name)
    await worker.until_logged("request.accepted", 5)
    await deployment.redis.delete(f"{{{deployment.namespace}}}:requests")
    await worker.until_logged("stream.damaged")
    await deployment.redis.delete(f"{{{deployment.namespace}}}:paused")
    for name in names:
        assert (await deployment.outcome(name))["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == 5


async def test_a_callback_that_names_the_task_of_another_request_delivers_nothing(
    deployment: Deployment,
) -> None:
    """Its proof is that of the request in doubt, and right; the picture is another player's."""
    port = str(free_port())
    public = {"MOBART_HTTP_PORT": port, "MOBART_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    hurried = {"MIDJOURNEY_SUBMIT_TIMEOUT_SECONDS": "1", "MOBART_LEASE_SECONDS": "2"}
    worker = await deployment.start(**public, **hurried)
    worker.port = int(port)
    await worker.until_ready()
    await deployment.ask("theirs")
    assert (await deployment.outcome("theirs"))["status"] == "completed"
    (theirs,) = deployment.midjourney.ledger.payments
    deployment.midjourney.play(Script(submit="accepted-drop", seconds=300, webhook="never"))
    await deployment.ask("mine")
    await until(lambda: deployment.midjourney.ledger.paid() == 2, "the second is paid")

    address = CallbackAddress(f"http://127.0.0.1:{port}", "midjourney", API_KEY)
    secret = {"x-webhook-secret": address.secret("mine")}
    body = {"task_id": theirs.task_id, "status": "finished"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(address.url("mine"), json=body, headers=secret) as answer,
    ):
        assert answer.status == 200
    assert (await deployment.outcome("mine"))["error_code"] == "submit_unknown"


async def test_a_callback_after_the_verdict_corrects_it(deployment: Deployment) -> None:
    """`submit_unknown` was announced; then the ticket turns up, and the picture with it."""
    port = str(free_port())
    public = {"MOBART_HTTP_PORT": port, "MOBART_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    hurried = {"MIDJOURNEY_SUBMIT_TIMEOUT_SECONDS": "0.5", "MOBART_LEASE_SECONDS": "1"}
    script = Script(submit="accepted-drop", seconds=300, webhook="never", side=64)
    deployment.midjourney.play(script)
    worker = await deployment.start(**public, **hurried)
    worker.port = int(port)
    await worker.until_ready()
    await deployment.ask("r-1")
    assert (await deployment.outcome("r-1"))["error_code"] == "submit_unknown"

    payment = deployment.midjourney.ledger.payments[0]
    address = CallbackAddress(f"http://127.0.0.1:{port}", "midjourney", API_KEY)
    async with aiohttp.ClientSession() as session:
        for word, expected in (("wrong", 401), (address.secret("r-1"), 200)):
            call = session.post(
                address.url("r-1"),
                json={"task_id": payment.task_id},
                headers={"x-webhook-secret": word},
            )
            async with call as answer:
                assert answer.status == expected
    tasks = deployment.midjourney.ledger.tasks
    tasks[payment.task_id] = replace(tasks[payment.task_id], script=QUICK)
    await until(lambda: len(deployment.outcomes("r-1")) == 2, "the correction")

    correction = deployment.outcomes("r-1")[1]
    assert (correction["status"], correction["correction"]) == ("completed", True)
    assert deployment.midjourney.ledger.paid() == 1


async def test_a_cancellation_is_known_to_workers_that_start_after_it(
    deployment: Deployment,
) -> None:
    """Nobody who heard it is left, and neither the channel's request nor the stream's is bought."""
    first = await deployment.ready_worker()
    for request_id in ("r-1", "r-2"):
        await deployment.publish(
            json.dumps({"request_id": request_id}).encode(), "image_generation_cancel"
        )
    early: Any = f"{{{deployment.namespace}}}:early"
    await until(lambda: _has(deployment, early, 2), "two cancellations")
    await first.kill()
    await deployment.enqueue("r-2")
    await deployment.ready_worker()
    await deployment.ask("r-1")
    await deployment.ask("r-3")
    told = [await deployment.outcome(request_id) for request_id in ("r-1", "r-2", "r-3")]
    codes = [one.get("error_code") for one in told]
    assert codes == ["cancelled", "cancelled", None]
    assert deployment.midjourney.ledger.paid() == 1


async def _has(deployment: Deployment, key: str, members: int) -> bool:
    return bool(await deployment.redis.zcard(key) == members)


async def test_a_job_of_a_newer_version_is_left_to_it(deployment: Deployment) -> None:
    """Looked at once a lease and never touched; everything else goes on, and the way out is clear."""
    await deployment.enqueue("newer")
    stream, job = (f"{{{deployment.namespace}}}:{name}" for name in ("requests", "job:newer"))
    entries: Any = await deployment.redis.xrange(stream)
    entry = entries[0][0].decode()
    record: Any = {"stage": "upscaling", "fingerprint": "newer", "epoch": "7", "entry": entry}
    await deployment.redis.hset(job, mapping=record)
    worker = await deployment.ready_worker()
    await worker.until_logged("job.lost", 2)

    await deployment.ask("r-1")
    assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert await worker.end() == 0
    assert not worker.logged("job.crashed")
    assert await deployment.record("newer") == record
    assert deployment.outcomes("newer") == []
    assert await deployment.redis.xlen(stream) == 1

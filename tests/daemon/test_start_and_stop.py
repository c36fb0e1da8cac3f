"""How the daemon starts, says what is wrong, and leaves."""

import os
import signal
import sys

import psutil
import pytest

from mobart_local.standin import Script
from tests.daemon.deployment import SECRETS, Deployment, WorkerProcess, until

EX_UNAVAILABLE = 69
EX_CONFIG = 78


async def complaint(worker: WorkerProcess, code: int) -> str:
    """Wait until the worker gave up, and return what it said, which is fit to be seen."""
    assert await worker.process.wait() == code
    said = worker.output.read_text()
    assert "Traceback" not in said
    assert not [secret for secret in SECRETS if secret in said]
    return said


async def test_wrong_settings_are_all_named_at_once(deployment: Deployment) -> None:
    """One line a problem, with the variable to fix, and no value."""
    worker = await deployment.start(
        REDIS_PORT="abc",
        MIDJOURNEY_TILE="7",
        MIDJOURNEY_API_URL="canary-midjourney-key",
        S3_BUCKET_NAME="",
    )
    said = await complaint(worker, EX_CONFIG)
    for name in ("REDIS_PORT", "MIDJOURNEY_TILE", "MIDJOURNEY_API_URL", "S3_BUCKET_NAME"):
        assert len([line for line in said.splitlines() if name in line]) == 1


async def test_no_redis_is_said_after_the_wait(deployment: Deployment) -> None:
    """An unreachable Redis is waited for, then named."""
    worker = await deployment.start(
        REDIS_URL="redis://:canary-redis-password@127.0.0.1:1/0",
        MOBART_STARTUP_TIMEOUT_SECONDS="1",
    )
    said = await complaint(worker, EX_UNAVAILABLE)
    assert "REDIS_HOST" in said.splitlines()[-1]


async def test_a_missing_bucket_stops_the_start(deployment: Deployment) -> None:
    """A bucket that is not there is not waited for."""
    worker = await deployment.start(S3_BUCKET_NAME="no-such-bucket")
    said = await complaint(worker, EX_CONFIG)
    assert "S3_BUCKET_NAME" in said.splitlines()[-1]


async def test_a_refused_key_stops_the_start(deployment: Deployment) -> None:
    """A key that the provider refuses is named, not shown."""
    worker = await deployment.start(MIDJOURNEY_API_KEY="canary-wrong-key")
    said = await complaint(worker, EX_CONFIG)
    assert "MIDJOURNEY_API_KEY" in said.splitlines()[-1]
    assert "canary-wrong-key" not in said
    assert deployment.midjourney.ledger.paid() == 0


async def test_an_unreachable_provider_is_a_warning(deployment: Deployment) -> None:
    """It may come back, so the worker starts."""
    worker = await deployment.ready_worker(MIDJOURNEY_API_URL="http://127.0.0.1:1/mj/v2")
    assert [event["check"] for event in worker.logged("check.warned")] == ["Midjourney"]


async def test_redis_that_comes_late_is_waited_for(
    deployment: Deployment, own_redis: object
) -> None:
    """Containers start in any order."""
    del own_redis
    deployment.redis_server.stop()
    worker = await deployment.start()
    await worker.until_logged("check.waited")
    deployment.redis_server.start()
    await worker.until_ready()


async def test_a_worker_that_may_open_few_files_makes_pictures_all_the_same(
    deployment: Deployment,
) -> None:
    """So may its picture processes: they ask for no more than it was given."""
    few = ("sh", "-c", 'ulimit -n 56; exec "$@"', "sh")
    worker = await deployment.ready_worker(within=few)
    await deployment.ask("r-1")
    assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert worker.logged("job.delayed") == []
    assert deployment.midjourney.ledger.paid() == 1


async def test_a_worker_that_can_start_no_process_buys_nothing_more(deployment: Deployment) -> None:
    """Its Python was replaced under it; what it has paid for is made by another worker, or when it can again."""
    python = deployment.folder / "python"
    python.symlink_to(sys.executable)
    by_link = ("sh", "-c", 'shift; exec "$0" "$@"', str(python))
    worker = await deployment.ready_worker(within=by_link, PYTHONPATH=os.pathsep.join(sys.path))
    await deployment.ask("r-0")
    assert (await deployment.outcome("r-0"))["status"] == "completed"
    for child in psutil.Process(worker.process.pid).children():
        child.kill()
    python.unlink()
    await deployment.ask("r-1")
    await worker.until_logged("rendering.stopped")

    async def unready() -> bool:
        return (await worker.probe("/readyz"))[0] == 503

    await until(unready, "not ready any more")
    await deployment.ask("r-2")
    await worker.until_logged("request.accepted", 3)
    assert deployment.midjourney.ledger.paid() == 2

    await deployment.ready_worker()
    outcomes = [await deployment.outcome(name) for name in ("r-1", "r-2")]
    assert [outcome["status"] for outcome in outcomes] == ["completed", "completed"]
    assert deployment.midjourney.ledger.paid() == 3
    python.symlink_to(sys.executable)
    await worker.until_logged("rendering.resumed")


async def test_the_probes_tell_the_truth(deployment: Deployment, own_redis: object) -> None:
    """Alive whatever happens around it, ready only while Redis answers, counted all the time."""
    del own_redis
    worker = await deployment.ready_worker()
    assert (await worker.probe("/healthz"))[0] == 200
    _, metrics = await worker.probe("/metrics")
    assert "mobart_jobs_in_progress 0.0" in metrics

    deployment.redis_server.stop()

    async def unready() -> bool:
        return (await worker.probe("/readyz"))[0] == 503

    await until(unready, "not ready any more")
    assert (await worker.probe("/healthz"))[0] == 200
    deployment.redis_server.start()
    await worker.until_ready()


async def test_a_signal_during_the_checks_ends_the_start(deployment: Deployment) -> None:
    """Nothing failed, so nothing is complained about, and no child or port is left."""
    worker = await deployment.start(
        REDIS_URL="redis://:canary-redis-password@127.0.0.1:1/0",
        MOBART_STARTUP_TIMEOUT_SECONDS="300",
    )
    await worker.until_logged("check.waited")
    children = psutil.Process(worker.process.pid).children(recursive=True)
    assert await complaint_after(worker, signal.SIGTERM) == []
    assert not [child for child in children if child.is_running()]
    assert await worker.probe("/healthz") == (0, "")
    assert worker.logged("worker.started") == []


async def complaint_after(worker: WorkerProcess, number: signal.Signals) -> list[str]:
    """End the worker well, and return what it said that is no log event."""
    assert await worker.end(number) == 0
    return [line for line in worker.output.read_text().splitlines() if not line.startswith("{")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_signal_lets_running_jobs_finish(
    deployment: Deployment, number: signal.Signals
) -> None:
    """What can be finished in the grace time is, and the exit code is 0."""
    worker = await deployment.ready_worker()
    deployment.midjourney.play(Script(seconds=1, side=64))
    await deployment.ask("r-1")
    await worker.until_logged("job.paid")
    assert await worker.end(number) == 0
    assert (await deployment.outcome("r-1"))["status"] == "completed"


async def test_a_terminal_that_is_closed_means_nothing_under_nohup(deployment: Deployment) -> None:
    """That is what `nohup` is for."""
    worker = await deployment.ready_worker(within=("nohup",))
    worker.process.send_signal(signal.SIGHUP)
    await deployment.ask("r-1")
    assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert await worker.end() == 0


async def test_jobs_that_cannot_finish_are_handed_over_at_once(deployment: Deployment) -> None:
    """Ten jobs in a long generation: exit 0 after the grace time, and the next worker goes on."""
    deployment.midjourney.play(Script(seconds=4, side=64))
    settings = {"MOBART_SHUTDOWN_GRACE_SECONDS": "1", "MOBART_LEASE_SECONDS": "120"}
    worker = await deployment.ready_worker(**settings)
    for number in range(10):
        await deployment.ask(f"r-{number}")
    await worker.until_logged("job.paid", 10)

    assert await worker.end() == 0
    assert len(worker.logged("job.released")) == 10
    other = await deployment.ready_worker(**settings)
    await other.until_logged("job.rescued", 10)

    for number in range(10):
        assert (await deployment.outcome(f"r-{number}"))["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == 10
    assert set(deployment.announcements().values()) == {1}


async def test_a_second_signal_leaves_at_once(deployment: Deployment) -> None:
    """Impatience is safe: the job is taken over by its lease."""
    deployment.midjourney.play(Script(seconds=300, side=64))
    worker = await deployment.ready_worker()
    await deployment.ask("r-1")
    await worker.until_logged("job.paid")
    worker.process.send_signal(signal.SIGTERM)
    await worker.until_logged("worker.stopping")
    assert await worker.end(signal.SIGTERM) == 128 + signal.SIGTERM


async def test_a_worker_can_leave_while_redis_is_away(
    deployment: Deployment, own_redis: object
) -> None:
    """Nothing can be released then; the lease will do."""
    del own_redis
    deployment.midjourney.play(Script(seconds=300, side=64))
    worker = await deployment.ready_worker(MOBART_SHUTDOWN_GRACE_SECONDS="1")
    await deployment.ask("r-1")
    await worker.until_logged("job.paid")
    deployment.redis_server.kill()
    assert await worker.end() == 0

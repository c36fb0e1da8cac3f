"""The commands beside the worker touch what they are for, and nothing else."""

import asyncio
import sys
from functools import partial

import pytest

from mobart_local.ports import free_port
from tests.daemon.deployment import ROOT, SECRETS, Deployment, until

EX_CONFIG = 78


async def run(deployment: Deployment, command: str, **settings: str) -> tuple[int, str]:
    """Run a command in the folder of the tests; return its exit code and all that it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "main.py"),
        command,
        cwd=deployment.folder,
        env=deployment.environment | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def exists(deployment: Deployment, key: str) -> bool:
    """Return whether a key is there."""
    return bool(await deployment.redis.exists(key))


async def test_a_check_beside_a_worker_disturbs_nothing(
    deployment: Deployment, own_redis: object
) -> None:
    """It takes no port and no log file, subscribes to nothing, and leaves nothing behind."""
    del own_redis  # where no other test's keys come or go
    port = str(free_port())
    worker = await deployment.start(MOBART_HTTP_PORT=port)
    worker.port = int(port)
    await worker.until_ready()
    for name in ("workers", "requests"):  # it reports, and reads once it can make pictures
        key = f"{{{deployment.namespace}}}:{name}"
        await until(partial(exists, deployment, key), f"the worker has written {name}")
    keys = set(await deployment.redis.keys("*"))
    channel = deployment.channel("image_generation_requests")
    subscribers = await deployment.redis.pubsub_numsub(channel)
    checking = asyncio.create_task(run(deployment, "check", MOBART_HTTP_PORT=port))
    most = subscribers
    while not checking.done():
        most = max(most, await deployment.redis.pubsub_numsub(channel))
        await asyncio.sleep(0.01)
    code, said = await checking
    assert (code, "port.taken" in said) == (0, False)
    assert most == subscribers
    assert set(await deployment.redis.keys("*")) == keys
    assert not (deployment.folder / "mobart.log").exists()
    assert (await worker.probe("/readyz"))[0] == 200


async def test_a_replica_is_refused_by_the_check_and_unready_for_the_probes(
    deployment: Deployment, own_redis: object
) -> None:
    """A worker that sits on a demoted master gets no traffic, and says why."""
    del own_redis
    worker = await deployment.ready_worker()
    await deployment.redis.replicaof("127.0.0.1", "1")
    code, said = await run(deployment, "check")
    assert code == EX_CONFIG
    assert "give the address of the master (see REDIS_HOST" in said.splitlines()[-1]
    assert "Traceback" not in said

    async def told() -> bool:
        status, page = await worker.probe("/readyz")
        return status == 503 and "Redis: is a replica" in page

    await until(told, "the probe tells it")
    await deployment.redis.replicaof("NO", "ONE")
    await worker.until_ready()


async def test_a_wrong_password_is_wrong_and_not_away(deployment: Deployment) -> None:
    """Waiting would not help: exit 78."""
    url = deployment.environment["REDIS_URL"].replace("canary-redis-password", "canary-wrong")
    code, said = await run(deployment, "check", REDIS_URL=url)
    assert (code, "canary" in said) == (EX_CONFIG, False)
    assert "Redis refuses: invalid username-password" in said.splitlines()[-1]


@pytest.mark.parametrize("command", ["pause", "resume"])
async def test_the_kill_switch_needs_the_settings_of_redis_alone(
    deployment: Deployment, command: str
) -> None:
    """Whatever else is missing or wrong, spending can be stopped."""
    alone = ("PATH", "REDIS_URL", "MOBART_NAMESPACE")
    deployment.environment = {name: deployment.environment[name] for name in alone}
    key = f"{{{deployment.namespace}}}:paused"
    await deployment.redis.set(key, 1)
    code, said = await run(deployment, command, MOBART_LEASE_SECONDS="soon", S3_BUCKET_NAME="")
    assert (code, len(said.splitlines())) == (0, 1)
    assert await deployment.redis.exists(key) == (command == "pause")
    await deployment.redis.delete(key)


async def test_a_kill_switch_without_redis_says_so(deployment: Deployment) -> None:
    """In one line, without the password."""
    code, said = await run(
        deployment, "pause", REDIS_URL="redis://:canary-redis-password@127.0.0.1:1/0"
    )
    (line,) = said.splitlines()
    assert (code, line.startswith("mobart: Redis: ")) == (69, True)
    assert not [secret for secret in SECRETS if secret in line]


async def test_callbacks_may_come_to_a_port_of_their_own(deployment: Deployment) -> None:
    """Neither port then has what the other has."""
    port = free_port()
    public = {
        "MOBART_CALLBACK_PORT": str(port),
        "MOBART_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    worker = await deployment.ready_worker(**public)
    await deployment.ask("r-1")
    assert (await deployment.outcome("r-1"))["status"] == "completed"
    probes, worker.port = worker.port, port
    assert [(await worker.probe(path))[0] for path in ("/healthz", "/metrics")] == [404, 404]
    assert (await worker.probe("/hooks/midjourney/r-1"))[0] == 405
    worker.port = probes
    assert (await worker.probe("/hooks/midjourney/r-1"))[0] == 404

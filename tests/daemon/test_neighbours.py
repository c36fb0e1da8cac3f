"""Two deployments on one Redis: apart in what they hear, or not started side by side."""

import json

from tests.daemon.deployment import SECRETS, Deployment
from tests.daemon.test_commands import EX_CONFIG, run

DEFAULTS = {"MOBART_NAMESPACE": "mobart"}
REQUEST = {"request_id": "r-1", "user_id": "player", "prompt": "a dragon called r-1"}


async def refused(deployment: Deployment, other: str, **settings: str) -> None:
    """See that `check` and a start refuse in one line that names *other*."""
    code, said = await run(deployment, "check", **settings)
    assert code == EX_CONFIG
    assert f"Redis: {other} listens on the channel" in said.splitlines()[-1]
    assert "Traceback" not in said
    assert not any(secret in said for secret in SECRETS)
    worker = await deployment.start(**settings)
    assert await worker.process.wait() == EX_CONFIG


async def test_another_database_of_the_same_redis_is_refused(deployment: Deployment) -> None:
    """Keys are separate there, channels are not."""
    worker = await deployment.ready_worker()
    database = deployment.redis_server.url.removesuffix("/0") + "/1"
    other = f"namespace {deployment.namespace} in database 0"
    await refused(deployment, other, REDIS_URL=database)

    await deployment.ready_worker(REDIS_URL=database, MOBART_REQUESTS_CHANNEL="of-database-1")
    await deployment.ask("r-1")
    assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == 1
    assert worker.logged("deployment.clashed") == []


async def test_another_namespace_on_the_same_channel_is_refused(deployment: Deployment) -> None:
    """Named by both settings."""
    await deployment.ready_worker()
    channel = deployment.channel("image_generation_requests")
    other = f"namespace {deployment.namespace} in database 0"
    await refused(deployment, other, MOBART_NAMESPACE="another", MOBART_REQUESTS_CHANNEL=channel)


async def test_two_namespaces_hear_their_own_channels(deployment: Deployment) -> None:
    """The default one those of the contract; a request is heard by one of them, and paid once."""
    await deployment.ready_worker()
    default = await deployment.ready_worker(**DEFAULTS)
    await deployment.redis.publish("image_generation_requests", json.dumps(REQUEST))
    await default.until_logged("job.settled")
    await deployment.ask("r-2")
    assert (await deployment.outcome("r-2"))["status"] == "completed"
    assert deployment.outcomes("r-1") == []
    assert deployment.midjourney.ledger.paid() == 2


async def test_workers_of_one_deployment_do_not_refuse_each_other(deployment: Deployment) -> None:
    """Neither side by side nor one that was killed and started again."""
    first = await deployment.ready_worker()
    await deployment.ready_worker()
    await first.kill()
    await deployment.ready_worker()
    code, _ = await run(deployment, "check")
    assert code == 0

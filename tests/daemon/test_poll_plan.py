"""A worker that learns how long its provider's pictures take."""

from mobart.core.poll_plan import ENOUGH
from mobart_local.standin import Script
from tests.daemon.deployment import Deployment, until

OFTEN = {"MIDJOURNEY_POLL_INITIAL_SECONDS": "0.3", "MIDJOURNEY_POLL_MAX_SECONDS": "15"}


async def test_a_picture_that_takes_as_long_as_those_before_is_looked_for_less(
    deployment: Deployment,
) -> None:
    """The first ones are polled as ever."""
    deployment.midjourney.play(Script(seconds=4, side=64))
    worker = await deployment.ready_worker(**OFTEN)
    first = [f"r-{number}" for number in range(ENOUGH)]
    for name in first:
        await deployment.ask(name)
    for name in first:
        assert (await deployment.outcome(name))["status"] == "completed"
    polls = [line["polls"] for line in worker.logged("picture.generated")]
    learnt = f"{{{deployment.namespace}}}:durations:midjourney/"

    async def told() -> bool:
        return int(await deployment.redis.llen(learnt)) == len(first)

    await until(told, "what was learnt is in Redis")
    await deployment.ask("r-next")
    await deployment.outcome("r-next")
    *_, last = worker.logged("picture.generated")
    assert last["polls"] < min(polls)

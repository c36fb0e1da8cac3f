"""Bad lines to S3 and to the provider: waited out, and never paid twice."""

import pytest

from mobart_local.standin import Script
from tests.chaos.fleet import stored
from tests.daemon.deployment import Deployment
from tests.support.proxy import Proxy, Troubles

SLOW = Script(seconds=1, side=64)


@pytest.mark.parametrize(
    "troubles",
    [
        pytest.param(Troubles(refusing=True), id="refused"),
        pytest.param(Troubles(cut_after=500), id="cut"),
        pytest.param(Troubles(swallow_every=1), id="answers-lost"),
    ],
)
async def test_an_upload_outlives_a_bad_line(deployment: Deployment, troubles: Troubles) -> None:
    """The line to S3 is bad until the worker has noticed: one picture, one announcement."""
    user = deployment.namespace
    deployment.midjourney.play(SLOW)
    async with Proxy(deployment.s3.port) as proxy:
        worker = await deployment.ready_worker(AWS_ENDPOINT_URL_S3=f"http://127.0.0.1:{proxy.port}")
        await deployment.ask("r-1", user_id=user)
        await worker.until_logged("job.paid")
        proxy.reset_all()
        proxy.troubles = troubles
        await worker.until_logged("job.delayed")
        proxy.reset_all()
        proxy.troubles = Troubles()
        assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert await stored(deployment.s3, user) == ["r-1"]
    assert deployment.announcements() == {"r-1": 1}
    assert deployment.midjourney.ledger.paid() == 1


async def test_a_provider_that_cannot_be_reached_is_waited_for(deployment: Deployment) -> None:
    """Refused connections prove that nothing was bought, so the job tries again."""
    async with Proxy(deployment.midjourney.port) as proxy:
        worker = await deployment.ready_worker(MIDJOURNEY_API_URL=beyond(proxy))
        await proxy.close()
        await deployment.ask("r-1")
        await worker.until_logged("job.delayed")
        assert not deployment.midjourney.ledger.submits
        await proxy.open()
        assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == 1


async def test_a_submit_whose_answer_the_line_lost_is_not_sent_again(
    deployment: Deployment,
) -> None:
    """The order arrived, the answer did not: one payment, told as unknown."""
    async with Proxy(deployment.midjourney.port) as proxy:
        await deployment.ready_worker(MIDJOURNEY_API_URL=beyond(proxy))
        proxy.reset_all()
        proxy.troubles.swallow_every = 1
        await deployment.ask("r-1")
        told = await deployment.outcome("r-1")
    assert (told["error_code"], told["paid"]) == ("submit_unknown", "unknown")
    assert len(deployment.midjourney.ledger.submits) == 1
    assert deployment.announcements() == {"r-1": 1}


@pytest.mark.parametrize(
    "troubles",
    [
        pytest.param(Troubles(refusing=True), id="refused"),
        pytest.param(Troubles(cut_after=50), id="cut"),
        pytest.param(Troubles(swallow_every=1), id="answers-lost"),
    ],
)
async def test_a_bad_line_while_polling_costs_only_time(
    deployment: Deployment,
    troubles: Troubles,
) -> None:
    """The paid picture arrives when the line is good again."""
    deployment.midjourney.play(SLOW)
    async with Proxy(deployment.midjourney.port) as proxy:
        worker = await deployment.ready_worker(MIDJOURNEY_API_URL=beyond(proxy))
        await deployment.ask("r-1")
        await worker.until_logged("job.paid")
        proxy.reset_all()
        proxy.troubles = troubles
        await worker.until_logged("job.delayed", 3)
        proxy.troubles = Troubles()
        assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert len(deployment.midjourney.ledger.submits) == 1


def beyond(proxy: Proxy) -> str:
    """Return the provider's address as seen through *proxy*."""
    return f"http://127.0.0.1:{proxy.port}/mj/v2"

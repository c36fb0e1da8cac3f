"""Several providers in one worker, and providers that call back."""

import pytest

from mobart_local.ports import free_port
from mobart_local.standin import Script
from tests.daemon.deployment import Deployment


@pytest.mark.parametrize("outage", ["402", "429", "401"])
async def test_the_next_provider_is_asked_where_nothing_was_bought(
    deployment: Deployment, outage: str
) -> None:
    """And the completion names who made the picture."""
    deployment.midjourney.play(Script(submit=outage), provider="midjourney")
    await deployment.ready_worker(MOBART_PROVIDERS="midjourney,openai")
    await deployment.ask("r-1")

    told = await deployment.outcome("r-1")
    assert (told["status"], told["provider"]) == ("completed", "openai")
    ledger = deployment.midjourney.ledger
    assert (ledger.paid(provider="midjourney"), ledger.paid(provider="openai")) == (0, 1)


async def test_a_doubt_stays_where_it_is(deployment: Deployment) -> None:
    """The first provider may have been paid."""
    deployment.midjourney.play(Script(submit="accepted-drop"), provider="midjourney")
    await deployment.ready_worker(MOBART_PROVIDERS="midjourney,openai")
    await deployment.ask("r-1")

    told = await deployment.outcome("r-1")
    assert (told["error_code"], told["paid"]) == ("submit_unknown", "unknown")
    assert deployment.midjourney.ledger.paid() == 1


async def test_a_call_wakes_the_job_that_waits_for_it(deployment: Deployment) -> None:
    """Without it the first look would be in an hour; it comes in at another worker's door."""
    port = str(free_port())
    public = {"MOBART_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    patient = {"MIDJOURNEY_POLL_INITIAL_SECONDS": "3600", "MIDJOURNEY_TIMEOUT_SECONDS": "7200"}
    deployment.midjourney.play(Script(seconds=1, side=64))
    await deployment.ready_worker(**public, **patient)
    await deployment.ask("r-1")
    await deployment.until_paid(1)
    verifier = await deployment.start(
        MOBART_HTTP_PORT=port, MOBART_MAX_CONCURRENT_JOBS="1", **public
    )
    verifier.port = int(port)

    assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == 1


async def test_a_cancelled_job_is_not_paid_again_elsewhere(deployment: Deployment) -> None:
    """It is settled, whichever provider is next in line."""
    deployment.midjourney.play(Script(ending="never"))
    await deployment.ready_worker(MOBART_PROVIDERS="midjourney,openai")
    await deployment.ask("r-1")
    await deployment.until_paid(1)
    await deployment.publish(b'{"request_id":"r-1"}', "image_generation_cancel")

    assert (await deployment.outcome("r-1"))["error_code"] == "cancelled"
    assert deployment.midjourney.ledger.paid() == 1


@pytest.mark.parametrize("name", ["fal", "ideogram"])
async def test_a_lost_submit_turns_up_by_a_call_that_is_signed(
    deployment: Deployment, name: str
) -> None:
    """With a key that the provider publishes; nothing else tells of it here."""
    port, standin = str(free_port()), deployment.midjourney
    standin.play(Script(submit="accepted-drop", seconds=1, side=64), provider=name)
    worker = await deployment.start(
        MOBART_PROVIDERS=name,
        MOBART_HTTP_PORT=port,
        MOBART_PUBLIC_URL=f"http://127.0.0.1:{port}",
        FAL_SEED_FIELD="none",
    )
    worker.port = int(port)
    await worker.until_ready()
    await deployment.ask("r-1")

    assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert standin.ledger.paid(provider=name) == 1
    assert standin.ledger.visits[f"{name} keys"] == 1

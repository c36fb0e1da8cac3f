"""What players cannot do with the operator's money."""

import pytest

from tests.daemon.deployment import Deployment

PROMPT = "a dragon{, a fox} —repeat 10 --turbo"


@pytest.mark.parametrize("door", ["channel", "stream"])
async def test_the_provider_gets_the_clean_prompt_and_the_record_keeps_the_players_own(
    deployment: Deployment,
    door: str,
) -> None:
    """One picture is ordered, at the operator's speed."""
    await deployment.ready_worker()
    await (deployment.ask if door == "channel" else deployment.enqueue)("r-1", PROMPT)

    assert (await deployment.outcome("r-1"))["status"] == "completed"
    (payment,) = deployment.midjourney.ledger.payments
    assert payment.prompt == "a dragon(, a fox)"
    assert PROMPT in (await deployment.record("r-1"))["request"]


@pytest.mark.parametrize("door", ["channel", "stream"])
async def test_a_prompt_with_parameters_can_be_refused(deployment: Deployment, door: str) -> None:
    """At both doors, before anything is paid."""
    await deployment.ready_worker(MOBART_PROMPT_FLAGS="reject")
    await (deployment.ask if door == "channel" else deployment.enqueue)("r-1", PROMPT)

    told = await deployment.outcome("r-1")
    assert (told["error_code"], told["paid"]) == ("prompt_flag_not_allowed", False)
    assert deployment.midjourney.ledger.submits == []


async def test_what_was_paid_under_other_rules_is_completed(deployment: Deployment) -> None:
    """A rollout of stricter rules throws nothing away."""
    worker = await deployment.ready_worker(MIDJOURNEY_POLL_INITIAL_SECONDS="300")
    await deployment.ask("r-1", PROMPT)
    await worker.until_logged("job.paid")
    await worker.kill()

    await deployment.ready_worker(MOBART_PROMPT_FLAGS="reject")

    assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == 1

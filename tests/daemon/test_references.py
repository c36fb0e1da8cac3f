"""Pictures to go by, from a message to the provider: an address, and a key of an earlier result."""

import pytest

from tests.daemon.deployment import Deployment


@pytest.mark.parametrize("provider", ["google", "midjourney"])
async def test_a_picture_goes_by_an_earlier_one_and_by_an_address(
    deployment: Deployment, provider: str
) -> None:
    """One provider gets the file, the other an address: a signed one for what is in the bucket."""
    standin = deployment.midjourney
    await deployment.ready_worker(
        MOBART_PROVIDERS=provider, MOBART_REFERENCE_ORIGINS=standin.origin
    )
    await deployment.ask("r-1")
    first = await deployment.outcome("r-1")
    [task_id] = standin.ledger.tasks
    address = f"{standin.origin}/mj/{task_id}.png"
    await deployment.ask("r-2", options={"reference": first["s3_key"]})
    await deployment.ask("r-3", options={"reference": address})
    for request_id in ("r-2", "r-3"):
        assert (await deployment.outcome(request_id))["status"] == "completed"

    tasks = {task.prompt.split()[-1]: task for task in standin.ledger.tasks.values()}
    if provider == "google":
        given = [tasks[name].extra["reference"] for name in ("r-1", "r-2", "r-3")]
        assert given[0] == ""
        assert all(given[1:])
    else:
        assert "X-Amz-Signature=" in tasks["r-2"].prompt.split()[0]
        assert first["s3_key"] in tasks["r-2"].prompt
        assert tasks["r-3"].prompt.startswith(f"{address} ")
    assert standin.ledger.paid() == 3


async def test_what_may_not_be_referred_to_is_refused_for_free(deployment: Deployment) -> None:
    """Another player's picture, a private address, what is not there, and a provider without."""
    await deployment.ready_worker(MOBART_PROVIDERS="google")
    private = f"{deployment.midjourney.origin}/_standin/ledger"
    for number, text in enumerate(
        (
            "generated/another/r-1.png",
            "generated/player/../another/r-1.png",
            private,
            "https://127.0.0.1/x.png",
            "generated/player/never-made.png",
        )
    ):
        await deployment.ask(f"r-{number}", options={"reference": text})
        told = await deployment.outcome(f"r-{number}")
        code = "download_failed" if "never-made" in text else "invalid_message"
        assert (told["status"], told["error_code"], told["paid"]) == ("failed", code, False)
        assert "reference" in told["detail"]
    assert deployment.midjourney.ledger.submits == []


async def test_a_provider_that_takes_none_is_told_at_once(deployment: Deployment) -> None:
    """Nothing is fetched, and nothing is paid."""
    await deployment.ready_worker(MOBART_PROVIDERS="stability")
    await deployment.ask("r-1", options={"reference": "generated/player/r-0.png"})
    told = await deployment.outcome("r-1")
    assert (told["error_code"], told["paid"], told["retryable"]) == (
        "invalid_message",
        False,
        False,
    )
    assert deployment.midjourney.ledger.submits == []
